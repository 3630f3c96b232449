// Users' own keys in a real Redis: what only Redis can do to them, and what they cost it.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import { nativeClaimKey, slotKey } from '../../lib/core/claims/claim-key.js';
import type { SettleOutcome } from '../../lib/core/claims/claim-store.js';
import type { KeyPolicy } from '../../lib/core/claims/key-claims.js';
import { STALE_ADMISSION_MS } from '../../lib/core/claims/retention.js';
import { NO_TAKEOVER_MS } from '../../lib/core/claims/store-clock.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { newJobId } from '../../lib/core/wire/job-id.js';
import { A, B, brief, DEAD, DONE, HOUR_MS, RETENTION_MS } from '../contract/claim-lab.js';
import { KeyCalls, type ReservedCall, THREE_COPIES } from '../support/key-calls.js';
import { keepAsking } from '../support/keep-asking.js';
import { until } from '../support/wait.js';
import { startCluster, type TestCluster } from '../support/cluster.js';

const TUBE = 'keys';
const KEEP_MS = RETENTION_MS + HOUR_MS;
const DAY_MS = 24 * HOUR_MS;

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
  });

  it('replaces what waits, keeps what is equal, and moves what is equal and later', async () => {
    const dueMs = Date.now() + HOUR_MS;
    const first = await keys.schedule('a', { dueMs, hash: 'same' });
    const slot = slotKey(TUBE, 'a');
    const ask = (due: number, hash: string, policy: KeyPolicy = 'replace') =>
      store.reserveKeys(TUBE, [{ slot, id: newJobId(), dueMs: due, policy, hash }]);
    expect(await ask(dueMs, 'same')).toMatchObject([{ kind: 'kept', standing: { id: first.id, dueMs } }]);
    expect(await ask(dueMs, 'other', 'keep')).toMatchObject([{ kind: 'kept', standing: { id: first.id } }]);
    expect(await ask(dueMs - 1, 'other', 'postpone')).toMatchObject([{ kind: 'kept', standing: { id: first.id } }]);
    expect(await probe.get(first.claim)).toBeNull();
    const later = dueMs + 1_000;
    expect(await ask(later, 'same')).toMatchObject([
      { kind: 'postponed', standing: { id: first.id, dueMs: later, state: 'scheduled', attempt: 0 } },
    ]);
    expect(await probe.get(first.claim)).toBe(`dq1:W:0:${later}:-:m${later}`);
    expect((await store.describe(TUBE, first.claim)).claim).toMatchObject({ kind: 'waiting', movedMs: later });
    const second = await keys.reserve('a');
    expect(await keys.commit(second)).toMatchObject({ kind: 'replaced', previous: { id: first.id, dueMs: later } });
    expect(await probe.get(first.claim)).toBe('dq1:V:0:-:0:0');
    expect((await store.findKey(TUBE, slot))?.firstMs).toBe(second.reservation.firstMs);
  });

  it('tells a moved job its moment, in every attempt', async () => {
    const call = await keys.schedule('a', { dueMs: Date.now() - 1_000 });
    const dueMs = Date.now() + 50;
    expect(await store.moveKey(TUBE, call.slot, dueMs)).toMatchObject({ kind: 'moved', standing: { dueMs } });
    expect(await keys.run(call)).toMatchObject({ kind: 'waiting' });
    await sleep(60);
    expect(await keys.run(call)).toEqual({ kind: 'granted', attempt: 1, movedMs: dueMs });
    await store.renew(TUBE, A, [{ key: call.claim, attempt: 1 }]);
    const asked: SettleOutcome = { kind: 'again', ms: 0, counts: false, asked: true };
    expect(await keys.settle(call, asked)).toBe(true);
    expect(await probe.get(call.claim)).toMatch(new RegExp(`^dq1:W:0:\\d+:holder-a:m${dueMs}:a\\d+$`));
    expect(await store.findKey(TUBE, call.slot)).toMatchObject({ state: 'retrying', attempt: 0 });
    expect(await keys.run(call, B)).toMatchObject({
      kind: 'granted',
      attempt: 1,
      movedMs: dueMs,
      askedMs: expect.any(Number),
    });
  });

  it('gives a job that runs no further attempt once its key is cancelled, nor a takeover', async () => {
    const [failing, dying, ending] = [
      await keys.schedule('failing', { dueMs: Date.now() - 1_000 }),
      await keys.schedule('dying', { dueMs: Date.now() - 1_000 }),
      await keys.schedule('ending', { dueMs: Date.now() - 1_000 }),
    ];
    await keys.run(failing);
    await keys.run(dying, brief(A));
    await keys.run(ending);
    for (const { slot } of [failing, dying, ending])
      expect(await store.cancelKey(TUBE, slot)).toEqual({ kind: 'running' });
    expect(await store.cancelKey(TUBE, failing.slot)).toEqual({ kind: 'running' });
    expect(await store.findKey(TUBE, failing.slot)).toMatchObject({ id: failing.id, state: 'running' });
    const again: SettleOutcome = { kind: 'again', ms: 0, counts: true };
    expect(await keys.settle(failing, again)).toBe('superseded');
    // The reply was lost.
    expect(await keys.settle(failing, again)).toBe('superseded');
    expect(await keys.settle(ending, DONE)).toBe(true);
    await sleep(120);
    expect(await keys.run(dying, B)).toEqual({ kind: 'orphaned' });
    expect(await probe.get(failing.claim)).toBe('dq1:V:0:-:0:0');
    expect(await probe.exists(failing.slot, ending.slot)).toBe(0);
    expect(await store.cancelKey(TUBE, failing.slot)).toEqual({ kind: 'none' });
  });

  it('keeps the mark of a cancelled job as long as the claim of its run', async () => {
    const call = await keys.schedule('a', { dueMs: Date.now() - 1_000 });
    await keys.run(call);
    // It was due long ago.
    await probe.pexpire(call.slot, 60_000);
    expect(await store.cancelKey(TUBE, call.slot)).toEqual({ kind: 'running' });
    expect(await probe.pttl(call.slot)).toBeGreaterThan(KEEP_MS - 60_000);
  });

  it('supersedes a call that was reserved before its last word, be it a call or a cancel', async () => {
    const [early, late] = [await keys.reserve('a'), await keys.reserve('a')];
    expect(await keys.commit(late)).toEqual({ kind: 'scheduled' });
    expect(await keys.commit(early)).toMatchObject({ kind: 'superseded', standing: { id: late.id } });
    expect(await probe.get(early.claim)).toBe('dq1:V:0:-:0:0');
    const open = await keys.reserve('a');
    expect(await store.cancelKey(TUBE, open.slot)).toMatchObject({ kind: 'cancelled', previous: { id: late.id } });
    expect(await store.cancelKey(TUBE, open.slot)).toEqual({ kind: 'none' });
    expect(await keys.commit(open)).toEqual({ kind: 'superseded', standing: undefined });
    expect(await probe.exists(open.slot)).toBe(0);
  });

  it('is asked again where a reply was lost, with the same answer and one job that stands', async () => {
    const before = await keys.schedule('a');
    const call = await keys.reserve('a');
    expect(await keys.commit(call)).toMatchObject({ kind: 'replaced', previous: { id: before.id } });
    const stands = await probe.get(call.slot);
    expect(await keys.commit(call)).toEqual({ kind: 'scheduled' });
    expect(await probe.get(call.slot)).toBe(stands);
    // Of a reservation too: it counts once, so that nothing is left behind its end.
    const [id, slot] = [newJobId(), slotKey(TUBE, 'b')];
    const request = { slot, id, dueMs: Date.now(), policy: 'replace' as const, hash: '' };
    for (let asked = 0; asked < 3; asked++) await store.reserveKeys(TUBE, [request]);
    expect(await store.revoke(TUBE, { key: nativeClaimKey(TUBE, id), copies: 3, dueMs: request.dueMs, slot })).toBe(
      'revoked',
    );
    expect(await probe.exists(slot)).toBe(0);
  });

  it('counts its calls on where the clock of Redis was set back', async () => {
    const { slot, reservation } = await keys.reserve('a');
    // The last one was given an hour later than it is by now.
    const ahead = reservation.order + 1_000 * HOUR_MS;
    const value = await probe.get(slot);
    await probe.set(slot, value!.replace(String(reservation.order), String(ahead)), 'KEEPTTL');
    expect((await keys.reserve('a')).reservation.order).toBe(ahead + 1);
  });

  it('is rolled forward on behalf of a producer that died, in the order of the reservations', async () => {
    const dueMs = Date.now() - 1_000;
    const standing = await keys.schedule('a', { dueMs: Date.now() + HOUR_MS });
    const left = await keys.reserve('a', { dueMs });
    expect(await keys.run(left)).toMatchObject({ kind: 'running' });
    expect(await store.describe(TUBE, left.claim)).toEqual({ claim: { kind: 'pending', dueMs } });
    // Ten seconds later.
    const [order] = /\d{16}/.exec((await probe.get(left.claim))!)!;
    const older = Number(order) - 1_000 * STALE_ADMISSION_MS;
    await probe.set(left.claim, (await probe.get(left.claim))!.replace(order, String(older)), 'KEEPTTL');
    expect(await keys.run(left)).toEqual({ kind: 'unborn' });
    const behalf = { slot: left.slot, id: left.id, dueMs, handle: 'h', reserved: undefined };
    // It is now older than the job that stands.
    expect(await store.commitKeys(TUBE, [behalf])).toMatchObject([
      { kind: 'superseded', standing: { id: standing.id } },
    ]);
    expect(await keys.run(left)).toEqual({ kind: 'revoked' });
    const newer = await keys.reserve('a', { dueMs });
    expect(await store.commitKeys(TUBE, [{ ...behalf, id: newer.id }])).toMatchObject([
      { kind: 'replaced', previous: { id: standing.id } },
    ]);
    expect(await keys.run(newer)).toEqual({ kind: 'granted', attempt: 1 });
    // Nobody knows of a reservation: the job is one like any other.
    expect(await store.commitKeys(TUBE, [{ ...behalf, id: newJobId() }])).toEqual([{ kind: 'scheduled' }]);
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

  it('is free once its job is revoked by its handle', async () => {
    const call = await keys.schedule('a');
    expect(await store.revoke(TUBE, { key: call.claim, copies: 3, dueMs: call.commit.dueMs, slot: call.slot })).toBe(
      'revoked',
    );
    expect(await probe.exists(call.slot)).toBe(0);
    expect(await keys.run(call)).toEqual({ kind: 'revoked' });
  });

  it('writes an end into the history of its tube, in the same step', async () => {
    const [ends, fails] = [await keys.schedule('a', { dueMs: 1 }), await keys.schedule('b', { dueMs: 1 })];
    for (const call of [ends, fails]) await keys.run(call);
    await store.cancelKey(TUBE, fails.slot);
    const entry = (id: string, outcome: 'done' | 'retrying') => ({ id, outcome, lateMs: 1, tookMs: 2, error: '' });
    const request = (call: ReservedCall) => ({ key: call.claim, attempt: 1, copies: 3, slot: call.slot });
    const history = { last: 10, forMs: HOUR_MS };
    expect(
      await store.settle(
        TUBE,
        A,
        [
          { ...request(ends), outcome: DONE, entry: entry(ends.id, 'done') },
          { ...request(fails), outcome: { kind: 'again', ms: 0, counts: true }, entry: entry(fails.id, 'retrying') },
        ],
        history,
      ),
    ).toEqual([true, 'superseded']);
    // It failed, and is not tried again: without an entry nobody would know that.
    const told = (await store.history(TUBE, 10)).map(({ id, outcome }) => `${id} ${outcome}`);
    expect(told.toSorted()).toEqual([`${ends.id} done`, `${fails.id} superseded`].toSorted());
    expect(await probe.exists(ends.slot, fails.slot)).toBe(0);
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

  it('is kept until its due time and the retention have passed, and never for a shorter time than before', async () => {
    const far = Date.now() + 30 * DAY_MS;
    const within = (ms: number, left: number): void => {
      expect(left).toBeLessThanOrEqual(ms);
      expect(left).toBeGreaterThan(ms - 60_000);
    };
    const first = await keys.reserve('a', { dueMs: far });
    within(30 * DAY_MS + KEEP_MS, await probe.pttl(first.slot));
    within(30 * DAY_MS + KEEP_MS, await probe.pttl(first.claim));
    await keys.commit(first);
    const second = await keys.reserve('a', { dueMs: Date.now() + HOUR_MS });
    within(HOUR_MS + KEEP_MS, await probe.pttl(second.claim));
    expect(await keys.commit(second)).toMatchObject({ kind: 'replaced' });
    within(30 * DAY_MS + KEEP_MS, await probe.pttl(first.slot));
    within(30 * DAY_MS + KEEP_MS, await probe.pttl(first.claim));
    expect(await store.moveKey(TUBE, first.slot, far + 10 * DAY_MS)).toMatchObject({ kind: 'moved' });
    within(40 * DAY_MS + KEEP_MS, await probe.pttl(first.slot));
    within(40 * DAY_MS + KEEP_MS, await probe.pttl(second.claim));
    const third = await keys.schedule('b', { dueMs: Date.now() - 1_000 });
    within(KEEP_MS, await probe.pttl(third.slot));
    await keys.run(third);
    await keys.settle(third, { kind: 'again', ms: 20 * DAY_MS, counts: true });
    within(20 * DAY_MS + KEEP_MS, await probe.pttl(third.slot));
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
    // Longer than a connection must have stood before it takes leases over.
    const asks = keepAsking(TUBE, [store]);
    await sleep(NO_TAKEOVER_MS + 100);
    asks.stop();
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
