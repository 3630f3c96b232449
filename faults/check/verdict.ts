import type { Cause } from './causes.js';
import type { Percentiles } from './percentiles.js';

/** What is counted of a run. Where no expectation says otherwise, each of the bad ones has to be 0. */
export interface Counts {
  /** Jobs asked for. */
  readonly scheduled: number;
  readonly acked: number;
  readonly rejected: number;
  /** Asked for by a process that died before the answer. */
  readonly indeterminate: number;
  /** Jobs of which a run came to a good end. */
  readonly completed: number;
  /** Given up, with a copy kept. */
  readonly dead: number;
  readonly revoked: number;
  /** Acknowledged, and neither completed nor revoked nor kept as a dead letter. */
  readonly lost: number;
  /** Runs of jobs that nobody asked for. */
  readonly unexpected: number;
  /** Runs beyond a job's first, less those whose cause the row allows. */
  readonly duplicated: number;
  /** Runs before the due time. */
  readonly early: number;
  /** Answers that never came, or came after the row's deadline. */
  readonly stuck: number;
  /** Runs after `revoke()` had said revoked. */
  readonly revokedRan: number;
  /** Jobs that ran although the error said they would not. */
  readonly rejectedRan: number;
  /** Jobs that were accepted under an id whose job still lived. */
  readonly idTwice: number;
  /** Callers who were told that their id is taken, and not the truth about the job that has it. */
  readonly toldWrong: number;
  /** Jobs that ran after an answer that left it open. Allowed. */
  readonly recovered: number;
  /** Runs whose payload was not the one scheduled. */
  readonly corrupt: number;
  /** Copies that stand on a node at the end. */
  readonly ready: number;
  readonly reserved: number;
  readonly delayed: number;
  /** Buried copies of jobs that are not dead letters. */
  readonly buried: number;
  /** Buried copies of bodies that were not scheduled by us. */
  readonly foreign: number;
  /** Processes that did not end by themselves after a close. */
  readonly lingering: number;
}

export type Counter = keyof Counts;

export interface Verdict extends Counts {
  /** Runs beyond a job's first, by cause, allowed or not. */
  readonly causes: Readonly<Partial<Record<Cause, number>>>;
  /** The smallest time from due to start, in milliseconds; negative is early. */
  readonly earliestMs: number | undefined;
  /** From due to the first start. */
  readonly late: Percentiles | undefined;
  /** The same for jobs that came due while a fault was on and had a copy on a node that worked. */
  readonly lateInFault: Percentiles | undefined;
  /** From call to acknowledgement. */
  readonly scheduling: Percentiles | undefined;
  /** The same for calls made while a fault was on. */
  readonly schedulingInFault: Percentiles | undefined;
  /** The most that any process took, in MB; undefined where none told. */
  readonly memoryMb: number | undefined;
  /** A few jobs of each bad kind, for the one who looks into it. */
  readonly examples: Readonly<Record<string, readonly string[]>>;
}
