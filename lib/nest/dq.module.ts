import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { DqOptionsError } from '../core/errors/argument.errors.js';
import { DqInspector } from '../core/inspector/inspector.js';
import { unfit } from '../core/options/option-checks.js';
import type { DqTubeOptions } from '../core/options/dq-options.js';
import { DqProducer } from '../core/producer/producer.js';
import { DqRuntime } from '../core/runtime.js';
import { DqConsumersModule } from './dq.consumers.module.js';
import { foreignProviders, registerCopy } from './dq.copies.js';
import { DqCoreModule } from './dq.core.module.js';
import type { DqModuleExtras, DqModuleOptions } from './dq.module-options.js';
import { DqFeatureModule, producerProviders } from './dq.producer-providers.js';
import { DQ_MODULE_OPTIONS, DQ_ROOT_TUBES } from './dq.tokens.js';

registerCopy({ producer: DqProducer, inspector: DqInspector, runtime: DqRuntime });

/**
 * The options, with all that their factory needs, go to a global module of their own: feature modules find the runtime there
 * even when the producers of the root are not global.
 */
function define({ module, imports = [], providers = [] }: DynamicModule, extras: DqModuleExtras): DynamicModule {
  const { tubes = [], isGlobal = true } = extras;
  const own = [...producerProviders(tubes), ...foreignProviders('producer', 'inspector')];
  const runtimes = foreignProviders('runtime');
  const core: DynamicModule = {
    module: DqCoreModule,
    global: true,
    imports,
    providers: [...providers, { provide: DQ_ROOT_TUBES, useValue: tubes }, ...runtimes],
    exports: runtimes.map(({ provide }) => provide),
  };
  return {
    module,
    global: isGlobal,
    imports: [core, DqConsumersModule],
    providers: own,
    exports: own.map(({ provide }) => provide),
  };
}

const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } = new ConfigurableModuleBuilder<DqModuleOptions>({
  optionsInjectionToken: DQ_MODULE_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createDqOptions')
  .setExtras<DqModuleExtras>({ tubes: [], isGlobal: true }, define)
  .build();

/** What `DqModule.forRootAsync` takes. */
export type DqModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

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
   * Once in an application, in its root module. Options that are wrong are refused when the application starts.
   * @throws DqOptionsError when there are none
   */
  static override forRoot(options: typeof OPTIONS_TYPE): DynamicModule {
    requireObject(options, 'forRoot', 'the options, such as { embedded: true } or { beanstalks, redis }');
    return super.forRoot(options);
  }

  /**
   * As {@link forRoot}, with options from a factory.
   * @throws DqOptionsError when there is none
   */
  static override forRootAsync(options: DqModuleAsyncOptions): DynamicModule {
    const wanted = 'an object with useFactory, useClass or useExisting';
    requireObject(options, 'forRootAsync', wanted);
    if (!options.useFactory && !options.useClass && !options.useExisting) {
      throw new DqOptionsError(
        `Expected DqModule.forRootAsync to be given ${wanted}, got none of these. Options as they are go to DqModule.forRoot.`,
      );
    }
    return super.forRootAsync(options);
  }

  /**
   * Declares tubes of a feature module and makes their producers injectable there. Needs `forRoot` in the application. A tube
   * may be declared by its name in many places, with options in one.
   */
  static forFeature(...tubes: readonly (string | DqTubeOptions)[]): DynamicModule {
    return DqFeatureModule.with(tubes);
  }
}

/** Nest's own builder would fail on it with a TypeError that names neither the call nor what it needs. */
function requireObject(given: unknown, call: string, wanted: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw unfit(`DqModule.${call}`, `given ${wanted}`, given);
}
