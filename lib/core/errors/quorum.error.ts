import { branded } from '../base/brand.js';
import { DqError, type DqErrorCode } from './dq.error.js';

/** What is known of one node after a failed write. */
export interface NodeOutcome {
  readonly endpoint: string;
  /**
   * `withdrawn`: written, and deleted again. `refused`: certainly not written. `unknown`: it may hold a copy, which the
   * tombstone keeps from running.
   */
  readonly outcome: 'withdrawn' | 'refused' | 'unknown';
  readonly reason: string;
  /** The code of the error that stood for the node's answer; undefined when the node answered itself, or not at all. */
  readonly code?: DqErrorCode;
}

/** A node that could not be reached has refused nothing. */
const SHOWN = { withdrawn: 'withdrawn', refused: 'not written', unknown: 'unknown' } as const;
const FATES = {
  withdrawn: 'The job was taken back and will not run from now on.',
  taken: 'A consumer took it before it could be withdrawn: it runs now or has run.',
  unknown: 'The claim store did not take the tombstone either, so a copy on a node of unknown outcome may still run.',
} as const;
const NOWHERE = 'No node has the job, so it will not run.';
/** What beanstalkd answers to a body over its `-z`. */
const TOO_BIG = 'JOB_TOO_BIG';
/** Errors that are over when the node is back. All others say themselves what helps. */
const AWAY: ReadonlySet<DqErrorCode> = new Set(['DQ_CONNECTION', 'DQ_DEADLINE', 'DQ_PROTOCOL']);

/** Fewer nodes than `minWrites` took the job. See `fate` for what that means for it, and `nodes` for each node. */
export class DqQuorumError extends DqError {
  readonly code = 'DQ_QUORUM';

  constructor(
    readonly id: string,
    readonly nodes: readonly NodeOutcome[],
    minWrites: number,
    /**
     * `withdrawn`: it will not run from now on; one attempt may have run if it was due at once. `taken`: a consumer was faster than
     * the withdrawal; it runs or has run. `unknown`: a node's outcome is unknown and Redis did not take the tombstone; it may run.
     */
    readonly fate: 'withdrawn' | 'taken' | 'unknown',
    cause?: unknown,
  ) {
    const each = nodes.map((node) => `${node.endpoint} ${SHOWN[node.outcome]} (${node.reason})`).join(', ');
    const nowhere = fate === 'withdrawn' && nodes.every(({ outcome }) => outcome === 'refused');
    const texts = [
      `Expected at least ${minWrites} node(s) to take the job, but: ${each}.`,
      nowhere ? NOWHERE : FATES[fate],
      ...adviceFor(nodes, fate),
    ];
    super(texts.join(' '), { cause });
  }
}

branded({ DqQuorumError });

/** A body that is too big stays so, however often it is tried; only the other nodes may come back. */
function adviceFor(nodes: readonly NodeOutcome[], fate: DqQuorumError['fate']): readonly string[] {
  const small = nodes.filter(({ reason }) => reason === TOO_BIG);
  const others = nodes.some(
    ({ outcome, reason, code }) =>
      outcome !== 'withdrawn' && reason !== TOO_BIG && (code === undefined || AWAY.has(code)),
  );
  const advice: string[] = [];
  if (small.length > 0) {
    const named = small.map(({ endpoint }) => endpoint).join(' and ');
    advice.push(`A body of this size needs a higher -z of ${named}; or set maxBodyBytes to at most that -z.`);
  }
  if (fate === 'withdrawn' && others) advice.push('Try again when the nodes are back.');
  return advice;
}
