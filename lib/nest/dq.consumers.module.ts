import { Inject, Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { DqRuntime } from '../core/runtime.js';
import { requireCronModule } from './dq.cron-marks.js';
import { copiesWarning } from './dq.copies.js';
import { DqEventLog } from './dq.event-log.js';
import { DqEnhancers } from './dq.enhancers.js';
import { type FoundHandler, foundHandlers, titleOf } from './dq.explorer.js';
import { DqHandlerFactory } from './dq.handler-factory.js';
import { afterEachLazyModule } from './dq.lazy-modules.js';
import { tubeHandlers } from './dq.tube-handlers.js';
import { described, type HandlerUse, tubeLine, usedTubes } from './dq.tube-line.js';

/** Nest calls hooks by a module's distance from the root, which has the least: the farthest starts first and stops last. */
const NEARER_THAN_THE_ROOT = -1;

/**
 * Ties the consumers to the application's life. Handlers use other providers, so this module is put last of all to start and
 * first to stop: jobs are taken once every other `onApplicationBootstrap` is done, and drained before any other
 * `onModuleDestroy` closes what handlers need.
 */
@Module({ imports: [DiscoveryModule], providers: [DqHandlerFactory, DqEnhancers] })
export class DqConsumersModule implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #runtime: DqRuntime;
  readonly #discovery: DiscoveryService;
  readonly #enhancers: DqEnhancers;
  readonly #factory: DqHandlerFactory;
  readonly #modules: ModulesContainer;
  readonly #log: DqEventLog;
  /** The tubes whose jobs are run, by name. */
  readonly #handled = new Map<string, HandlerUse>();
  #started = false;
  #stopped = false;

  constructor(
    @Inject(DqRuntime) runtime: DqRuntime,
    @Inject(DqEnhancers) enhancers: DqEnhancers,
    @Inject(DiscoveryService) discovery: DiscoveryService,
    @Inject(DqHandlerFactory) factory: DqHandlerFactory,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(DqEventLog) log: DqEventLog,
    @Inject(LazyModuleLoader) lazyModules: LazyModuleLoader,
  ) {
    this.#runtime = runtime;
    this.#enhancers = enhancers;
    this.#discovery = discovery;
    this.#factory = factory;
    this.#modules = modules;
    this.#log = log;
    for (const module of modules.values()) {
      if (module.metatype === DqConsumersModule) module.distance = NEARER_THAN_THE_ROOT;
    }
    afterEachLazyModule(lazyModules, () => this.#handleMore());
  }

  async onApplicationBootstrap(): Promise<void> {
    // An HTTP application can be closed while it still initializes.
    if (this.#stopped) return;
    try {
      await this.#enhancers.init();
      // Closed meanwhile.
      if (this.#stopped) return;
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
    requireCronModule(this.#discovery, this.#modules);
    const found = foundHandlers(this.#discovery);
    this.#handle(found);
    this.#runtime.start();
    this.#started = true;
    const { options } = this.#runtime;
    const { level, text } = tubeLine({
      consume: options.consume,
      handled: this.#handled,
      found: new Set(found.map(({ tube }) => tube)),
      tubes: usedTubes(options, this.#modules),
    });
    this.#log.tell(text, level);
    const copies = copiesWarning();
    if (copies !== undefined) this.#log.tell(copies, 'warn');
  }

  #handleMore(): void {
    if (!this.#started || this.#stopped) return;
    // Whoever has a module loaded may do so for a request of his own.
    this.#runtime.context.enter(() => {
      const more = this.#handle(foundHandlers(this.#discovery));
      if (more.length > 0) this.#log.tell(`Tubes: ${more.join(', ')}, of a module that was loaded later.`);
    });
  }

  /** Registers the handlers that are not yet. Returns what they are, for the log. @throws DqHandlerError */
  #handle(found: readonly FoundHandler[]): readonly string[] {
    const added: string[] = [];
    for (const [tube, handler] of tubeHandlers(found, this.#runtime)) {
      if (this.#handled.has(tube)) continue;
      const title = titleOf(handler);
      const { concurrency } = this.#runtime.handle(tube, this.#factory.create(handler), handler.options, title);
      this.#handled.set(tube, { title, concurrency });
      added.push(described(tube, { title, concurrency }));
    }
    return added;
  }
}
