import { type CanActivate, type ExecutionContext, Logger } from '@nestjs/common';
import type { ResolvedSettings } from './dashboard-options.js';

const LONGEST_ACTOR = 200;
const contexts = new WeakMap<object, ExecutionContext>();

/** Stands behind the application's guards, and keeps the context that they had, for the options that are functions of it. */
export const keepContext: CanActivate = {
  canActivate(context) {
    contexts.set(context.switchToHttp().getRequest<object>(), context);
    return true;
  },
};

/** Who asks, and what they may do. */
export class Visitors {
  readonly #settings: ResolvedSettings;
  readonly #logger = new Logger('DqDashboardModule');

  constructor(settings: ResolvedSettings) {
    this.#settings = settings;
  }

  /** Whatever is not plainly false: neither an error nor a promise that nobody waits for may open it. */
  isReadOnly(request: object): boolean {
    return this.#ask(request, this.#settings.readOnly) !== false;
  }

  /** As the application calls whoever acts. */
  actor(request: object): string | undefined {
    const name = this.#ask(request, this.#settings.actor);
    return typeof name === 'string' && name !== '' ? name.slice(0, LONGEST_ACTOR) : undefined;
  }

  /** Undefined when the application's function throws. */
  #ask(request: object, of: (context: ExecutionContext) => unknown): unknown {
    const context = contexts.get(request);
    try {
      return context && of(context);
    } catch (error) {
      this.#logger.error(error);
      return undefined;
    }
  }
}
