// Users' own keys in a Redis Cluster, where a script may touch the keys that it was given alone, and a slot may be on the move.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import type { ClaimVerdict } from '../../lib/core/claims/claim-store.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { A, B, brief, DEAD, DONE, RETENTION_MS } from '../contract/claim-lab.js';
import { keepAsking } from '../support/keep-asking.js';
import { KeyCalls } from '../support/key-calls.js';
import { settleIn } from '../support/redis-claims.js';
import { until } from '../support/wait.js';
import { slotBed } from '../support/slot-bed.js';

const TUBE = 'keys';
const again = { kind: 'again', ms: 0, counts: true } as const;

let store: RedisClaimStore;
let keys: KeyCalls;
const losses: string[] = [];

afterEach(async () => {
  await store.close();
  expect(losses.splice(0)).toEqual([]);
});
const bed = slotBed();
beforeEach(() => open(3_000));

function open(deadline: number): void {
  const connection = new RedisConnection(bed.source, deadline, systemClock, ({ type }) => {
    if (type === 'store-lost') losses.push(type);
  });
  store = new RedisClaimStore(connection, RETENTION_MS, systemClock);
  keys = new KeyCalls(store, TUBE);
}

const granted = (verdict: ClaimVerdict) => (verdict.kind === 'granted' ? verdict : undefined);
const values = async (): Promise<readonly string[]> =>
  (await bed.masters.claims()).map(({ value }) => value.slice(0, 6));

describe('a key in a Redis Cluster', () => {
  it('is replaced, moved, found, cancelled and left, by scripts that are given what they need', async () => {
    const first = await keys.schedule('a');
    const second = await keys.reserve('a');
    expect(await keys.commit(second)).toMatchObject({ kind: 'replaced', previous: { id: first.id } });
    expect(await store.moveKey(TUBE, second.slot, Date.now() + 7_200_000)).toMatchObject({ kind: 'moved' });
    expect(await store.findKey(TUBE, second.slot)).toMatchObject({ id: second.id, state: 'scheduled' });
    expect(await store.cancelKey(TUBE, second.slot)).toMatchObject({ kind: 'cancelled', previous: { id: second.id } });
    expect(await store.findKey(TUBE, second.slot)).toBeUndefined();
    const runs = await keys.schedule('a', { dueMs: Date.now() - 1_000 });
    await keys.run(runs);
    expect(await store.cancelKey(TUBE, runs.slot)).toEqual({ kind: 'running' });
    expect(await store.cancelKey(TUBE, runs.slot)).toEqual({ kind: 'running' });
    expect(await keys.settle(runs, again)).toBe('superseded');
    const ends = await keys.schedule('a', { dueMs: Date.now() - 1_000 });
    await keys.run(ends);
    expect(await keys.settle(ends, DEAD)).toBe(true);
    expect((await values()).toSorted()).toEqual(['dq1:V:', 'dq1:V:', 'dq1:V:', 'dq1:X:']);
  });

  it('has one job that stands, the one admitted last, whoever calls at once', async () => {
    const calls = await Promise.all(Array.from({ length: 100 }, () => keys.reserve('a')));
    const commitments = await Promise.all(calls.map((call) => keys.commit(call)));
    const last = calls.reduce((one, other) => (other.reservation.order > one.reservation.order ? other : one));
    expect(await store.findKey(TUBE, last.slot)).toMatchObject({ id: last.id });
    expect(new Set(calls.map(({ reservation }) => reservation.order)).size).toBe(calls.length);
    const revoked = calls.filter((_, at) => commitments[at]!.kind === 'superseded').length;
    expect((await values()).filter((value) => value === 'dq1:V:')).toHaveLength(calls.length - 1);
    expect(revoked).toBeLessThan(calls.length);
  });

  it('is not changed while its slot is on the move, and the caller is told so', async () => {
    open(2_000);
    const call = await keys.schedule('a');
    const reserved = await keys.reserve('a');
    const move = await bed.beginMove(TUBE);
    // The slot goes ahead of the claims.
    await move.moveKeys((key) => key.includes('@'));
    const before = await bed.masters.claims();
    const asks = [
      () => keys.reserve('a'),
      () => keys.commit(reserved),
      () => store.cancelKey(TUBE, call.slot),
      () => store.moveKey(TUBE, call.slot, Date.now() + 7_200_000),
    ];
    for (const ask of asks) await expect(ask()).rejects.toThrow(/was not changed; it is safe to repeat/);
    await expect(asks[0]!()).rejects.toThrow(DqClaimStoreError);
    expect((await bed.masters.claims()).map(({ value }) => value).toSorted()).toEqual(
      before.map(({ value }) => value).toSorted(),
    );
    // The control: the same commit, once it has moved.
    await move.finish();
    expect(await keys.commit(reserved)).toMatchObject({ kind: 'replaced', previous: { id: call.id } });
  });

  it('is asked for until its slot has moved, where that is in time', async () => {
    const call = await keys.schedule('a');
    const reserved = await keys.reserve('a');
    const move = await bed.beginMove(TUBE);
    await move.moveKeys((key) => key.includes('@'));
    const committed = keys.commit(reserved);
    await sleep(300);
    await move.finish();
    expect(await committed).toMatchObject({ kind: 'replaced', previous: { id: call.id } });
  });

  it('lets its jobs end and be revoked while its slot is on the move, and is free then', async () => {
    const dueMs = Date.now() - 1_000;
    const [done, fails, revoked] = [
      await keys.schedule('done', { dueMs }),
      await keys.schedule('fails', { dueMs }),
      await keys.schedule('revoked', { dueMs }),
    ];
    await keys.run(done);
    await keys.run(fails);
    const move = await bed.beginMove(TUBE);
    await move.moveKeys((key) => key.includes('@'));
    expect(await keys.settle(done, DONE)).toBe(true);
    expect(await keys.settle(fails, again)).toBe(true);
    const { claim, slot } = revoked;
    expect(await store.revoke(TUBE, { key: claim, copies: 3, dueMs, slot })).toBe('revoked');
    await move.finish();
    for (const call of [done, revoked]) expect(await store.findKey(TUBE, call.slot)).toBeUndefined();
    expect(await store.findKey(TUBE, fails.slot)).toMatchObject({ id: fails.id, state: 'retrying' });
    expect((await values()).toSorted()).toEqual(['dq1:D:', 'dq1:K:', 'dq1:V:', 'dq1:W:']);
  });

  it('lets nobody take its job over while its slot cannot be asked', async () => {
    const call = await keys.schedule('a', { dueMs: Date.now() - 1_000 });
    await keys.run(call, brief(A));
    await settleIn(TUBE, store);
    const move = await bed.beginMove(TUBE);
    await move.moveKeys((key) => key.includes('@'));
    expect(await keys.run(call, B)).toEqual({ kind: 'orphaned' });
    expect(await keys.run(call, B, true)).toEqual({ kind: 'running', ms: 1 });
    // The control. For a while the slot is taken to be on the move.
    await move.finish();
    const asking = keepAsking(TUBE, [store]);
    expect(await until(async () => granted(await keys.run(call, B, true)))).toMatchObject({ attempt: 2 });
    asking.stop();
  });
});
