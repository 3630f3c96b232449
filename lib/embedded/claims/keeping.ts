const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 86_400_000;

/** For how long claims are remembered: as long as the ones in Redis. */
export interface Keeping {
  /** A copy that nobody remembers and that comes later than this after its due time is never run. */
  readonly retentionMs: number;
  /** A claim outlives the retention, so that a copy is judged expired before its claim is forgotten. */
  readonly keepMs: number;
  /** A settled claim whose copies are all gone only serves late questions. */
  readonly settledMs: number;
  /** Dead letters stay until somebody looks at them. */
  readonly deadMs: number;
}

export function keeping(retentionMs: number): Keeping {
  const keepMs = retentionMs + HOUR_MS;
  return { retentionMs, keepMs, settledMs: Math.min(HOUR_MS, keepMs), deadMs: Math.max(YEAR_MS, keepMs) };
}
