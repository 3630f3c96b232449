import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DqHandlerError } from './core/errors/argument.errors.js';
import { DqRuntime } from './core/runtime.js';
import { DqExplorer, type FoundHandler } from './dq.explorer.js';
import { DqHandlerFactory } from './dq.handler-factory.js';

/**
 * Ties the queue to the application's life: handlers are found and started on bootstrap, when every module is ready; before
 * shutdown, while providers still work, consumers are drained; producers end last.
 */
@Injectable()
export class DqLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #runtime: DqRuntime;
  readonly #explorer: DqExplorer;
  readonly #factory: DqHandlerFactory;

  constructor(
    @Inject(DqRuntime) runtime: DqRuntime,
    @Inject(DqExplorer) explorer: DqExplorer,
    @Inject(DqHandlerFactory) factory: DqHandlerFactory,
  ) {
    this.#runtime = runtime;
    this.#explorer = explorer;
    this.#factory = factory;
  }

  onApplicationBootstrap(): void {
    const { consume } = this.#runtime.options;
    const found = this.#explorer.explore();
    const byTube = new Map<string, FoundHandler>();
    for (const handler of found) {
      const other = byTube.get(handler.tube);
      if (other !== undefined) {
        throw new DqHandlerError(
          `Expected one handler per tube, got ${nameOf(other)} and ${nameOf(handler)} for "${handler.tube}". Use two tubes, or call one from the other.`,
        );
      }
      this.#runtime.requireTube(handler.tube, nameOf(handler));
      byTube.set(handler.tube, handler);
    }
    if (Array.isArray(consume)) this.#requireAll(consume as readonly string[], byTube);
    for (const [tube, handler] of byTube) {
      if (consume === false || (Array.isArray(consume) && !consume.includes(tube))) continue;
      this.#runtime.handle(tube, this.#factory.create(handler), handler.options, nameOf(handler));
    }
    this.#runtime.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#runtime.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#runtime.close();
  }

  #requireAll(tubes: readonly string[], byTube: ReadonlyMap<string, FoundHandler>): void {
    for (const tube of tubes) {
      this.#runtime.requireTube(tube, 'consume');
      if (byTube.has(tube)) continue;
      throw new DqHandlerError(
        `Expected a handler for tube "${tube}", which consume lists, got none. Decorate a method with @DqHandler('${tube}').`,
      );
    }
  }
}

function nameOf({ className, methodName }: FoundHandler): string {
  return `${className}.${methodName}`;
}
