// Users' own keys in memory beside those in Redis: the same calls and runs, whatever they are, get the same answers and leave the same.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import { nativeClaimKey, slotKey } from '../../lib/core/claims/claim-key.js';
import type { ClaimStore, SettleOutcome } from '../../lib/core/claims/claim-store.js';
import type { KeyPolicy, KeyRequest, KeyReservation } from '../../lib/core/claims/key-claims.js';
import { NO_TAKEOVER_MS } from '../../lib/core/claims/store-clock.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { ClaimTable } from '../../lib/embedded/claims/claim-table.js';
import { MemoryClaimStore } from '../../lib/embedded/claims/memory-claim-store.js';
import { HOUR_MS, RETENTION_MS, TUBE } from '../contract/claim-lab.js';
import { forgetSlot, makeStale } from '../support/claim-tables.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { keepAsking } from '../support/keep-asking.js';

/** Ends leases of a millisecond. */
const OVER_MS = 4;
const STALE_MICROSECONDS = 11_000_000;
const SLOTS = 2;

interface Side {
  readonly store: ClaimStore;
  keepsSlot(slot: string): Promise<number | undefined>;
  makeStale(key: string): Promise<void>;
  forgetSlot(slot: string): Promise<void>;
}

/** What was reserved on both sides, in the order of {@link Round.sides}. */
interface Call {
  readonly key: string;
  readonly request: KeyRequest;
  readonly reserved: readonly (KeyReservation & { readonly kind: 'reserved' })[];
}

interface Round {
  readonly sides: readonly Side[];
  readonly slots: readonly string[];
  readonly calls: Call[];
  /** All due times are reckoned from it, so that some are equal. */
  readonly from: number;
}

/** Does one thing on one side, which is the first or the second. */
type Act = (side: Side, round: Round, at: number) => Promise<unknown>;
interface Step {
  readonly act: Act;
  /** The job that it would write is a call from then on. */
  readonly request?: (round: Round) => KeyRequest;
}

const slot = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constant(1));
/** How many calls ago it was reserved. */
const ago = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(3));
const due = fc.constantFrom(-1_000, -1_000, HOUR_MS, 2 * HOUR_MS);
const holder = fc.record({ token: fc.constantFrom('a', 'b'), leaseMs: fc.constantFrom(1, HOUR_MS) });
const outcome = fc.constantFrom<SettleOutcome>(
  { kind: 'done' },
  { kind: 'dead', reason: 'no luck' },
  { kind: 'again', ms: 0, counts: true },
  { kind: 'again', ms: HOUR_MS, counts: true },
  { kind: 'again', ms: 0, counts: false },
  { kind: 'again', ms: 0, counts: false, asked: true },
);

let ids = 0;

function step<T>(name: string, given: fc.Arbitrary<T>, make: (given: T) => Act | Step) {
  return given.map((value): Step & { [fc.toStringMethod]: () => string } => {
    const made = make(value);
    return Object.assign(typeof made === 'function' ? { act: made } : made, {
      [fc.toStringMethod]: () => `${name} ${JSON.stringify(value)}`,
    });
  });
}

/** Nothing, where there is no such call. */
function onCall<T extends { readonly ago: number }>(
  name: string,
  given: fc.Arbitrary<T>,
  act: (call: Call, given: T, ...rest: Parameters<Act>) => Promise<unknown>,
) {
  return step(name, given, (value) => async (side, round, at) => {
    const call = round.calls.at(-1 - value.ago);
    return call && act(call, value, side, round, at);
  });
}

const reserve = step(
  'reserve',
  fc.record({
    slot,
    due,
    policy: fc.constantFrom<KeyPolicy>('replace', 'replace', 'postpone', 'keep'),
    hash: fc.constantFrom('h1', 'h2'),
    maxWaitMs: fc.constantFrom(undefined, undefined, 1.5 * HOUR_MS),
  }),
  ({ slot, due, policy, hash, maxWaitMs }) => {
    const requests = new Map<Round, KeyRequest>();
    const request = (round: Round): KeyRequest => {
      const made = { slot: round.slots[slot]!, id: `job-${++ids}`, dueMs: round.from + due, policy, hash };
      if (!requests.has(round)) requests.set(round, maxWaitMs === undefined ? made : { ...made, maxWaitMs });
      return requests.get(round)!;
    };
    return { request, act: async ({ store }, round) => (await store.reserveKeys(TUBE, [request(round)]))[0] };
  },
);

const commit = onCall(
  'commit',
  fc.record({ ago, behalf: fc.boolean() }),
  async (call, { behalf }, { store }, _, at) => {
    const { slot, id, policy, hash } = call.request;
    const { dueMs, firstMs, order } = call.reserved[at]!;
    const reserved = behalf ? undefined : { firstMs, order, policy, hash };
    return (await store.commitKeys(TUBE, [{ slot, id, dueMs, handle: `copies of ${id}`, reserved }]))[0];
  },
);

const claim = onCall(
  'claim',
  fc.record({ ago, holder, takeover: fc.boolean() }),
  ({ key, request: { slot, dueMs } }, { holder, takeover }, { store }) =>
    store.claim(TUBE, holder, [{ key, dueMs, takeover, slot }]),
);

const settle = onCall(
  'settle',
  fc.record({ ago, holder, outcome, attempt: fc.constantFrom(1, 1, 2), toldAgain: fc.boolean() }),
  ({ key, request: { slot } }, { holder, outcome, attempt, toldAgain }, { store }) =>
    store.settle(TUBE, holder, [{ key, attempt, outcome, copies: 3, toldAgain, slot }]),
);

const stale = onCall('make stale', fc.record({ ago }), ({ key }, _, side) => side.makeStale(key));

const change = fc.oneof(
  reserve,
  step(
    'cancel',
    slot,
    (at) =>
      ({ store }, { slots }) =>
        store.cancelKey(TUBE, slots[at]!),
  ),
  step(
    'move',
    fc.record({ slot, due }),
    ({ slot, due }) =>
      ({ store }, { slots, from }) =>
        store.moveKey(TUBE, slots[slot]!, from + due),
  ),
);

const anyStep = fc.oneof(
  { weight: 3, arbitrary: change },
  commit,
  claim,
  settle,
  stale,
  onCall('reserve again', fc.record({ ago }), ({ request }, _, { store }) => store.reserveKeys(TUBE, [request])),
  onCall(
    'renew',
    fc.record({ ago, holder, attempt: fc.constantFrom(1, 2), toldAgain: fc.boolean() }),
    ({ key }, { holder, attempt, toldAgain }, { store }) => store.renew(TUBE, holder, [{ key, attempt, toldAgain }]),
  ),
  onCall('revoke', fc.record({ ago, due }), ({ key, request: { slot } }, { due }, { store }, { from }) =>
    store.revoke(TUBE, { key, slot, copies: 3, dueMs: from + due }),
  ),
  step(
    'forget',
    slot,
    (at) =>
      (side, { slots }) =>
        side.forgetSlot(slots[at]!),
  ),
);

/** Steps that often follow each other: else few jobs would run. */
const story = fc.oneof(
  anyStep.map((one) => [one]),
  fc.tuple(reserve, commit, claim, change, fc.oneof(claim, settle)),
  fc.tuple(reserve, commit, claim, settle, claim),
  fc.tuple(reserve, stale, claim, commit, claim),
);

/** The clocks of both sides were not read at one moment, and an order is each one's own. */
function loosely(value: unknown): unknown {
  if (typeof value === 'number') return value > 10_000 ? expect.closeTo(value, -4) : value;
  if (Array.isArray(value)) return value.map(loosely);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    name === 'order' ? expect.any(Number) : loosely(field),
  ]);
  return Object.fromEntries(fields) as unknown;
}

describe('keys in memory beside keys in Redis', () => {
  let cluster: TestCluster;
  let probe: Redis;
  let inRedis: RedisClaimStore;
  let asks: { stop(): void };
  const seen = new Set<string>();

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 0 });
    probe = new Redis(cluster.redisUrl);
    inRedis = new RedisClaimStore(
      new RedisConnection(cluster.redisUrl, 3_000, systemClock, () => undefined),
      RETENTION_MS,
      systemClock,
    );
    asks = keepAsking(TUBE, [inRedis]);
    // Longer than a connection must have stood before it takes leases over.
    await sleep(NO_TAKEOVER_MS + 100);
  });
  afterAll(async () => {
    asks.stop();
    await inRedis.close();
    probe.disconnect();
    await cluster.stop();
  });

  function redisSide(): Side {
    return {
      store: inRedis,
      async keepsSlot(slot) {
        const left = await probe.pttl(slot);
        return left === -2 ? undefined : left;
      },
      async makeStale(key) {
        const [mark, state, order, ...rest] = ((await probe.get(key)) ?? '').split(':');
        if (state !== 'B') return;
        await probe.set(key, [mark, state, Number(order) - STALE_MICROSECONDS, ...rest].join(':'), 'KEEPTTL');
      },
      forgetSlot: async (slot) => void (await probe.del(slot)),
    };
  }

  function memorySide(retentionMs: number): Side {
    const table = new ClaimTable(retentionMs, systemClock);
    return {
      store: new MemoryClaimStore(table),
      keepsSlot: async (slot) => table.keepsSlot(slot),
      makeStale: async (key) => makeStale(table, key),
      forgetSlot: async (slot) => forgetSlot(table, slot),
    };
  }

  let rounds = 0;
  async function play(steps: readonly Step[], retentionMs: number): Promise<void> {
    rounds++;
    const slots = Array.from({ length: SLOTS }, (_, at) => slotKey(TUBE, `${rounds} ${at}`));
    const round: Round = { sides: [redisSide(), memorySide(retentionMs)], slots, calls: [], from: Date.now() };
    const each = async (ask: (side: Side, at: number) => Promise<unknown>): Promise<unknown> => {
      const [expected, got] = [await ask(round.sides[0]!, 0), await ask(round.sides[1]!, 1)];
      expect(got).toEqual(loosely(expected));
      return [expected, got];
    };
    for (const { act, request } of steps) {
      const answers = (await each((side, at) => act(side, round, at))) as readonly { readonly kind: string }[];
      for (const answer of [answers[0]].flat()) if (answer?.kind !== undefined) seen.add(answer.kind);
      if (request !== undefined && answers[0]?.kind === 'reserved') {
        const made = request(round);
        round.calls.push({ key: nativeClaimKey(TUBE, made.id), request: made, reserved: answers as Call['reserved'] });
      }
      for (const slot of slots) {
        await each(({ store }) => store.findKey(TUBE, slot));
        await each((side) => side.keepsSlot(slot));
      }
      for (const { key } of round.calls) await each(({ store }) => store.describe(TUBE, key));
      await sleep(OVER_MS);
    }
  }
  const twins = (retentionMs: number, numRuns: number): Promise<void> =>
    fc.assert(
      fc.asyncProperty(fc.array(story, { minLength: 4, maxLength: 10, size: 'max' }), (stories) =>
        play(stories.flat(), retentionMs),
      ),
      { numRuns, endOnFailure: false },
    );

  it('get the same answers and leave the same slots and claims', async () => {
    await twins(RETENTION_MS, 60);
    // The control: nothing that a key can say was left out.
    const calls = ['reserved', 'kept', 'postponed', 'scheduled', 'replaced', 'besides', 'superseded', 'cancelled'];
    const runs = ['granted', 'running', 'waiting', 'early', 'orphaned', 'unborn', 'revoked', 'done', 'dead'];
    for (const kind of [...calls, 'moved', 'earlier', 'none', ...runs]) expect(seen).toContain(kind);
  });

  it('would be told apart if one kept slots a minute longer (control)', async () => {
    await expect(twins(RETENTION_MS + 60_000, 5)).rejects.toThrow('Property failed');
  });
});
