import { DqError } from './dq.error.js';

/** What is known of one node after a failed write. */
export interface NodeOutcome {
  readonly endpoint: string;
  /**
   * `withdrawn`: written, and deleted again. `refused`: certainly not written. `unknown`: it may hold a copy, which the
   * tombstone keeps from running.
   */
  readonly outcome: 'withdrawn' | 'refused' | 'unknown';
  readonly reason: string;
}

/** Fewer nodes than `minWrites` took the job. It will not run; see `nodes` for what is known of each. */
export class DqQuorumError extends DqError {
  readonly code = 'DQ_QUORUM';

  constructor(
    readonly id: string,
    readonly nodes: readonly NodeOutcome[],
    minWrites: number,
    /** False when a node's outcome is unknown and Redis did not take the tombstone either: the job may still run. */
    readonly safe: boolean,
    cause?: unknown,
  ) {
    const each = nodes.map((node) => `${node.endpoint} ${node.outcome} (${node.reason})`).join(', ');
    super(
      `Expected at least ${minWrites} node(s) to take the job, but: ${each}. ` +
        (safe
          ? 'The job will not run. Try again when the nodes are back.'
          : 'Redis did not take the tombstone either, so a copy on a node of unknown outcome may still run.'),
      { cause },
    );
  }
}
