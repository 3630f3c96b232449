import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { DqOptionsError } from '../core/errors/argument.errors.js';
import { DqHealth } from '../core/health/health.js';
import { unfit } from '../core/options/option-checks.js';
import { resolveOptions } from '../core/options/resolve-options.js';
import { DqRuntime, type RuntimeParts } from '../core/runtime.js';
import type { Tube } from '../core/options/declared-tube.js';
import { embeddedBackend } from '../embedded/embedded-backend.js';
import { copiesWarning } from './dq.copies.js';
import { registerLayers } from './dq.layer-explorer.js';
import { afterEachLazyModule } from './dq.lazy-modules.js';
import { checkEnhancers } from './dq.module-enhancers.js';
import { DqEventLog } from './dq.event-log.js';
import type { DqModuleOptions } from './dq.module-options.js';
import { DQ_FEATURE_TUBES, DQ_MODULE_OPTIONS, DQ_ROOT_TUBES, DQ_RUNTIME_PARTS } from './dq.tokens.js';

function createLog(given: DqModuleOptions, { clock }: RuntimeParts): DqEventLog {
  if (typeof given !== 'object' || given === null)
    throw unfit('the options of DqModule', 'an object', given, ' Does the factory of forRootAsync return them?');
  return new DqEventLog(given.logger, clock);
}

/** The one road from what the user wrote to a runtime: defaults, checks, then connections (which open later). */
function createRuntime(
  given: DqModuleOptions,
  log: DqEventLog,
  rootTubes: readonly Tube[],
  modules: ModulesContainer,
  parts: RuntimeParts,
): DqRuntime {
  const { logger: _, enhancers, ...options } = given;
  checkEnhancers(enhancers);
  const roots = [...modules.values()].filter(({ providers }) => providers.has(DQ_MODULE_OPTIONS));
  if (roots.length > 1) {
    throw new DqOptionsError(
      `Expected DqModule.forRoot or forRootAsync once in an application, got it ${roots.length} times. ` +
        'Call it in the root module alone; use DqModule.forFeature elsewhere.' +
        (copiesWarning() === undefined ? '' : ` ${copiesWarning()}`),
    );
  }
  const lists = [rootTubes, options.tubes ?? [], ...featureTubes(modules)];
  // What is no list is refused with the other options.
  const tubes = lists.find((list) => !Array.isArray(list)) ?? lists.flat();
  const resolved = resolveOptions({ ...options, tubes });
  const backend = resolved.embedded === undefined ? undefined : embeddedBackend;
  return new DqRuntime(resolved, { backend, ...parts, report: (event) => log.write(event, resolved.embedded) });
}

/** The lists that feature modules gave, of all that the application consists of when it starts. */
function featureTubes(modules: ModulesContainer): (readonly Tube[])[] {
  const given = [...modules.values()].map(
    ({ providers }) => providers.get(DQ_FEATURE_TUBES)?.instance as readonly Tube[] | undefined,
  );
  return given.filter((tubes) => tubes !== undefined);
}

/**
 * Nest has no documented order for hooks. Both 11 and 12 sort modules by `Module.distance` when the first hook is called, the farthest
 * first, and close them the other way round. Global modules all have the greatest number, so that the order of imports would decide.
 */
const FARTHER_THAN_GLOBAL = Infinity;

/**
 * Holds the runtime of the application. Its hook is the first of all when the application starts, so that layers stand around whatever others
 * schedule in theirs, and the last of all when it closes: until then all others can schedule.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    // Not a value: Nest 11 keeps a value that is overridden by a factory.
    { provide: DQ_RUNTIME_PARTS, useFactory: (): RuntimeParts => ({}) },
    { provide: DqEventLog, inject: [DQ_MODULE_OPTIONS, DQ_RUNTIME_PARTS], useFactory: createLog },
    {
      provide: DqRuntime,
      inject: [DQ_MODULE_OPTIONS, DqEventLog, DQ_ROOT_TUBES, ModulesContainer, DQ_RUNTIME_PARTS],
      useFactory: createRuntime,
    },
    // Here, since probes are asked for where the producers of the root may not be.
    { provide: DqHealth, inject: [DqRuntime], useFactory: (runtime: DqRuntime) => runtime.health },
  ],
  exports: [DqRuntime, DqEventLog, DqHealth, DQ_MODULE_OPTIONS],
})
export class DqCoreModule implements OnModuleInit, OnApplicationShutdown {
  readonly #runtime: DqRuntime;
  readonly #log: DqEventLog;
  readonly #discovery: DiscoveryService;
  /** The layers and listeners so far. */
  readonly #registered = new Set<object>();
  #isOpen = false;

  constructor(
    @Inject(DqRuntime) runtime: DqRuntime,
    @Inject(DqEventLog) log: DqEventLog,
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(LazyModuleLoader) lazyModules: LazyModuleLoader,
  ) {
    this.#runtime = runtime;
    this.#log = log;
    this.#discovery = discovery;
    for (const module of modules.values()) {
      if (module.metatype === DqCoreModule) module.distance = FARTHER_THAN_GLOBAL;
    }
    // Before the handlers of the same module, which may not run without its layers.
    afterEachLazyModule(lazyModules, () => {
      if (this.#isOpen) this.#register();
    });
  }

  onModuleInit(): void {
    this.#isOpen = true;
    this.#register();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#isOpen = false;
    await this.#runtime.close();
    this.#log.flush();
  }

  #register(): void {
    registerLayers(this.#discovery, this.#runtime, this.#registered);
  }
}
