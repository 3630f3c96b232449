import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import { nameOf, type Tube } from '../core/options/declared-tube.js';
import { DqRuntime } from '../core/runtime.js';
import { DQ_FEATURE_TUBES, tokenOf } from './dq.tokens.js';

/**
 * A producer for each tube. A list or a tube that is none gets no provider here: it is refused at boot, where all tubes are
 * checked.
 */
export function producerProviders(tubes: readonly Tube[]): FactoryProvider[] {
  const named = Array.isArray(tubes)
    ? (tubes as readonly Tube[]).filter((tube) => typeof nameOf(tube) === 'string')
    : [];
  return named.map((tube) => {
    const name = nameOf(tube);
    return {
      provide: tokenOf(name),
      inject: [DqRuntime],
      useFactory: (runtime: DqRuntime) => {
        // All tubes are known when the application starts, but for those of a module that is loaded later.
        if (!runtime.options.tubes.has(name)) runtime.declare(tube);
        return runtime.producer(name);
      },
    };
  });
}

/** What `DqModule.forFeature` returns: tubes and their producers, without the root's providers, which exist once. */
@Module({})
export class DqFeatureModule {
  static with(tubes: readonly Tube[]): DynamicModule {
    const producers = producerProviders(tubes);
    return {
      module: DqFeatureModule,
      providers: [{ provide: DQ_FEATURE_TUBES, useValue: tubes }, ...producers],
      exports: producers.map(({ provide }) => provide),
    };
  }
}
