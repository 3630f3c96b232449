import { type DynamicModule, Module } from '@nestjs/common';
import type { DqTubeOptions } from './core/options/dq-options.js';
import { DqInspector } from './core/inspector/inspector.js';
import { DqProducer } from './core/producer/producer.js';
import { DqRuntime } from './core/runtime.js';
import { DqFeatureModule } from './dq.feature.module.js';
import { ConfigurableModuleClass } from './dq.module-definition.js';

/**
 * Delayed jobs for a Nest application: `DqModule.forRoot` or `forRootAsync` once, `DqModule.forFeature` where a module has
 * tubes of its own. Producers can be injected everywhere; methods marked with `@DqHandler` run the jobs.
 */
@Module({
  providers: [
    { provide: DqProducer, inject: [DqRuntime], useFactory: (runtime: DqRuntime) => runtime.producer() },
    { provide: DqInspector, inject: [DqRuntime], useFactory: (runtime: DqRuntime) => runtime.inspector },
  ],
  exports: [DqProducer, DqInspector],
})
export class DqModule extends ConfigurableModuleClass {
  /**
   * Declares tubes of a feature module and makes their producers injectable there. Needs `forRoot` in the application. A tube
   * may be declared by its name in many places, with options in one.
   */
  static forFeature(...tubes: readonly (string | DqTubeOptions)[]): DynamicModule {
    return DqFeatureModule.with(tubes);
  }
}
