import type { DqTestEvent } from './job-ledger.js';

/** What happened while time went on. */
export interface DqTestReport {
  /** How many runs ended so. A failed one that was the last attempt of its job is `dead`. */
  readonly completed: number;
  readonly failed: number;
  readonly again: number;
  readonly dead: number;
  readonly skipped: number;
  /** What handlers threw, in order. */
  readonly errors: readonly unknown[];
}

export function reportOf(events: readonly DqTestEvent[]): DqTestReport {
  const counts = { completed: 0, failed: 0, again: 0, dead: 0, skipped: 0 };
  const errors: unknown[] = [];
  for (const event of events) {
    if (event.type in counts) counts[event.type as keyof typeof counts]++;
    if ((event.type === 'failed' || event.type === 'dead') && event.error !== undefined) errors.push(event.error);
  }
  return Object.freeze({ ...counts, errors });
}
