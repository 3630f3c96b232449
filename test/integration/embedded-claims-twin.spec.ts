// The claims in memory beside those in Redis: the same commands, whatever they are, get the same answers and leave the same claims.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  generationKey,
  generationOf,
  nativeClaimKey,
  pauseKey,
  plainClaimKey,
  slotKey,
} from '../../lib/core/claims/claim-key.js';
import type { ClaimStore, ClaimVerdict } from '../../lib/core/claims/claim-store.js';
import { systemClock } from '../../lib/core/base/clock.js';
import { CLAIM } from '../../lib/core/redis/scripts/claim.js';
import { SETTLE } from '../../lib/core/redis/scripts/settle.js';
import type { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import type { ClaimChange } from '../../lib/embedded/claims/claim-record.js';
import { ClaimTable } from '../../lib/embedded/claims/claim-table.js';
import { MemoryClaimStore } from '../../lib/embedded/claims/memory-claim-store.js';
import { HOUR_MS, RETENTION_MS, TUBE } from '../contract/claim-lab.js';
import { tableTools } from '../support/claim-tables.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { keepAsking } from '../support/keep-asking.js';
import { openClaims, redisTools, settleIn } from '../support/redis-claims.js';
import { anyCommand, type Command, everyAnswer, type Keys, type Side } from '../unit/embedded/claims/any-command.js';
import { anyKeyCommand, everyKeyAnswer, KEYED_JOBS, keyStory } from '../unit/embedded/claims/any-key-command.js';
import { readClaim, readSlot } from './claim-strings.js';

const KEEP_MS = RETENTION_MS + HOUR_MS;
const DEAD_KEEP_MS = 365 * 24 * HOUR_MS;
/** Ends the brief leases and waits of the commands. */
const OVER_MS = 4;
/** Where a trip to Redis takes a second, nothing is taken over for five. */
const STOOD_STILL_MS = 500;

const KINDS = [
  '',
  'granted',
  'running',
  'waiting',
  'early',
  'done',
  'revoked',
  'dead',
  'foreign',
  'expired',
  'orphaned',
  'revived',
  'marked',
  'unborn',
];

/** The moments for which its handler asked, and to which it was moved; 0 where there is none. */
function granted(attempt: number, revived: boolean, [askedMs = 0, movedMs = 0]: readonly number[]): ClaimVerdict {
  const moved = movedMs > 0 ? { movedMs } : {};
  if (revived) return { kind: 'granted', attempt, revived, ...moved };
  return { kind: 'granted', attempt, ...(askedMs > 0 && { askedMs }), ...moved };
}

/** The keys of a script on claims: those, and the admissions of own ids. */
function withAdmissions(claims: readonly string[]): string[] {
  return [...claims, ...claims.flatMap((key) => generationOf(key)?.admission ?? [])];
}

function redisSide(store: ClaimStore, redis: Redis): Side {
  return {
    store,
    async claimWithin({ token, leaseMs }, requests, good, over) {
      const dues = requests.map(({ dueMs, takeover }) => (takeover ? -dueMs : dueMs));
      const head = [token, leaseMs, KEEP_MS, good, over, Math.max(...requests.map(({ dueMs }) => dueMs))];
      const keys = requests.map(({ key }) => key);
      const all = withAdmissions(keys);
      const rest = [...all, ...head, RETENTION_MS, DEAD_KEEP_MS, ...dues];
      const [, ...codes] = (await redis.eval(CLAIM, all.length, ...rest)) as number[];
      let behind = 2 * keys.length;
      return keys.map((_, at) => {
        const [kind, number] = [KINDS[codes[2 * at]!], codes[2 * at + 1]];
        const isMarked = kind === 'marked' || kind === 'revived';
        const moments = isMarked ? [codes[behind++], codes[behind++]] : [];
        if (kind === 'granted' || isMarked) return granted(number!, kind === 'revived', moments as number[]);
        return kind === 'running' || kind === 'waiting' || kind === 'early' ? { kind, ms: number } : { kind };
      });
    },
    async settleWithin({ token }, key, attempt, good) {
      const all = withAdmissions([key]);
      const settled = await redis.eval(SETTLE, all.length, ...all, token, KEEP_MS, DEAD_KEEP_MS, good, attempt, 'U', 0);
      return ['refused', 'settled', 'late'][(settled as number[])[1]!];
    },
    reserved: new Map(),
    tools: redisTools(redis),
    putPending: async (key, generation, since) =>
      void (await redis.set(`${key}#`, `dq1:P:${generation}:${since}:${since}`, 'PX', KEEP_MS)),
  };
}

function memorySide(store: ClaimStore, table: ClaimTable): Side {
  return {
    store,
    claimWithin: async (who, requests, good, over) => requests.map((request) => table.claim(who, request, good, over)),
    settleWithin: async (who, key, attempt, good) =>
      table.settle(who, { key, attempt, outcome: { kind: 'again', ms: 0, counts: false }, copies: 0 }, good),
    reserved: new Map(),
    tools: tableTools(table, Date.now),
    async putPending(key, generation, since) {
      const keptUntil = Date.now() + KEEP_MS;
      table.load([{ of: 'admission', key, record: { state: 'pending', generation, dueMs: since, since, keptUntil } }]);
    },
  };
}

const EVERY_KEY_ANSWER = [
  ...['reserved', 'postponed', 'kept', 'scheduled', 'replaced', 'besides', 'superseded'],
  ...['cancelled', 'moved', 'earlier', 'none', 'unborn'],
];

const TIMES = new Set([
  'sinceMs',
  'untilMs',
  'ms',
  'dueMs',
  'leaseEnd',
  'notBefore',
  'askedMs',
  'movedMs',
  'firstMs',
  'since',
  'keptUntil',
]);
/** Places in the order of calls, in microseconds. */
const ORDERS = new Set(['order', 'spoken']);
/** The same, but for times within five seconds. */
function loosely(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(loosely);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    field !== undefined && (TIMES.has(name) || ORDERS.has(name))
      ? expect.closeTo(field as number, TIMES.has(name) ? -4 : -7)
      : loosely(field),
  ]);
  return Object.fromEntries(fields) as unknown;
}

describe('claims in memory beside claims in Redis', () => {
  let cluster: TestCluster;
  let probe: Redis;
  let inRedis: RedisClaimStore;
  let asks: { stop(): void };
  const seen = new Set<string>();

  beforeAll(async () => {
    cluster = await startCluster({ nodes: 0 });
    probe = new Redis(cluster.redisUrl);
    inRedis = openClaims(cluster.redisUrl);
    asks = keepAsking(TUBE, [inRedis]);
    await settleIn(TUBE, inRedis);
    await inRedis.claim(TUBE, { token: 'warm', leaseMs: 1 }, [{ key: 'dq:warm', dueMs: 0, takeover: false }]);
  });
  afterAll(async () => {
    asks.stop();
    await inRedis.close();
    probe.disconnect();
    await cluster.stop();
  });

  async function kept({ claims, ids, keyed, slots }: Keys): Promise<Map<string, unknown>> {
    const keys = [...claims, ...keyed, ...slots, ...ids.map((id) => `${id}#`), pauseKey(TUBE)];
    const pipeline = probe.pipeline();
    for (const key of keys) pipeline.get(key).pttl(key);
    const replies = (await pipeline.exec())!.map(([, reply]) => reply);
    const records = keys.map(
      (key, at) => [key, replies[2 * at] as string | null, replies[2 * at + 1] as number] as const,
    );
    const reader = (key: string) => (slots.includes(key) ? readSlot : readClaim);
    return new Map(records.flatMap(([key, value, ttl]) => (value === null ? [] : [[key, reader(key)(value, ttl)]])));
  }

  let rounds = 0;
  async function play(commands: readonly Command[], retentionMs: number): Promise<void> {
    while (!(await playedThrough(commands, retentionMs))) await settleIn(TUBE, inRedis);
  }

  /** False when this machine stood still meanwhile. */
  async function playedThrough(commands: readonly Command[], retentionMs: number): Promise<boolean> {
    const [one, two] = [nativeClaimKey(TUBE, `a${++rounds}`), nativeClaimKey(TUBE, `b${rounds}`)];
    const ofWrites = [one, two].flatMap((id) => ['g1', 'g2'].map((generation) => generationKey(id, generation)));
    const keys = {
      ids: [one, two],
      claims: [one, two, ...ofWrites, plainClaimKey(`body ${rounds}`)],
      keyed: Array.from({ length: KEYED_JOBS }, (_, at) => nativeClaimKey(TUBE, `k${rounds}-${at}`)),
      slots: [slotKey(TUBE, `key ${rounds} #`), slotKey(TUBE, `another ${rounds}`)],
    };
    const table = new ClaimTable(retentionMs, systemClock);
    await inRedis.pauses.resume(TUBE);
    const [real, mine] = [redisSide(inRedis, probe), memorySide(new MemoryClaimStore(table), table)];
    let before = performance.now();
    for (const run of commands) {
      const now = Date.now();
      const [expected, got] = [await run(real, keys, now), await run(mine, keys, now)];
      if (performance.now() - before > STOOD_STILL_MS) return false;
      before = performance.now();
      expect(got).toEqual(loosely(expected));
      for (const reply of [expected].flat()) if (typeof reply === 'object') seen.add((reply as { kind: string }).kind);
      const nameOf = ({ of, key }: ClaimChange): string => (of === 'admission' ? `${key}#` : key);
      const dump = [...table.dump()].map((change) => [nameOf(change), change.record] as const);
      const left = [...(await kept(keys))].map(([key, record]) => [key, loosely(record)] as const);
      expect(Object.fromEntries(dump)).toEqual(Object.fromEntries(left));
      await sleep(OVER_MS);
    }
    return true;
  }
  const anything = fc.array(fc.oneof(anyCommand, anyKeyCommand), { minLength: 10, maxLength: 40, size: 'max' });
  const stories = fc.array(keyStory, { minLength: 4, maxLength: 10, size: 'max' }).map((told) => told.flat());
  const twins = (
    commands: fc.Arbitrary<Command[]>,
    retentionMs: number,
    numRuns: number,
    examples: [Command[]][] = [],
  ) =>
    fc.assert(
      fc.asyncProperty(commands, (played) => play(played, retentionMs)),
      { numRuns, endOnFailure: false, examples },
    );
  /** The control: nothing that a claim or a key can say was left out. */
  const expectSeen = (kinds: readonly string[]): void => {
    for (const kind of kinds) expect(seen).toContain(kind);
    seen.clear();
  };

  it('get the same answers and leave the same claims', async () => {
    await twins(anything, RETENTION_MS, 60, [[[...everyAnswer]], [[...everyKeyAnswer]]]);
    const others = ['paused', 'admitted', 'duplicate', 'forgotten', 'alive', 'over', 'unknown'];
    expectSeen([...KINDS.slice(1, KINDS.indexOf('revived')), ...others, ...EVERY_KEY_ANSWER]);
  }, 240_000);

  it('do so too where jobs of keys are written, run and change hands', async () => {
    await twins(stories, RETENTION_MS, 60);
    const calls = ['reserved', 'kept', 'scheduled', 'replaced', 'besides', 'superseded', 'moved', 'earlier', 'none'];
    expectSeen([...calls, 'unborn', 'granted', 'running', 'orphaned', 'revoked', 'done']);
  }, 240_000);

  it.each([
    ['anything', anything],
    ['stories of keys', stories],
  ])('would be told apart by %s if one kept claims a minute longer (control)', async (_what, commands) => {
    await expect(twins(commands, RETENTION_MS + 60_000, 5)).rejects.toThrow('Property failed');
  });
});
