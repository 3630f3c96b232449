import { types } from 'node:util';
import { apart } from '../boot-context.js';
import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { type DqDuration, durationAdvice, LONGEST_DELAY_MS, readDuration } from './duration.js';
import { knownKeys } from './option-checks.js';
import { EXPONENTIAL_OPTIONS, FIXED_OPTIONS } from './option-names.js';

/**
 * How long a failed job waits for its next attempt, as values, so that it can travel with a job.
 * - `fixed`: always `delay`.
 * - `exponential`: `delay` x `factor`^(attempt - 1), at most `max`, less a random part of up to `jitter` of it.
 */
export type DqBackoffFormula =
  | { readonly type: 'fixed'; readonly delay: DqDuration }
  | {
      readonly type: 'exponential';
      /** The wait after the first failure. */
      readonly delay: DqDuration;
      /** At least 1. @default 2 */
      readonly factor?: number | undefined;
      /** @default '1h' */
      readonly max?: DqDuration | undefined;
      /** 0 (none) to 1 (anything from 0 to the full wait). @default 0.2 */
      readonly jitter?: number | undefined;
    };

/** A formula, or a function: milliseconds, from the attempt that failed (1 is the first) and its error. */
export type DqBackoff = DqBackoffFormula | ((attempt: number, error: unknown) => number);

/** A formula that was checked, with its defaults applied and its times in milliseconds: as a job's header carries it. */
export type Backoff =
  | { readonly type: 'fixed'; readonly delayMs: number }
  | {
      readonly type: 'exponential';
      readonly delayMs: number;
      readonly factor: number;
      readonly maxMs: number;
      readonly jitter: number;
    };

/** Milliseconds to wait after `attempt` failed with `error`. */
export type BackoffRule = (attempt: number, error: unknown, random: () => number) => number;

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

/** What a checked formula says. */
export function ruleOf(backoff: Backoff): BackoffRule {
  if (backoff.type === 'fixed') return () => backoff.delayMs;
  const { delayMs, factor, maxMs, jitter } = backoff;
  return (attempt, _error, random) => {
    const full = Math.min(maxMs, delayMs * Math.min(factor ** (attempt - 1), Number.MAX_VALUE));
    return Math.round(full * (1 - jitter * random()));
  };
}

/** True for a backoff as a job's header carries it. */
export function isBackoff(value: unknown): value is Backoff {
  if (typeof value !== 'object' || value === null) return false;
  const { type, delayMs, factor, maxMs, jitter } = value as Readonly<Record<string, unknown>>;
  if (!isWait(delayMs)) return false;
  return type === 'fixed' || (type === 'exponential' && isFactor(factor) && isWait(maxMs) && isShare(jitter));
}

function isWait(ms: unknown): ms is number {
  return Number.isSafeInteger(ms) && (ms as number) >= 0 && (ms as number) <= LONGEST_DELAY_MS;
}

function isFactor(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 1;
}

function isShare(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0 && (value as number) <= 1;
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
