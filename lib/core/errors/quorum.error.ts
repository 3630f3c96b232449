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

const FATES = {
  withdrawn: 'The job was taken back and will not run from now on. Try again when the nodes are back.',
  taken: 'A consumer took it before it could be withdrawn: it runs now or has run.',
  unknown: 'The claim store did not take the tombstone either, so a copy on a node of unknown outcome may still run.',
} as const;

/** Fewer nodes than `minWrites` took the job. See `fate` for what that means for it, and `nodes` for each node. */
export class DqQuorumError extends DqError {
  readonly code = 'DQ_QUORUM';

  constructor(
    readonly id: string,
    readonly nodes: readonly NodeOutcome[],
    minWrites: number,
    /**
     * `withdrawn`: it will not run from now on; an attempt may have been made if it was due at once. `taken`: a consumer was faster than
     * the withdrawal; it runs or has run. `unknown`: a node's outcome is unknown and Redis did not take the tombstone; it may run.
     */
    readonly fate: 'withdrawn' | 'taken' | 'unknown',
    cause?: unknown,
  ) {
    const each = nodes.map((node) => `${node.endpoint} ${node.outcome} (${node.reason})`).join(', ');
    super(`Expected at least ${minWrites} node(s) to take the job, but: ${each}. ` + FATES[fate], { cause });
  }
}
