import { AsyncResource } from 'node:async_hooks';

/** Without it Node would watch for the end of each. */
const WITHOUT_END = { requireManualDestroy: true } as const;

/**
 * Whose asynchronous context the queue works in: what `AsyncLocalStorage` shows. A timer, a socket or a batch serves the jobs of many
 * callers, so it must not carry the context of the one who happened to come first, or keep it alive. So every public call enters the context
 * in which the application was made, and all work is done there. Only what belongs to one call stays in the caller's: his
 * arguments, whose getters and `toJSON` may enter a context; the source of a bulk and its `onResult`; and what he does with the promise.
 */
export class BootContext {
  #boot = new AsyncResource('DqBoot', WITHOUT_END);

  /** From now on it is the context in which `around` calls what it is given: that of the boot, without what `around` leaves. */
  renew(around: (here: () => void) => void): void {
    this.enter(() =>
      around(() => {
        this.#boot = new AsyncResource('DqBoot', WITHOUT_END);
      }),
    );
  }

  enter<T>(work: () => T): T {
    return this.#boot.runInAsyncScope(work);
  }

  /** Calls a user's function there, in a scope of its own. */
  apart<T>(call: () => T): T {
    return this.enter(() => apart(call));
  }
}

/**
 * A scope of its own for one call of a user's function, in the context that is current where it is made. What the function sets with
 * `enterWith` is seen by what it starts itself, and not by what comes behind it.
 */
export class CallScope extends AsyncResource {
  constructor() {
    super('DqCall', WITHOUT_END);
  }
}

/** Calls a user's function in a scope of its own. */
export function apart<T>(call: () => T): T {
  return new CallScope().runInAsyncScope(call);
}
