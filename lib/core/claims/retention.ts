const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 86_400_000;

/** Longer than any write takes, its withdrawal included: a pending admission of that age was left. */
export const STALE_ADMISSION_MS = 10_000;
/** Characters of a dead letter's reason that are kept. */
export const LONGEST_REASON = 500;

/** Why a copy is dead that nobody remembers, and that came later than the retention. */
export const TOO_LATE = 'it turned up later than the retention after its due time';

/** For how long claims are remembered, in milliseconds. */
export interface Retention {
  /** A copy that nobody remembers and that comes later than this after its due time is never run. */
  readonly retentionMs: number;
  /** A claim outlives the retention, so that a copy is judged expired before its claim is forgotten. */
  readonly keepMs: number;
  /** A job that is done and whose copies are all gone: longer than a node may come back with an older state of its disk. */
  readonly doneMs: number;
  /** Dead letters stay until somebody looks at them. */
  readonly deadMs: number;
  /** A tombstone whose due time is not known, since no copy could be read: for jobs due within a year. */
  readonly openMs: number;
}

/** When a claim is forgotten whose job is due then: copies of it may come until the retention is over. */
export function afterRetention({ keepMs }: Retention, dueMs: number, now: number): number {
  return Math.max(dueMs, now) + keepMs;
}

/** The times that follow from the two that can be set. */
export function resolveRetention(retentionMs: number, doneRetentionMs = HOUR_MS): Retention {
  const keepMs = retentionMs + HOUR_MS;
  return {
    retentionMs,
    keepMs,
    doneMs: Math.min(doneRetentionMs, keepMs),
    deadMs: Math.max(YEAR_MS, keepMs),
    openMs: YEAR_MS + keepMs,
  };
}
