import type { ModuleRef } from '@nestjs/core';
import { DqHandlerError } from '../core/errors/argument.errors.js';
import type { Handler } from '../core/consumer/run.js';
import { resolveHandler } from '../core/options/resolve-tube.js';
import type { TubeSettings } from '../core/options/resolved-options.js';
import type { DqRuntime } from '../core/runtime.js';
import type { DqEnhancers } from '../nest/dq.enhancers.js';
import { type FoundHandler, titleOf } from '../nest/dq.explorer.js';
import { DqHandlerFactory } from '../nest/dq.handler-factory.js';
import type { HandlerCalls } from './handler-calls.js';

/** A handler as production has it, and the settings of its jobs. */
export interface TestedHandler {
  readonly handler: Handler;
  readonly settings: TubeSettings;
}

/** Makes handlers as production does, and keeps them to be called one by one. The queue gets them so that their calls are known. */
export class TestedHandlers extends DqHandlerFactory {
  readonly #runtime: DqRuntime;
  readonly #calls: HandlerCalls;
  readonly #handlers = new Map<string, TestedHandler>();

  constructor(enhancers: DqEnhancers, moduleRef: ModuleRef, runtime: DqRuntime, calls: HandlerCalls) {
    super(enhancers, moduleRef);
    this.#runtime = runtime;
    this.#calls = calls;
  }

  override create(found: FoundHandler): Handler {
    const { tube, options } = found;
    const title = titleOf(found);
    const handler = super.create(found);
    const settings = resolveHandler(this.#runtime.requireTube(tube, title), options, title);
    this.#handlers.set(tube, { handler, settings });
    return this.#calls.watch(handler, title, settings.timeoutMs);
  }

  /** True when this application runs the jobs of the tube. */
  has(tube: string): boolean {
    return this.#handlers.has(tube);
  }

  /** @throws DqHandlerError when this application does not run the jobs of the tube */
  get(tube: string): TestedHandler {
    const found = this.#handlers.get(tube);
    if (found !== undefined) return found;
    this.#runtime.requireTube(tube, 'a run');
    throw new DqHandlerError(
      `Expected a handler that runs the jobs of tube "${tube}" here, got none. Is its class among the providers, and does consume leave it in?`,
    );
  }
}
