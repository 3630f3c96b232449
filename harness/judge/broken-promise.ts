import type { CopyState } from '../history/history-event.js';

/** The promises, by what breaks them. */
export type Rule =
  /** Acknowledged, and neither completed nor revoked nor kept as a dead letter. */
  | 'lost'
  /** A run of a job that nobody asked for. */
  | 'unexpected'
  /** A run beyond a job's first, for a cause that is not allowed. */
  | 'twice'
  /** The store took an outcome from somebody to whom the job was not granted last. */
  | 'not its own'
  /** A run before the due time. */
  | 'early'
  /** A run after `revoke()` had said that there will be none. */
  | 'revoked ran'
  /** A run after an error that says that there will be none. */
  | 'refused ran'
  /** A job is accepted under an id whose job still lives. */
  | 'id twice'
  /** A caller is told that its id is taken, and not the truth about the job that has it. */
  | 'told wrong'
  /** A run of a job whose key a later call had taken, or of one that never had it. */
  | 'superseded ran'
  /** A run of a job after its key was cancelled. */
  | 'cancelled ran'
  /** Two calls at once, and both of their jobs began after both were answered. */
  | 'both ran'
  /** A run before the moment that it was moved to. */
  | 'moved early'
  /** What was said to stand under a key neither came to an end nor gave way to another word. */
  | 'key lost'
  /** A run began after `pause()` had said that its tube is paused. */
  | 'started while paused'
  /** A call, or a close, is not answered in time. */
  | 'unsettled'
  /** A run with another payload than the one scheduled. */
  | 'corrupt'
  /** A copy stands on a node at the end that is no dead letter. */
  | 'left over'
  /** Copies or calls were left long after all faults were over. */
  | 'not drained'
  /** Something is left of a process that has closed. */
  | 'left open'
  /** It became a dead letter although nothing went wrong. */
  | 'died needlessly'
  /** Something was thrown where nobody catches it. */
  | 'threw';

export interface BrokenPromise {
  readonly rule: Rule;
  readonly text: string;
  /** Of a copy that is left over; `foreign` when it was not scheduled by us. */
  readonly state?: CopyState | 'foreign';
}
