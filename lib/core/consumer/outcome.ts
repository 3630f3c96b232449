import { types } from 'node:util';
import { branded } from '../base/brand.js';
import { DqHandlerError } from '../errors/argument.errors.js';
import { checkWait, type DqDuration } from '../options/duration.js';

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
 * Return it from a handler, or throw it: the job runs again after `delay`. This attempt is not counted, and `expires` counts from that moment.
 * A delay below 0, such as `until - Date.now()` may come to, means at once.
 * @example return new DqAgain('5m')
 * @throws DqDelayError when the delay is none; the attempt has failed then
 */
export class DqAgain extends Error {
  readonly ms: number;

  constructor(delay: DqDuration) {
    super('The handler asked to run again later.');
    this.name = 'DqAgain';
    this.ms = checkWait(delay);
  }
}

branded({ DqGiveUp, DqAgain });

/** What one attempt came to. */
export type RunOutcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'given-up'; readonly error: unknown }
  | { readonly kind: 'again'; readonly ms: number }
  /** The application is closing; another consumer shall run it at once. */
  | { readonly kind: 'given-back' };

const NEVER_BEGUN =
  'Expected the handler to run the job, got a generator: nobody goes through it, so nothing of it has run. Write the handler without *.';
const COMPLETED: RunOutcome = { kind: 'completed' };

/** The outcome that a returned value stands for. Never throws, whatever it is. */
export function outcomeOfResult(result: unknown): RunOutcome {
  if (types.isGeneratorObject(result)) return { kind: 'failed', error: new DqHandlerError(NEVER_BEGUN) };
  return outcomeAskedFor(result) ?? COMPLETED;
}

/** The outcome that something thrown stands for. Never throws, whatever it is. */
export function outcomeOfError(error: unknown): RunOutcome {
  return outcomeAskedFor(error) ?? { kind: 'failed', error };
}

function outcomeAskedFor(value: unknown): RunOutcome | undefined {
  if (isOne(value, DqGiveUp)) return { kind: 'given-up', error: value };
  if (!isOne(value, DqAgain)) return undefined;
  try {
    return { kind: 'again', ms: checkWait(value.ms) };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** False also for what cannot be looked at, such as a Proxy that was revoked. */
function isOne<Kind extends object>(value: unknown, kind: new (...args: never[]) => Kind): value is Kind {
  try {
    return value instanceof kind;
  } catch {
    return false;
  }
}
