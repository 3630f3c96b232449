import type { ClaimStore } from '../claims/claim-store.js';
import { isDoubtful, type Slot } from '../cluster/replicated-write.js';
import { DqQuorumError, type NodeOutcome } from '../errors/quorum.error.js';
import type { JobDraft } from './job-draft.js';

/**
 * Takes back a job that too few nodes took: deletes what was written, and where a node may hold a copy all the same, puts a
 * tombstone on the job. Resolves to the error for the caller.
 */
export async function withdraw(
  draft: JobDraft,
  slots: readonly Slot[],
  minWrites: number,
  store: ClaimStore,
): Promise<DqQuorumError> {
  const outcomes = await Promise.all(slots.map((slot) => takeBack(slot)));
  let fate: DqQuorumError['fate'] = 'withdrawn';
  let cause: unknown;
  if (outcomes.some(({ outcome }) => outcome === 'unknown')) {
    try {
      const verdict = await store.revoke(draft.tube.name, { key: draft.key, copies: slots.length, dueMs: draft.dueMs });
      if (verdict !== 'revoked') fate = 'taken';
    } catch (error) {
      fate = 'unknown';
      cause = error;
    }
  }
  return new DqQuorumError(draft.id, outcomes, minWrites, fate, cause);
}

function takeBack({ node, connection, reply }: Slot): Promise<NodeOutcome> {
  const { endpoint } = node;
  if (reply === undefined) return Promise.resolve({ endpoint, outcome: 'unknown', reason: 'no answer yet' });
  const reason = reply.kind === 'LOST' ? reply.error.message : reply.kind;
  // The number is only good on the connection that gave it: a node that was restarted gives it out again.
  if (reply.kind === 'INSERTED' || (reply.kind === 'BURIED' && reply.id !== undefined)) {
    const number = reply.id as number;
    return new Promise((resolve) => {
      connection.delete(number, (deleted) => {
        if (deleted.kind === 'DELETED') resolve({ endpoint, outcome: 'withdrawn', reason: `${reason}, then deleted` });
        else resolve({ endpoint, outcome: 'unknown', reason: `${reason}, then not deleted: ${deleted.kind}` });
      });
    });
  }
  return Promise.resolve({ endpoint, outcome: isDoubtful(reply) ? 'unknown' : 'refused', reason });
}
