import type { DqJob } from '../core/consumer/dq-job.js';

/** What a method with `@DqCron` gets. */
export interface DqOccurrence {
  /** Of the schedule. */
  readonly name: string;
  /** The moment that this run stands for. It may begin later. */
  readonly slot: Date;
  /** Runs that were left out before it, since no process was there; counted up to 1,000 or so. */
  readonly missed: number;
  /** The job that it is: attempt, signal and the like. */
  readonly job: DqJob;
}
