import { LONGEST_DELAY_MS } from './due-time.js';

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

/** Whole milliseconds that beanstalkd can hold. */
export function isWait(ms: unknown): ms is number {
  return Number.isSafeInteger(ms) && (ms as number) >= 0 && (ms as number) <= LONGEST_DELAY_MS;
}

/** At least 1. */
export function isFactor(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 1;
}

/** From 0 to 1. */
export function isShare(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0 && (value as number) <= 1;
}
