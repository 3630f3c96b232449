import { types } from 'node:util';
import { apart } from '../base/boot-context.js';
import { type Backoff, type BackoffRule, isFactor, isShare, isWait, ruleOf } from '../wire/backoff.js';
import { LONGEST_DELAY_MS } from '../wire/due-time.js';
import type { DqBackoff, DqBackoffFormula } from './dq-options.js';
import { durationAdvice, readDuration } from './duration.js';
import { duration, given, knownKeys, oneOf, unfit } from './option-checks.js';
import { EXPONENTIAL_OPTIONS, FIXED_OPTIONS } from './option-names.js';

/** Of an exponential one. */
const USUAL = { factor: 2, max: '1h', jitter: 0.2 } as const;
/** What a user's function falls back to when it throws or returns no duration: the job must not be lost over it. */
const FALLBACK_MS = 60_000;

/** Checks a backoff option and turns it into a rule; `where` names the option in the error. */
export function backoffRule(backoff: DqBackoff, where: string): BackoffRule {
  if (typeof backoff === 'function') return (attempt, error) => ownWait(backoff, attempt, error);
  return ruleOf(resolveBackoff(backoff, where));
}

/** Checks a formula; `where` names it in the error. */
export function resolveBackoff(backoff: DqBackoffFormula, where: string): Backoff {
  if (typeof backoff !== 'object' || backoff === null) throw unfit(where, 'an object or a function', backoff);
  knownKeys(backoff, where, backoff.type === 'fixed' ? FIXED_OPTIONS : EXPONENTIAL_OPTIONS);
  oneOf(backoff.type, `type in ${where}`, 'fixed', 'exponential');
  const delayMs = duration(backoff.delay, `delay in ${where}`, 0);
  if (backoff.type === 'fixed') return { type: 'fixed', delayMs };
  const { factor, jitter, max } = { ...USUAL, ...given(backoff) };
  if (!isFactor(factor)) throw unfit(`factor in ${where}`, 'a number of at least 1', factor);
  if (!isShare(jitter)) throw unfit(`jitter in ${where}`, 'a number from 0 to 1', jitter);
  const maxMs = readDuration(max);
  if (maxMs === undefined || maxMs < delayMs || !isWait(maxMs))
    throw unfit(`max in ${where}`, 'a duration no shorter than its delay', backoff.max, durationAdvice(max));
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
