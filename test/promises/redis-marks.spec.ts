// The mark of a tube says what Redis remembers: when claims of jobs that were due before may be missing, nobody is given one of these until
// those who ran them have had the time to tell.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { nativeClaimKey } from '../../lib/core/claims/claim-key.js';
import { NO_TAKEOVER_MS } from '../../lib/core/claims/store-clock.js';
import { type Clock, systemClock } from '../../lib/core/base/clock.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { A, asking, B, RETENTION_MS } from '../contract/claim-lab.js';
import { startCluster, type TestCluster } from '../support/cluster.js';

let cluster: TestCluster;
let probe: Redis;
let tube = '';
const stores: RedisClaimStore[] = [];
let made = 0;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 0 });
  probe = new Redis(cluster.redisUrl);
});
beforeEach(() => void (tube = `marked-${++made}`));
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});
afterAll(async () => {
  probe.disconnect();
  await cluster.stop();
});

function open(clock: Clock = systemClock): RedisClaimStore {
  const connection = new RedisConnection(cluster.redisUrl, 3_000, clock, () => undefined);
  const store = new RedisClaimStore(connection, RETENTION_MS, clock);
  stores.push(store);
  return store;
}

const key = (id: string): string => nativeClaimKey(tube, id);
const WAITS = { kind: 'running', ms: expect.any(Number) };
const GRANTED = { kind: 'granted', attempt: 1 };

describe('a Redis that was emptied, and first asked by one who knew nothing of it,', () => {
  it('waits for all others as soon as one has asked that knew more', async () => {
    const [first, second, unaware] = [open(), open(), open()];
    const told: string[] = [];
    for (const [name, store] of Object.entries({ first, second }))
      store.onLoss(tube, () => Promise.resolve(void told.push(name)));
    await first.ping(tube);
    await second.ping(tube);
    await probe.flushall();
    await unaware.ping(tube);
    await first.ping(tube);
    expect(told).toEqual(['first']);
    for (const store of [unaware, first]) {
      expect(await store.claim(tube, A, [asking(key('old'))])).toEqual([WAITS]);
      // The control: what is due from now on does not wait.
      expect(await store.claim(tube, A, [asking(key('new'), Date.now())])).toEqual([GRANTED]);
    }
    await second.ping(tube);
    expect(told).toEqual(['first', 'second']);
    await sleep(NO_TAKEOVER_MS);
    expect(await unaware.claim(tube, A, [asking(key('old'))])).toEqual([GRANTED]);
  });

  it('is told from a tube that is new, which waits for nothing (control)', async () => {
    const [first, second] = [open(), open()];
    await first.ping(tube);
    await second.ping(tube);
    await first.ping(tube);
    expect(await first.claim(tube, A, [asking(key('one'))])).toEqual([GRANTED]);
    expect(await second.claim(tube, B, [asking(key('other'))])).toEqual([GRANTED]);
  });
});

describe('a Redis whose clock was set back after it had lost something', () => {
  it('is waited for no longer than others need', async () => {
    let passed = 0;
    const clock: Clock = {
      now: () => systemClock.now(),
      monotonic: () => systemClock.monotonic() + passed,
      after: (ms, run) => systemClock.after(ms, run),
      defer: (run) => systemClock.defer(run),
    };
    const [before, after] = [open(clock), open(clock)];
    await before.ping(tube);
    const mark = `dq:{${tube}}#trial`;
    const [, , word, , run] = (await probe.get(mark))!.split(':');
    // As it is read by a clock that is behind the one by which it was made.
    const set = (name: string): Promise<unknown> => probe.set(mark, `dq1:M:${name}:${Date.now() + 3_600_000}:${run}`);
    await set(`${word}x`);
    for (const store of [before, after]) expect(await store.claim(tube, A, [asking(key('old'))])).toEqual([WAITS]);
    passed += NO_TAKEOVER_MS + 2_000;
    for (const [at, store] of [before, after].entries())
      expect(await store.claim(tube, A, [asking(key(`old ${at}`))])).toEqual([GRANTED]);
  });
});

describe('a Redis that has lost what was written last', () => {
  it('lets also those wait that failed before, or whose lease is over: somebody may run them', async () => {
    const [mine, others] = [open(), open()];
    for (const store of [mine, others]) await store.ping(tube);
    // From now on they may take orphans over.
    await sleep(NO_TAKEOVER_MS + 100);
    await others.ping(tube);
    await mine.claim(tube, { ...A, leaseMs: 50 }, [asking(key('orphan'))]);
    const failed = async (id: string): Promise<void> => {
      expect(await mine.claim(tube, A, [asking(key(id))])).toEqual([GRANTED]);
      const outcome = { kind: 'again', ms: 0, counts: true } as const;
      await mine.settle(tube, A, [{ key: key(id), attempt: 1, outcome, copies: 3 }]);
    };
    await failed('before');
    // The mark tells milliseconds: what failed in the one in which it is made counts as failed since.
    await sleep(5);
    await probe.set(`dq:{${tube}}#trial`, 'dq1:M:word:0:another');
    await mine.ping(tube);
    await sleep(60);
    for (const id of ['before', 'orphan']) expect(await others.claim(tube, B, [asking(key(id))])).toEqual([WAITS]);
    const again = { key: key('before'), attempt: 2, toldAgain: true } as const;
    expect(await mine.renew(tube, A, [again])).toEqual([true]);
    // The control: what has failed since does not wait.
    await probe.set(key('since'), `dq1:W:1:${Date.now()}:x`, 'PX', 60_000);
    expect(await others.claim(tube, B, [asking(key('since'))])).toEqual([{ kind: 'granted', attempt: 2 }]);
  });
});
