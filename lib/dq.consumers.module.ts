import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DiscoveryModule, ModulesContainer } from '@nestjs/core';
import { DqRuntime } from './core/runtime.js';
import { DqEventLog } from './dq.event-log.js';
import { DqEnhancers } from './dq.enhancers.js';
import { DqExplorer, titleOf } from './dq.explorer.js';
import { DqHandlerFactory } from './dq.handler-factory.js';
import { tubeHandlers } from './dq.tube-handlers.js';
import { tubeLine } from './dq.tube-line.js';
import { usedTubes } from './dq.used-tubes.js';

/** Nest calls hooks by a module's distance from the root, which has the least: the farthest starts first and stops last. */
const NEARER_THAN_THE_ROOT = -1;

/**
 * Ties the consumers to the application's life. Handlers use other providers, so this module is put last of all to start and
 * first to stop: jobs are taken once every other `onApplicationBootstrap` is done, and drained before any other
 * `onModuleDestroy` closes what handlers need.
 */
@Module({ imports: [DiscoveryModule], providers: [DqExplorer, DqHandlerFactory, DqEnhancers] })
export class DqConsumersModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #runtime: DqRuntime;
  readonly #explorer: DqExplorer;
  readonly #factory: DqHandlerFactory;
  readonly #modules: ModulesContainer;
  readonly #log: DqEventLog;
  #stopped = false;

  constructor(
    @Inject(DqRuntime) runtime: DqRuntime,
    @Inject(DqExplorer) explorer: DqExplorer,
    @Inject(DqHandlerFactory) factory: DqHandlerFactory,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(DqEventLog) log: DqEventLog,
  ) {
    this.#runtime = runtime;
    this.#explorer = explorer;
    this.#factory = factory;
    this.#modules = modules;
    this.#log = log;
    for (const module of modules.values()) {
      if (module.metatype === DqConsumersModule) module.distance = NEARER_THAN_THE_ROOT;
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    // An HTTP application can be closed while it still initializes.
    if (this.#stopped) return;
    try {
      this.#startConsumers();
    } catch (error) {
      // The application will not run: nothing that producers opened meanwhile may keep the process alive.
      await this.#runtime.close();
      throw error;
    }
  }

  async onModuleDestroy(): Promise<void> {
    this.#stopped = true;
    await this.#runtime.stop();
  }

  #startConsumers(): void {
    const found = this.#explorer.explore();
    const handled = new Map<string, { readonly title: string; readonly concurrency: number }>();
    for (const [tube, handler] of tubeHandlers(found, this.#runtime)) {
      const title = titleOf(handler);
      const { concurrency } = this.#runtime.handle(tube, this.#factory.create(handler), handler.options, title);
      handled.set(tube, { title, concurrency });
    }
    this.#runtime.start();
    const { options } = this.#runtime;
    const tubes = usedTubes(options, this.#modules);
    this.#log.tell(
      tubeLine({ consume: options.consume, handled, found: new Set(found.map(({ tube }) => tube)), tubes }),
    );
  }
}
