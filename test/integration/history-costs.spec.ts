// What a history costs: the tube that has one, by what Redis counts, and all others nothing, to the byte.
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import { historyKey, nativeClaimKey } from '../../lib/core/claims/claim-key.js';
import type { HistorySettings } from '../../lib/core/claims/claim-store.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { SETTLE, SETTLE_LOGGED } from '../../lib/core/redis/scripts/settle.js';
import { asking, RETENTION_MS } from '../contract/claim-lab.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();
const JOBS = 8;
const HISTORY = { last: 10_000, forMs: 604_800_000 };

interface Costs {
  /** Of each settlement, as it was sent. */
  readonly sent: readonly number[];
  /** Of each key, as Redis counts it. */
  readonly kept: readonly number[];
}

const sent: { readonly script: string; readonly tube: string; readonly bytes: number }[] = [];
afterEach(() => {
  jest.restoreAllMocks();
  sent.length = 0;
});

function watchSettlements(): void {
  const scripts = new Map([SETTLE, SETTLE_LOGGED].map((lua) => [createHash('sha1').update(lua).digest('hex'), lua]));
  const send: unknown = Reflect.get(Redis.prototype, 'sendCommand');
  jest.spyOn(Redis.prototype, 'sendCommand').mockImplementation(function (this: Redis, command, ...rest) {
    const [sha, , key] = command.args.map(String);
    const script = scripts.get(sha ?? '');
    const tube = /\{([^}]+)\}/.exec(key ?? '')?.[1];
    if (script !== undefined && tube !== undefined) sent.push({ script, tube, bytes: bytesOf(command.args) });
    return Reflect.apply(send as (...args: unknown[]) => unknown, this, [command, ...rest]);
  });
}

/** In the protocol of Redis. */
function bytesOf(args: readonly unknown[]): number {
  const lengths = args.map((arg) => Buffer.byteLength(String(arg)));
  return lengths.reduce((sum, length) => sum + `$${length}\r\n\r\n`.length + length, 0);
}

/** What jobs of `tube` cost, run one after the other, beside as many on each of the others. */
async function costsOf(tube: string, others: readonly { name: string; history: object }[] = []): Promise<Costs> {
  const app = bed.app({ tubes: [tube, ...others] });
  for (const name of [tube, ...others.map((other) => other.name)]) app.handle(name);
  app.start();
  // Its claim is kept for an hour once all of its copies are gone.
  const isOver = async (count: number): Promise<boolean> =>
    (await bed.claims()).filter(({ key, ttl }) => key.includes(`{${tube}}`) && ttl <= 3_600_000).length === count;
  for (let job = 1; job <= JOBS; job++) {
    for (const { name } of others) await app.producer(name).delay(job, 0);
    await app.producer(tube).delay(job, 0);
    await until(() => isOver(job));
  }
  const kept = await bed.redis(async (redis) => {
    const keys = await redis.keys(`dq:{${tube}}*`);
    return Promise.all(keys.map(async (key) => Number(await redis.memory('USAGE', key))));
  });
  const own = sent.filter((one) => one.tube === tube);
  expect(own.map(({ script }) => script === SETTLE)).toEqual(own.map(() => true));
  return { sent: own.map(({ bytes }) => bytes), kept: kept.toSorted((one, other) => one - other) };
}

describe('a tube without a history', () => {
  it('costs the same to the byte, sent and kept, whether another tube of the application has one or not', async () => {
    watchSettlements();
    const alone = await costsOf('tube-x');
    // The claims, and the mark of a Redis that has not forgotten.
    expect([alone.sent.length, alone.kept.length]).toEqual([JOBS, JOBS + 1]);
    const beside = await costsOf('tube-y', [{ name: 'tube-z', history: { last: 10_000 } }]);
    expect(beside).toEqual(alone);
    // The other one pays for it, in bytes and in a key of its own (control).
    const others = sent.filter(({ tube }) => tube === 'tube-z');
    expect(others.map(({ script }) => script === SETTLE_LOGGED)).toEqual(alone.sent.map(() => true));
    for (const { bytes } of others) expect(bytes).toBeGreaterThan(alone.sent[0]!);
    await bed.redis(async (redis) => {
      expect(await redis.xlen(historyKey('tube-z'))).toBe(JOBS);
      expect(await redis.pttl(historyKey('tube-z'))).toBeGreaterThan(0);
      expect(await redis.keys('*!log')).toEqual([historyKey('tube-z')]);
    });
  });
});

describe('a history of 10,000 entries', () => {
  /** Settles so many jobs, and returns how much of them the history has. */
  async function written(
    tube: string,
    count: number,
    history?: HistorySettings,
  ): Promise<{ readonly entries: number; readonly bytes: number }> {
    const connection = new RedisConnection(bed.cluster.redisUrl, 30_000, systemClock, () => undefined);
    const store = new RedisClaimStore(connection, RETENTION_MS, systemClock);
    const holder = { token: 'k3J9sPq2xWk3J9sPq2xWk3', leaseMs: 30_000 };
    try {
      for (let from = 0; from < count; from += 500) {
        const ids = Array.from({ length: 500 }, (_, at) => `id-of-22-characters-${from + at}`.slice(0, 22));
        const keys = ids.map((id) => nativeClaimKey(tube, `${from}-${id}`));
        await store.claim(
          tube,
          holder,
          keys.map((key) => asking(key)),
        );
        const ends = keys.map((key, at) => {
          const entry = { id: ids[at]!, outcome: 'done', lateMs: 3, tookMs: 125, error: '' } as const;
          return { key, attempt: 1, copies: 3, outcome: { kind: 'done' } as const, entry };
        });
        expect(await store.settle(tube, holder, ends, history)).not.toContain(false);
      }
    } finally {
      await store.close();
    }
    return bed.redis(async (redis) => ({
      entries: await redis.xlen(historyKey(tube)),
      bytes: (await redis.memory('USAGE', historyKey(tube), 'SAMPLES', 0)) ?? 0,
    }));
  }

  it('takes about a megabyte of Redis, and no more however many there were', async () => {
    const full = await written('full', 10_000, HISTORY);
    expect(full.entries).toBe(10_000);
    expect(full.bytes).toBeGreaterThan(500_000);
    expect(full.bytes).toBeLessThan(1_000_000);
    const more = await written('more', 15_000, HISTORY);
    expect(more.entries).toBeLessThan(10_200);
    expect(more.bytes / full.bytes).toBeLessThan(1.05);
  });

  it('would take more if more were kept, and there is none without the option (control)', async () => {
    const more = await written('more', 15_000, { ...HISTORY, last: 100_000 });
    expect(more.entries).toBe(15_000);
    expect(more.bytes).toBeGreaterThan(950_000);
    expect(await written('none', 500)).toEqual({ entries: 0, bytes: 0 });
  });
});
