import type { ClaimStore } from '../claims/claim-store.js';
import { ask } from '../cluster/ask.js';
import type { Node } from '../cluster/node.js';
import { mayHold, type Slot } from '../cluster/replicated-write.js';
import { DqQuorumError, type NodeOutcome } from '../errors/quorum.error.js';
import type { JobDraft } from './job-draft.js';

/**
 * Takes back a job that too few nodes took. The claim store is asked first, by a tombstone: where it says that a consumer has the
 * job, or had it, the copies are left to that consumer or its successor, who may need them. Only then is deleted what was
 * written. While the store does not answer, copies of a caller's own id are left too: the caller asks again with that id. Other
 * copies are deleted, since the caller will schedule another job. Those of an occurrence are left as they are: it is written again under the
 * same claim, which a tombstone would end. Resolves to the error for the caller, which also names those nodes
 * that are others under `same` names, since they may be why there were too few.
 */
export async function withdraw(
  draft: JobDraft,
  slots: readonly Slot[],
  minWrites: number,
  store: ClaimStore,
  same: ReadonlyMap<Node, Node>,
): Promise<DqQuorumError> {
  if (draft.isShared) return new DqQuorumError(draft.id, withSame(slots.map(leave), same), minWrites, 'unknown');
  // A key's place is given up where no node has a copy too.
  const asks = draft.keyed !== undefined || slots.some(({ reply }) => mayHold(reply));
  const asked = asks ? await tombstone(draft, slots.length, store) : 'revoked';
  const deletes = asked === 'revoked' || (typeof asked === 'object' && draft.admission === undefined);
  const outcomes = deletes ? await Promise.all(slots.map(takeBack)) : slots.map(leave);
  const nodes = withSame(outcomes, same);
  if (asked === 'taken') return new DqQuorumError(draft.id, nodes, minWrites, 'taken');
  const doubtful = nodes.some(({ outcome }) => outcome === 'unknown');
  if (asked === 'revoked' || !doubtful) return new DqQuorumError(draft.id, nodes, minWrites, 'withdrawn');
  return new DqQuorumError(draft.id, nodes, minWrites, 'unknown', asked.cause);
}

async function tombstone(
  { key, dueMs, tube, keyed }: JobDraft,
  copies: number,
  store: ClaimStore,
): Promise<'revoked' | 'taken' | { readonly cause: unknown }> {
  try {
    return (await store.revoke(tube.name, { key, copies, dueMs, slot: keyed?.slot })) === 'revoked'
      ? 'revoked'
      : 'taken';
  } catch (cause) {
    return { cause };
  }
}

function withSame(outcomes: readonly NodeOutcome[], same: ReadonlyMap<Node, Node>): readonly NodeOutcome[] {
  const all = [...outcomes];
  for (const [{ endpoint }, first] of same) {
    const at = all.findIndex((outcome) => outcome.endpoint === endpoint);
    const why = `it is one server with ${first.endpoint}, name each once`;
    const asked = all[at];
    if (asked === undefined) all.push({ endpoint, outcome: 'refused', reason: `not asked: ${why}` });
    else all[at] = { ...asked, reason: `${asked.reason}; ${why}` };
  }
  return all;
}

function leave({ node: { endpoint }, reply }: Slot): NodeOutcome {
  if (reply === undefined) return { endpoint, outcome: 'unknown', reason: 'no answer yet' };
  const why = reply.kind === 'LOST' ? { reason: reply.error.message, code: reply.error.code } : { reason: reply.kind };
  if (!mayHold(reply)) return { endpoint, outcome: 'refused', ...why };
  return { endpoint, outcome: 'unknown', ...why, reason: `${why.reason}, and left there` };
}

async function takeBack(slot: Slot): Promise<NodeOutcome> {
  const { node, connection, reply } = slot;
  const id = reply?.kind === 'INSERTED' || reply?.kind === 'BURIED' ? reply.id : undefined;
  if (reply === undefined || id === undefined) return leave(slot);
  // The number is only good on the connection that gave it: a node that was restarted gives it out again.
  const { kind } = await ask(connection, (to, done) => to.delete(id, done));
  const { endpoint } = node;
  if (kind === 'DELETED') return { endpoint, outcome: 'withdrawn', reason: `${reply.kind}, then deleted` };
  return { endpoint, outcome: 'unknown', reason: `${reply.kind}, then not deleted: ${kind}` };
}
