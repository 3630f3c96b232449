import { ConfigurableModuleBuilder, type DynamicModule } from '@nestjs/common';
import { foreignProviders } from './dq.copies.js';
import { DqConsumersModule } from './dq.consumers.module.js';
import { DqCoreModule } from './dq.core.module.js';
import type { DqModuleExtras, DqModuleOptions } from './dq.module-options.js';
import { producerProviders } from './dq.producer-providers.js';
import { DQ_MODULE_OPTIONS, DQ_ROOT_TUBES } from './dq.tokens.js';

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

export const { ConfigurableModuleClass, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<DqModuleOptions>({ optionsInjectionToken: DQ_MODULE_OPTIONS })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createDqOptions')
    .setExtras<DqModuleExtras>({ tubes: [], isGlobal: true }, define)
    .build();

/** What `DqModule.forRootAsync` takes. */
export type DqModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;
