import type { HistoryEvent } from '../history/history-event.js';
import type { Cause } from './cause.js';
import type { ClaimTimeline } from './claim-timeline.js';
import type { Excuses } from './excuses.js';
import type { JobTimeline } from './job-timeline.js';

/** What the judge has to know beside the history. Times in milliseconds. */
export interface Terms {
  /** In which each call has to be answered. What its process stood still does not count. */
  readonly settleWithinMs: number;
  /** Causes for which a job may run again. */
  readonly again: readonly Cause[];
  /** Two processes read the same moment up to this far apart. Default: 0. */
  readonly clockErrorMs?: number;
  /** The history tells what the claim store decided; its word counts then. */
  readonly storeIsWatched?: boolean;
  /** It ends while faults are on: jobs may still be on their way. */
  readonly isOpenEnd?: boolean;
  /** In which a process has to close. */
  readonly closeWithinMs?: number;
  /** For how long an id is taken after its job is due. */
  readonly retentionMs?: number;
  /** Whether nothing went wrong that a job, by its number, could die of. */
  readonly isUnharmed?: (seq: number) => boolean;
  /** How a moment is told. */
  readonly shown?: (at: number) => string;
}

/** All that the rules look at. */
export interface Case {
  readonly terms: Terms;
  readonly events: readonly HistoryEvent[];
  readonly timelines: readonly JobTimeline[];
  /** By key; empty where the store is not watched. */
  readonly claims: ReadonlyMap<string, ClaimTimeline>;
  readonly excuses: Excuses;
  readonly end: number;
  readonly shown: (at: number) => string;
  /** The claims that a job has: more than one where its own id was written again. */
  readonly claimsOf: (timeline: JobTimeline) => readonly ClaimTimeline[];
  /** When the job of a claim is due, by those who asked for it. */
  readonly dueOf: (claim: ClaimTimeline) => number;
  /** Tells why a promise was not kept; true when that is allowed. */
  readonly excused: (cause: Cause) => boolean;
}
