import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { DqSharedOptions } from '../core/options/dq-options.js';
import { DqRuntime } from '../core/runtime.js';
import { DqConsumersModule } from '../nest/dq.consumers.module.js';
import { DqCoreModule } from '../nest/dq.core.module.js';
import { DqEnhancers } from '../nest/dq.enhancers.js';
import { DqHandlerFactory } from '../nest/dq.handler-factory.js';
import type { DqEnhancerOptions, DqLogOptions, DqModuleExtras } from '../nest/dq.module-options.js';
import { DqModule } from '../nest/dq.module.js';
import { DQ_RUNTIME_PARTS } from '../nest/dq.tokens.js';
import { DqTesting } from './dq.testing.js';
import { requireTestParts, TestParts } from './test-parts.js';
import { TestedHandlers } from './tested-handlers.js';
import { type DqTestingSettings, type ResolvedSettings, resolveSettings } from './testing-settings.js';

/** What `DqTestingModule.forRoot` takes: the options of `DqModule.forRoot`, but for those of servers. */
export type DqTestingModuleOptions = Omit<DqSharedOptions, 'tubes'> & DqLogOptions & DqEnhancerOptions & DqModuleExtras;

type Imported = NonNullable<DynamicModule['imports']>[number];

/** What is needed of the builder that `Test.createTestingModule()` returns. */
export interface DqTestingBuilder {
  overrideProvider(token: unknown): { useFactory(factory: { factory: () => unknown }): unknown };
  overrideModule(module: Type): { useModule(module: DynamicModule): unknown };
}

/** Known once the runtime is made, which is given them too. */
function partsOf(moduleRef: ModuleRef): TestParts {
  return requireTestParts(moduleRef.get<unknown>(DQ_RUNTIME_PARTS, { strict: false }));
}

const PROVIDERS: readonly Provider[] = [
  {
    provide: DqHandlerFactory,
    inject: [DqEnhancers, ModuleRef, DqRuntime],
    useFactory: (enhancers: DqEnhancers, moduleRef: ModuleRef, runtime: DqRuntime) =>
      new TestedHandlers(enhancers, moduleRef, runtime, partsOf(moduleRef).calls),
  },
  {
    provide: DqTesting,
    inject: [ModuleRef, DqRuntime, DqHandlerFactory],
    useFactory: (moduleRef: ModuleRef, runtime: DqRuntime, handlers: TestedHandlers) =>
      new DqTesting(partsOf(moduleRef), runtime, handlers),
  },
];

/** The consumers of an application, and what a test needs to look at them. */
const CONSUMERS: DynamicModule = { module: DqConsumersModule, providers: [...PROVIDERS], exports: [DqTesting] };

/**
 * Puts an application under virtual time that imports `DqModule.forRoot` or `forRootAsync`: its options are checked as in production, and no
 * server is contacted. Returns the builder.
 * @example await useDqTesting(Test.createTestingModule({ imports: [AppModule] })).compile()
 * @throws DqOptionsError
 */
export function useDqTesting<Builder extends DqTestingBuilder>(
  builder: Builder,
  settings?: DqTestingSettings,
): Builder {
  const resolved = resolveSettings(settings);
  builder.overrideProvider(DQ_RUNTIME_PARTS).useFactory({ factory: () => new TestParts(resolved) });
  builder.overrideModule(DqConsumersModule).useModule(CONSUMERS);
  return builder;
}

/** A module that `DqModule.forRoot` imports, with what a test puts in place. */
function underTest(imported: Imported, settings: ResolvedSettings): Imported {
  if (imported === DqConsumersModule) return CONSUMERS;
  const core = imported as DynamicModule;
  if (core.module !== DqCoreModule) return imported;
  const parts: Provider = { provide: DQ_RUNTIME_PARTS, useFactory: () => new TestParts(settings) };
  return { ...core, providers: [...(core.providers ?? []), parts] };
}

/** `DqModule` under virtual time, for tests of a part of an application: import it where the application imports `DqModule.forRoot`. */
@Module({})
export class DqTestingModule {
  /** @throws DqOptionsError for wrong settings; wrong options are refused when the module is compiled, as in production */
  static forRoot(options: DqTestingModuleOptions = {}, settings?: DqTestingSettings): DynamicModule {
    const resolved = resolveSettings(settings);
    const root = DqModule.forRoot({ ...options, embedded: true });
    const imports = (root.imports ?? []).map((imported) => underTest(imported, resolved));
    const module: DynamicModule = { ...root, imports };
    return { module: DqTestingModule, global: root.global, imports: [module], exports: [module] };
  }
}
