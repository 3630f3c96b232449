// Users' own keys in a real Redis: what only Redis can do to them, and what they cost it.
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import { nativeClaimKey, slotKey } from '../../lib/core/claims/claim-key.js';
import { STALE_ADMISSION_MS } from '../../lib/core/claims/retention.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { newJobId } from '../../lib/core/wire/job-id.js';
import { A, B, brief, DEAD, DONE, HOUR_MS, RETENTION_MS } from '../contract/claim-lab.js';
import { KeyCalls, THREE_COPIES } from '../support/key-calls.js';
import { settleIn } from '../support/redis-claims.js';
import { until } from '../support/wait.js';
import { startCluster, type TestCluster } from '../support/cluster.js';

const TUBE = 'keys';
const KEEP_MS = RETENTION_MS + HOUR_MS;

let cluster: TestCluster;
let probe: Redis;
let store: RedisClaimStore;
let keys: KeyCalls;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 0 });
});
afterAll(() => cluster.stop());
beforeEach(() => {
  probe = new Redis(cluster.redisUrl);
  store = open();
  keys = new KeyCalls(store, TUBE);
});
afterEach(async () => {
  await store.close();
  await probe.flushall();
  probe.disconnect();
});

function connect(): RedisConnection {
  return new RedisConnection(cluster.redisUrl, 3_000, systemClock, () => undefined);
}

function open(connection = connect()): RedisClaimStore {
  return new RedisClaimStore(connection, RETENTION_MS, systemClock);
}

describe('a key in Redis', () => {
  it('is there from the reservation until its job is over', async () => {
    const call = await keys.reserve('a', { dueMs: Date.now() - 1_000 });
    expect(await probe.get(call.claim)).toMatch(/^dq1:B:\d{16}:r:\d{13}:\d{13}:[^:]{11}$/);
    expect(await keys.commit(call)).toEqual({ kind: 'scheduled' });
    expect(await probe.get(call.claim)).toBeNull();
    expect(await store.findKey(TUBE, call.slot)).toMatchObject({ id: call.id, state: 'scheduled', attempt: 0 });
    expect(await keys.run(call)).toEqual({ kind: 'granted', attempt: 1 });
    expect(await store.findKey(TUBE, call.slot)).toMatchObject({ id: call.id, state: 'running', attempt: 1 });
    expect(await keys.settle(call, DONE)).toBe(true);
    expect(await probe.exists(call.slot)).toBe(0);
    expect(await store.findKey(TUBE, call.slot)).toBeUndefined();
    const [moved, later] = [await keys.schedule('b'), Date.now() + 2 * HOUR_MS];
    await store.moveKey(TUBE, moved.slot, later);
    expect(await probe.get(moved.claim)).toBe(`dq1:W:0:${later}:-:m${later}`);
  });

  it('keeps the mark of a cancelled job as long as the claim of its run', async () => {
    const call = await keys.schedule('a', { dueMs: Date.now() - 1_000 });
    await keys.run(call);
    // It was due long ago.
    await probe.pexpire(call.slot, 60_000);
    expect(await store.cancelKey(TUBE, call.slot)).toEqual({ kind: 'running' });
    expect(await probe.pttl(call.slot)).toBeGreaterThan(KEEP_MS - 60_000);
  });

  it('counts its calls on where the clock of Redis was set back', async () => {
    const { slot, reservation } = await keys.reserve('a');
    // The last one was given an hour later than it is by now.
    const ahead = reservation.order + 1_000 * HOUR_MS;
    const value = await probe.get(slot);
    await probe.set(slot, value!.replace(String(reservation.order), String(ahead)), 'KEEPTTL');
    expect((await keys.reserve('a')).reservation.order).toBe(ahead + 1);
  });

  it('commits what Redis forgot since its reservation', async () => {
    const call = await keys.reserve('a');
    await probe.flushall();
    expect(await keys.commit(call)).toEqual({ kind: 'scheduled' });
    expect(await store.findKey(TUBE, call.slot)).toMatchObject({ id: call.id });
    expect(await keys.commit(call)).toEqual({ kind: 'scheduled' });
    expect(await store.cancelKey(TUBE, call.slot)).toMatchObject({ kind: 'cancelled', previous: { id: call.id } });
    expect(await probe.exists(call.slot)).toBe(0);
  });

  it('may have any characters', async () => {
    const hostile = ['a#', 'a#trial', '#', 'a|b|c', 'a:b', '}', '{x}', '@', 'a@b#g', 'ключ', ' ', '%d+', '🙂', "'\\"];
    const calls = [];
    for (const key of hostile) calls.push({ ...(await keys.schedule(key, { dueMs: 1 })), key });
    for (const call of calls) {
      expect(await store.findKey(TUBE, call.slot)).toMatchObject({ id: call.id, handle: THREE_COPIES + call.id });
      expect(await keys.run(call, brief(A))).toMatchObject({ kind: 'granted' });
    }
    const settled = await Promise.all(calls.map((call) => keys.settle(call, DEAD)));
    expect(settled).toEqual(hostile.map(() => true));
    expect(await probe.keys('*@*')).toEqual([]);
  });

  it('reads a handle as it was, and a slot of a later release not at all', async () => {
    const handle = 'a|b:c,,d/|[::1]:11300/x\ny';
    const call = await keys.schedule('a', { handle });
    expect((await store.findKey(TUBE, call.slot))?.handle).toBe(handle);
    await probe.set(call.slot, 'dq1:K:1|2');
    const { slot, id } = call;
    const asks = [
      () => store.findKey(TUBE, slot),
      () => store.cancelKey(TUBE, slot),
      () => store.moveKey(TUBE, slot, 1),
    ];
    for (const ask of asks) await expect(ask()).rejects.toThrow(DqClaimStoreError);
    // Those of other keys are asked in the same trip, and are none the worse.
    const refused = { kind: 'refused', error: expect.any(DqClaimStoreError) };
    const other = await keys.reserve('b');
    expect(await store.commitKeys(TUBE, [call.commit, other.commit])).toEqual([refused, { kind: 'scheduled' }]);
    const wanted = { slot, id, dueMs: 1, policy: 'replace', hash: '' } as const;
    const beside = { ...wanted, slot: keys.slot('c'), id: newJobId() };
    expect(await store.reserveKeys(TUBE, [wanted, beside])).toMatchObject([refused, { kind: 'reserved' }]);
    expect(await keys.run(call)).toMatchObject({ kind: 'granted' });
    expect(await keys.settle(call, DONE)).toBe(true);
    expect(await probe.get(slot)).toBe('dq1:K:1|2');
  });

  it('takes the equal of what should have begun long since, once: it may have no copies any more', async () => {
    const [dueMs, hash] = [Date.now() + HOUR_MS, 'same'];
    const call = await keys.schedule('a', { dueMs: Date.now() - 60_000, hash });
    const { slot } = call;
    const equal = () => ({ slot, id: newJobId(), dueMs, policy: 'replace', hash }) as const;
    const written = String(await probe.get(slot));
    const word = Number(/^dq1:K:(\d+)\|/.exec(written)?.[1]);
    const aged = written.replaceAll(String(word), String(word - (STALE_ADMISSION_MS + 1_000) * 1_000));
    await probe.set(slot, aged, 'KEEPTTL');
    // It is read back from a node before it is moved.
    expect(await store.moveKey(TUBE, slot, dueMs)).toMatchObject({ kind: 'earlier', standing: { id: call.id } });
    const [reserved] = await store.reserveKeys(TUBE, [equal()]);
    expect(reserved).toMatchObject({ kind: 'reserved', dueMs });
    // The control: one that was written a moment ago, however late it is.
    await probe.set(slot, written, 'KEEPTTL');
    expect(await store.reserveKeys(TUBE, [equal()])).toMatchObject([{ kind: 'postponed', standing: { id: call.id } }]);
    // And one that waits until a moment that has not come.
    await probe.set(slot, String(await probe.get(slot)).replaceAll(String(word), String(word - 60_000_000)), 'KEEPTTL');
    expect(await store.reserveKeys(TUBE, [equal()])).toMatchObject([{ kind: 'kept', standing: { id: call.id } }]);
  });

  it('costs Redis about 300 bytes while its job waits, and a job without one none', async () => {
    const used = async (): Promise<number> => {
      const each = await Promise.all((await probe.keys('*')).map((key) => probe.memory('USAGE', key)));
      return each.reduce<number>((sum, one) => sum + (one ?? 0), 0);
    };
    expect(await used()).toBe(0);
    await keys.schedule('order-42');
    const bytes = await used();
    expect(bytes).toBeGreaterThan(200);
    expect(bytes).toBeLessThan(350);
    await keys.schedule('o');
    // The control: the handle is what it costs.
    await probe.flushall();
    await keys.schedule('order-42', { handle: 'h' });
    expect(await used()).toBeLessThan(bytes - 90);
  });

  it('changes nothing of what is sent for jobs without one, also beside those that have one', async () => {
    // Redis has the scripts from then on.
    const first = await keys.schedule('first', { dueMs: 1 });
    await keys.run(first);
    await keys.settle(first, DONE);
    await store.settle(TUBE, A, [{ key: first.claim, attempt: 1, outcome: DONE, copies: 3 }]);
    const watch = await probe.monitor();
    const sent: string[][] = [];
    watch.on('monitor', (_time: string, [name = '', ...args]: string[], source: string) => {
      if (source !== 'lua' && /^evalsha$/i.test(name)) sent.push(args);
    });
    const others = ['x', 'y'].map((id) => ({ key: nativeClaimKey(TUBE, id), dueMs: 1, takeover: false }));
    const ends = others.map(({ key }) => ({ key, attempt: 1, outcome: DONE, copies: 3 }));
    const keyed = await keys.schedule('a', { dueMs: 1 });
    await store.claim(TUBE, A, [...others, { key: keyed.claim, dueMs: 1, takeover: false, slot: keyed.slot }]);
    await store.settle(TUBE, A, ends);
    const end = { key: keyed.claim, attempt: 1, outcome: DONE, copies: 3, slot: keyed.slot };
    await store.settle(TUBE, A, [ends[0]!, end, ends[1]!]);
    await until(() => sent.filter((args) => args.includes(keyed.slot)).length >= 3);
    watch.disconnect();
    // One claim for all, the common settlement twice, and one beside it.
    const settlements = sent.filter((args) => args.includes('3:0'));
    expect(settlements).toHaveLength(3);
    const common = settlements.filter((args) => !args.includes(keyed.slot));
    // But for the moment until which it is good.
    const [alone, beside] = common.map((args) => args.filter((_, at) => at !== 7));
    expect(beside).toEqual(alone);
    expect(alone).toEqual([
      expect.any(String),
      '2',
      ...others.map(({ key }) => key),
      A.token,
      `${KEEP_MS}`,
      expect.any(String),
      '1',
      'D',
      '3:0',
    ]);
    expect(
      sent.filter((args) => others.every(({ key }) => args.includes(key)) && args.includes(keyed.claim)),
    ).toHaveLength(1);
  });

  it('takes as many round trips for a thousand calls as for one', async () => {
    const connection = connect();
    const mine = open(connection);
    const requests = Array.from({ length: 1_000 }, (_, at) => ({
      slot: slotKey(TUBE, `key-${at}`),
      id: newJobId(),
      dueMs: Date.now() + HOUR_MS,
      policy: 'replace' as const,
      hash: 'h',
    }));
    await mine.ping(TUBE);
    /** All calls are on their way before Redis has answered one of them. */
    const inOneTrip = async <T>(ask: () => Promise<T>): Promise<T> => {
      await cluster.redis.pause();
      const answers = ask();
      await until(() => (connection.client as Redis).commandQueue.length >= requests.length);
      cluster.redis.resume();
      return answers;
    };
    const reservations = await inOneTrip(() => mine.reserveKeys(TUBE, requests));
    expect(new Set(reservations.map(({ kind }) => kind))).toEqual(new Set(['reserved']));
    const commits = requests.map(({ slot, id, dueMs }) => ({ slot, id, dueMs, handle: 'h', reserved: undefined }));
    const commitments = await inOneTrip(() => mine.commitKeys(TUBE, commits));
    expect(new Set(commitments.map(({ kind }) => kind))).toEqual(new Set(['scheduled']));
    await mine.close();
  });

  it('lets nobody take over a job that lost it while it ran', async () => {
    const dueMs = Date.now() - 1_000;
    const [cancelled, replaced, stands, unread] = [
      await keys.schedule('cancelled', { dueMs }),
      await keys.schedule('replaced', { dueMs }),
      await keys.schedule('stands', { dueMs }),
      await keys.schedule('unread', { dueMs }),
    ];
    for (const call of [cancelled, replaced, stands, unread]) await keys.run(call, brief(A));
    await store.cancelKey(TUBE, cancelled.slot);
    const newer = await keys.reserve('replaced');
    expect(await keys.commit(newer)).toMatchObject({
      kind: 'besides',
      previous: { id: replaced.id, state: 'running' },
    });
    await probe.set(unread.slot, 'dq1:K:1|2');
    await settleIn(TUBE, store);
    const takeovers = [cancelled, replaced, stands, unread].map(({ claim, slot }) => ({
      key: claim,
      dueMs,
      takeover: true,
      slot,
    }));
    // Another one is asked for in the same call, between them.
    const other = { key: nativeClaimKey(TUBE, 'other'), dueMs, takeover: true };
    const requests = [...takeovers.slice(0, 1), other, ...takeovers.slice(1)];
    expect(await store.claim(TUBE, B, requests)).toEqual([
      { kind: 'revoked' },
      { kind: 'granted', attempt: 1 },
      { kind: 'revoked' },
      // The control.
      { kind: 'granted', attempt: 2 },
      { kind: 'running', ms: 1 },
    ]);
    expect(await probe.get(replaced.claim)).toBe('dq1:V:0:-:0:0');
    expect(await probe.exists(cancelled.slot)).toBe(0);
    expect(await store.findKey(TUBE, newer.slot)).toMatchObject({ id: newer.id });
    expect(await keys.settle(stands, DONE, 2, B)).toBe(true);
    expect(await probe.exists(stands.slot)).toBe(0);
  });
});
