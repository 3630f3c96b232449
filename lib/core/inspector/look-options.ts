import type { DqDuration } from '../options/duration.js';
import { duration } from '../options/option-checks.js';

/** Somebody waits for the answer, with other nodes' answers in it. */
const USUAL_MS = 1_000;

/** How long to wait for the nodes. */
export interface DqLookOptions {
  /**
   * How long nodes may take, all together. A node that has not answered by then counts as not reachable in this answer. A look at
   * dead letters leaves a node alone that owes an answer for a third of this, so it may end a third later. Too low: a busy node seems to be away. Minimum 1 ms. @default '1s'
   */
  readonly deadline?: DqDuration | undefined;
}

/** @throws DqOptionsError */
export function deadlineOf({ deadline = USUAL_MS }: DqLookOptions): number {
  return duration(deadline, 'deadline', 1);
}
