import { DqRuntime } from '../core/runtime.js';
import { isNamed, nameOf, type TubeList } from './dq.declared-tubes.js';
import { tokenOf, DQ_FEATURE_TUBES } from './dq.tokens.js';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';

/**
 * A producer for each tube. A list or a tube that is none gets no provider here: it is refused at boot, where all tubes are
 * checked.
 */
export function producerProviders(tubes: TubeList): Provider[] {
  return uniqueTubes(tubes).map((tube) => {
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

export function exportedTokens(tubes: TubeList): string[] {
  return uniqueTubes(tubes).map((tube) => tokenOf(nameOf(tube)));
}

function uniqueTubes(tubes: TubeList): TubeList {
  const named = Array.isArray(tubes) ? (tubes as TubeList).filter(isNamed) : [];
  return named.filter((tube, at) => named.findIndex((other) => nameOf(other) === nameOf(tube)) === at);
}

/** What `DqModule.forFeature` returns: tubes and their producers, without the root's providers, which exist once. */
@Module({})
export class DqFeatureModule {
  static with(tubes: TubeList): DynamicModule {
    return {
      module: DqFeatureModule,
      providers: [{ provide: DQ_FEATURE_TUBES, useValue: tubes }, ...producerProviders(tubes)],
      exports: exportedTokens(tubes),
    };
  }
}
