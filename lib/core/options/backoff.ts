import { types } from 'node:util';
import { apart } from '../base/boot-context.js';
import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { type Backoff, type BackoffRule, isFactor, isShare, isWait, ruleOf } from '../wire/backoff.js';
import { LONGEST_DELAY_MS } from '../wire/due-time.js';
import type { DqBackoff, DqBackoffFormula } from './dq-options.js';
import { durationAdvice, readDuration } from './duration.js';
import { knownKeys } from './option-checks.js';
import { EXPONENTIAL_OPTIONS, FIXED_OPTIONS } from './option-names.js';

const DEFAULT_FACTOR = 2;
const DEFAULT_MAX_MS = 3_600_000;
const DEFAULT_JITTER = 0.2;
/** What a user's function falls back to when it throws or returns no duration: the job must not be lost over it. */
const FALLBACK_MS = 60_000;

/** Checks a backoff option and turns it into a rule; `where` names the option in the error. */
export function backoffRule(backoff: DqBackoff, where: string): BackoffRule {
  if (typeof backoff === 'function') return (attempt, error) => ownWait(backoff, attempt, error);
  return ruleOf(resolveBackoff(backoff, where));
}

/** Checks a formula; `where` names it in the error. */
export function resolveBackoff(backoff: DqBackoffFormula, where: string): Backoff {
  if (typeof backoff !== 'object' || backoff === null) {
    throw new DqOptionsError(`Expected ${where} to be an object or a function, got ${shown(backoff)}.`);
  }
  knownKeys(backoff, where, backoff.type === 'fixed' ? FIXED_OPTIONS : EXPONENTIAL_OPTIONS);
  const delayMs = readDuration(backoff.delay);
  if (delayMs === undefined || !isWait(delayMs)) {
    throw new DqOptionsError(
      `Expected delay in ${where} to be a duration such as '1s' or whole milliseconds, got ${shown(backoff.delay)}.` +
        durationAdvice(backoff.delay),
    );
  }
  if (backoff.type === 'fixed') return { type: 'fixed', delayMs };
  if (backoff.type !== 'exponential') {
    throw new DqOptionsError(
      `Expected type in ${where} to be 'fixed' or 'exponential', got ${shown((backoff as { type: unknown }).type)}.`,
    );
  }
  const { factor = DEFAULT_FACTOR, jitter = DEFAULT_JITTER } = backoff;
  const maxMs = backoff.max === undefined ? DEFAULT_MAX_MS : readDuration(backoff.max);
  if (!isFactor(factor)) {
    throw new DqOptionsError(`Expected factor in ${where} to be a number of at least 1, got ${shown(factor)}.`);
  }
  if (!isShare(jitter)) {
    throw new DqOptionsError(`Expected jitter in ${where} to be a number from 0 to 1, got ${shown(jitter)}.`);
  }
  if (maxMs === undefined || maxMs < delayMs || !isWait(maxMs)) {
    throw new DqOptionsError(
      `Expected max in ${where} to be a duration no shorter than its delay, got ${shown(backoff.max)}.${durationAdvice(backoff.max)}`,
    );
  }
  return { type: 'exponential', delayMs, factor, maxMs, jitter };
}

function ownWait(own: (attempt: number, error: unknown) => number, attempt: number, error: unknown): number {
  try {
    const wait: unknown = apart(() => own(attempt, error));
    // An async function: nobody waits for it, so that its rejection would end the process.
    if (types.isPromise(wait)) wait.catch(() => {});
    return Number.isFinite(wait) && (wait as number) >= 0
      ? Math.min(Math.round(wait as number), LONGEST_DELAY_MS)
      : FALLBACK_MS;
  } catch {
    return FALLBACK_MS;
  }
}
