import { type DynamicModule, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import type { DqTubeOptions } from './core/options/dq-options.js';
import { resolveOptions } from './core/options/resolve-options.js';
import { DqProducer } from './core/producer/producer.js';
import { DqRuntime } from './core/runtime.js';
import { DqEventLog } from './dq.event-log.js';
import { DqExplorer } from './dq.explorer.js';
import { DqHandlerFactory } from './dq.handler-factory.js';
import { DqLifecycle } from './dq.lifecycle.js';
import {
  ConfigurableModuleClass,
  DQ_ROOT_TUBES,
  MODULE_OPTIONS_TOKEN,
  producerProvider,
} from './dq.module-definition.js';
import type { DqModuleOptions } from './dq.module-options.js';
import { getDqProducerToken } from './dq.tokens.js';

/** The one road from what the user wrote to a runtime: defaults, checks, then connections (which open later). */
function createRuntime(given: DqModuleOptions, tubes: DqModuleOptions['tubes']): DqRuntime {
  const { logger, ...options } = given;
  const own = options.tubes;
  const all = own === undefined ? tubes : Array.isArray(tubes) && Array.isArray(own) ? [...tubes, ...own] : own;
  const log = new DqEventLog(logger);
  return new DqRuntime(resolveOptions({ ...options, tubes: all }), { report: (event) => log.write(event) });
}

/**
 * Delayed jobs for a Nest application: `DqModule.forRoot` once, `DqModule.forFeature` where a module has tubes of its own.
 * Producers can be injected everywhere; methods marked with `@DqHandler` run the jobs.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: DqRuntime, inject: [MODULE_OPTIONS_TOKEN, DQ_ROOT_TUBES], useFactory: createRuntime },
    { provide: DqProducer, inject: [DqRuntime], useFactory: (runtime: DqRuntime) => runtime.producer() },
    DqExplorer,
    DqHandlerFactory,
    DqLifecycle,
  ],
  exports: [DqRuntime, DqProducer],
})
export class DqModule extends ConfigurableModuleClass {
  /** Declares tubes of a feature module and makes their producers injectable there. Needs `forRoot` in the application. */
  static forFeature(...tubes: readonly (string | DqTubeOptions)[]): DynamicModule {
    return {
      module: DqFeatureModule,
      providers: tubes.map((tube) => producerProvider(tube)),
      exports: tubes.map((tube) => getDqProducerToken(typeof tube === 'string' ? tube : tube.name)),
    };
  }
}

/** What `forFeature` returns: without the root's providers, which exist once. */
@Module({})
export class DqFeatureModule {}
