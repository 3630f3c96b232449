import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Reply } from '../../../lib/core/cluster/node-connection.js';
import type { DqQuorumError } from '../../../lib/core/errors/quorum.error.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { draftJob } from '../../../lib/core/producer/drafting.js';
import { PlainCounter } from '../../../lib/core/producer/plain-draft.js';
import { withdraw } from '../../../lib/core/producer/withdrawal.js';
import { newJobId } from '../../../lib/core/wire/job-id.js';
import { lost, type StubAnswers } from '../../support/stub-node.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { WriteBed } from '../cluster/write-bed.js';

const TUBE = resolveTube('orders');
let bed: WriteBed;
let store: StubClaimStore;

beforeEach(() => void (store = new StubClaimStore()));
afterEach(() => {
  expect(bed.close()).toBe(0);
});

/** Answers to a put and to the delete that may follow. */
function node(put: Reply, deleted: Reply = { kind: 'DELETED' }): StubAnswers {
  return ({ name }) => (name === 'put' ? put : deleted);
}

const deletes = (): unknown[] =>
  bed
    .stub(1)
    .named('delete')
    .map(({ args }) => args);

async function withdrawn(
  nodes: readonly StubAnswers[],
  job: { readonly id?: string; readonly key?: string } = {},
): Promise<DqQuorumError> {
  bed = new WriteBed(nodes);
  const now = bed.clock.now();
  const options = { copies: 3, maxBodyBytes: 65_535 };
  const parts = { clock: bed.clock, newId: newJobId, plainCounter: new PlainCounter(() => 0), options };
  const draft = draftJob(TUBE, 'x', now + 1_000, parts, job);
  const written = bed.write(nodes.length, nodes.length);
  await bed.clock.settle();
  expect(written.result?.kind).toBe('failed');
  const withdrawing = withdraw(draft, written.result?.slots ?? [], 2, store, bed.cluster.same);
  await bed.clock.settle();
  return withdrawing;
}

const INSERTED: Reply = { kind: 'INSERTED', id: 41 };

describe('a withdrawal', () => {
  it('deletes what was written, by the number and on the connection that wrote it', async () => {
    const error = await withdrawn([node(INSERTED), node({ kind: 'DRAINING' })]);
    expect(error.fate).toBe('withdrawn');
    expect(error.nodes).toEqual([
      { endpoint: 'node-1:11300', outcome: 'withdrawn', reason: 'INSERTED, then deleted' },
      { endpoint: 'node-2:11300', outcome: 'refused', reason: 'DRAINING' },
    ]);
    expect(deletes()).toEqual([[41]]);
    expect(bed.stub(1).connections).toHaveLength(1);
    expect(bed.stub(2).named('delete')).toEqual([]);
  });

  it('of a job with a key gives up its place there, also when no node has a copy', async () => {
    await withdrawn([node({ kind: 'DRAINING' })], { key: 'order-1' });
    expect(store.calls).toMatchObject([{ name: 'revoke', request: { slot: 'dq:{orders}@order-1' } }]);
  });

  it('needs no tombstone when every node is known to hold nothing', async () => {
    const refusals: readonly Reply[] = [{ kind: 'OUT_OF_MEMORY' }, { kind: 'JOB_TOO_BIG' }, lost(false)];
    const error = await withdrawn(refusals.map((reply) => node(reply)));
    expect(store.calls).toEqual([]);
    expect(error.fate).toBe('withdrawn');
  });

  it.each<[string, StubAnswers, string]>([
    ['the answer to its put was lost', node(lost(true)), 'The stub hung up.'],
    ['it had an internal error', node({ kind: 'INTERNAL_ERROR' }), 'INTERNAL_ERROR'],
    ['it buried the job and did not say which', node({ kind: 'BURIED', id: undefined }), 'BURIED'],
    [
      'a consumer took the copy before it could be deleted',
      node(INSERTED, { kind: 'NOT_FOUND' }),
      'not deleted: NOT_FOUND',
    ],
    ['the answer to the delete was lost', node(INSERTED, lost(true)), 'not deleted: LOST'],
    ['a buried copy could not be deleted', node({ kind: 'BURIED', id: 9 }, { kind: 'NOT_FOUND' }), 'BURIED, then not'],
  ])('puts a tombstone when a node may hold a copy: %s', async (_what, doubtful, reason) => {
    const error = await withdrawn([doubtful, node({ kind: 'DRAINING' })]);
    expect(error.nodes[0]).toMatchObject({ outcome: 'unknown' });
    expect(error.nodes[0]?.reason).toContain(reason);
    expect(store.asked('revoke')).toHaveLength(1);
    expect(error).toMatchObject({ fate: 'withdrawn', cause: undefined });
  });

  it('deletes a copy that was buried at once, when it knows its number', async () => {
    const error = await withdrawn([node({ kind: 'BURIED', id: 9 }), node({ kind: 'DRAINING' })]);
    expect(deletes()).toEqual([[9]]);
    expect(error.nodes[0]).toMatchObject({ outcome: 'withdrawn', reason: 'BURIED, then deleted' });
  });

  it('tells the claim store which job, when it was due, and how many copies may be out', async () => {
    await withdrawn([node(lost(true)), node(lost(true)), node({ kind: 'DRAINING' })]);
    const [revoke] = store.calls;
    expect(revoke).toMatchObject({
      name: 'revoke',
      tube: 'orders',
      request: { key: expect.stringMatching(/^dq:\{orders\}:.{22}$/), copies: 3, dueMs: expect.any(Number) },
    });
  });

  it.each(['running', 'done', 'dead'] as const)(
    'says that the job was taken when its claim says %s, and leaves the copies: its consumer may die and another need them',
    async (verdict) => {
      store.verdict = verdict;
      const error = await withdrawn([node(INSERTED), node({ kind: 'DRAINING' })]);
      expect(error.fate).toBe('taken');
      expect(deletes()).toEqual([]);
      expect(error.nodes).toMatchObject([
        { outcome: 'unknown', reason: 'INSERTED, and left there' },
        { outcome: 'refused' },
      ]);
    },
  );

  it('deletes nothing before the store has answered', async () => {
    let deletes: number | undefined;
    store.revoke = async () => {
      deletes = bed.stub(1).named('delete').length;
      return Promise.resolve('revoked');
    };
    await withdrawn([node(INSERTED), node({ kind: 'DRAINING' })]);
    expect([deletes, bed.stub(1).named('delete').length]).toEqual([0, 1]);
  });

  it("leaves the copies of a caller's own id while the store is away: the caller will ask again", async () => {
    store.away = true;
    const error = await withdrawn([node(INSERTED), node(lost(false))], { id: 'order-1' });
    expect(error.fate).toBe('unknown');
    expect(error.cause).toMatchObject({ code: 'DQ_CLAIM_STORE' });
    expect(deletes()).toEqual([]);
  });

  it('says that nothing is known when the store fails too, and why', async () => {
    store.away = true;
    const error = await withdrawn([node(lost(true)), node(INSERTED)]);
    expect(error.fate).toBe('unknown');
    expect(error.cause).toMatchObject({ code: 'DQ_CLAIM_STORE' });
    expect(error.nodes[1]).toMatchObject({ outcome: 'withdrawn' });
  });

  it('is certain without the store when it needs none, even while that is away (control)', async () => {
    store.away = true;
    const error = await withdrawn([node(lost(false)), node(INSERTED)]);
    expect([error.fate, error.cause]).toEqual(['withdrawn', undefined]);
  });
});
