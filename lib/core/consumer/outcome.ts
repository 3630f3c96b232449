import { checkDelay, type DqDuration } from '../options/duration.js';

/**
 * Throw it from a handler, or return it: the job gets no more attempts and becomes a dead letter with this reason.
 * @example throw new DqGiveUp('the account is closed')
 */
export class DqGiveUp extends Error {
  constructor(reason: string, options?: { readonly cause?: unknown }) {
    super(reason, options);
    this.name = 'DqGiveUp';
  }
}

/**
 * Return it from a handler, or throw it: the job runs again after `delay`. This attempt is not counted.
 * @example return new DqAgain('5m')
 * @throws DqDelayError when the delay is none
 */
export class DqAgain extends Error {
  readonly ms: number;

  constructor(delay: DqDuration) {
    super('The handler asked to run again later.');
    this.name = 'DqAgain';
    this.ms = checkDelay(delay);
  }
}

/** What one attempt came to. */
export type RunOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'given-up'; readonly error: unknown }
  | { readonly kind: 'again'; readonly ms: number }
  /** The application is closing; another consumer shall run it at once. */
  | { readonly kind: 'given-back' };

const COMPLETED: RunOutcome = { kind: 'completed' };

/** The outcome that a returned value stands for. */
export function outcomeOfResult(result: unknown): RunOutcome {
  return result instanceof DqGiveUp || result instanceof DqAgain ? outcomeOfError(result) : COMPLETED;
}

/** The outcome that something thrown stands for. */
export function outcomeOfError(error: unknown): RunOutcome {
  if (error instanceof DqGiveUp) return { kind: 'given-up', error };
  if (error instanceof DqAgain) return { kind: 'again', ms: error.ms };
  return { kind: 'failed', error };
}
