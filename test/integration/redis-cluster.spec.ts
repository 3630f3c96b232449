// Claims on a Redis Cluster of three masters.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Cluster, type ClusterOptions } from 'ioredis';
import { nativeClaimKey } from '../../lib/core/claims/claim-key.js';
import { systemClock } from '../../lib/core/base/clock.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { inspectRedis } from '../../lib/core/redis/redis-inspection.js';
import { A, asking, B, RETENTION_MS } from '../contract/claim-lab.js';
import { askRedis } from '../support/ask-redis.js';
import { openClaims, settleIn } from '../support/redis-claims.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

let masters: RedisCluster;
let source: Cluster;

beforeAll(async () => {
  masters = await RedisCluster.start();
});
beforeEach(() => {
  source = new Cluster([...masters.nodes], { lazyConnect: true });
});
afterEach(() => source.disconnect());
afterAll(() => masters.stop());
// Its own hooks look for what is left open: they come after those above.
const bed = testBed();

async function withStores(
  deadline: number,
  use: (mine: RedisClaimStore, others: RedisClaimStore) => Promise<void>,
): Promise<void> {
  const [mine, others] = [1, 2].map(() => {
    const connection = new RedisConnection(source, deadline, systemClock, () => undefined);
    return new RedisClaimStore(connection, RETENTION_MS, systemClock);
  }) as [RedisClaimStore, RedisClaimStore];
  try {
    await use(mine, others);
  } finally {
    await Promise.all([mine.close(), others.close()]);
  }
  await masters.flush();
}

describe('Redis Cluster', () => {
  it('is looked at on each master: any may throw its claims away', async () => {
    for (const { host, port } of masters.nodes) {
      const reasons: string[] = [];
      const connection = new RedisConnection(source, 5_000, systemClock, (event) => {
        if (event.type === 'store-warning') reasons.push(event.reason);
      });
      const evict = (policy: string) =>
        askRedis(`redis://${host}:${port}`, (redis) => redis.config('SET', 'maxmemory-policy', policy));
      try {
        await evict('allkeys-lru');
        await inspectRedis(connection, systemClock);
        expect(reasons).toEqual([expect.stringContaining('maxmemory-policy allkeys-lru')]);
      } finally {
        await evict('noeviction');
        await connection.close();
      }
    }
  });

  it('keeps the schedules of each tube on its master, with all that a script touches in one slot', async () => {
    await withStores(1_000, async ({ schedules }, { schedules: others }) => {
      for (const tube of ['crons-1', 'crons-2', 'crons-3', 'crons-4']) {
        const now = await schedules.now(tube);
        const turn = { slotMs: now + 1_000, dueMs: now + 1_000, run: 1, missed: 0 };
        const wanted = ['one', 'two'].map((name) => ({ name, mark: 'm', text: '{}', turn }));
        const answers = await schedules.upsert(tube, wanted);
        expect(answers.map(({ outcome }) => outcome)).toEqual(['created', 'created']);
        const next = { ...turn, slotMs: now + 2_000 };
        const unlessRunning = nativeClaimKey(tube, 'before');
        const step = { ...wanted[0]!, rev: answers[0]!.rev, turn, next, unlessRunning };
        expect(await others.step(tube, step)).toMatchObject({ state: 'go', write: true, turn: next });
        await others.written(tube, 'one', next.slotMs);
        expect((await others.overdue(tube, -5_000, ['one', 'three'])).missing).toEqual(['three']);
        expect(await others.pause(tube, 'two', true)).toBe(true);
        expect(await others.remove(tube, 'one')).toBe(true);
        const left: string[] = [];
        for await (const { name } of schedules.list(tube)) left.push(name);
        expect(left).toEqual(['two']);
      }
    });
  });

  it.each(['native', 'plain'] as const)(
    'runs each job of a %s tube once, with claims on every master',
    async (format) => {
      const tubes = Array.from({ length: 6 }, () => ({ name: bed.tube(), format }));
      const apps = [1, 2].map(() => bed.app({ tubes, redis: source }));
      for (const app of apps) {
        for (const { name } of tubes) app.handle(name);
        app.start();
      }
      const dueMs = Date.now() + 1_000;
      const jobs = tubes.flatMap(({ name }) => Array.from({ length: 30 }, (_, at) => [name, at] as const));
      await Promise.all(jobs.map(([name, at]) => apps[0]!.producer(name).at(at, dueMs)));
      const runs = () => apps.flatMap((app) => app.runs.all);
      await until(() => runs().length >= jobs.length, { timeout: 20_000 });
      await bed.drained();
      expect(runs()).toHaveLength(jobs.length);
      expect(new Set(runs().map(({ id }) => id)).size).toBe(jobs.length);

      const claims = await masters.claims();
      expect(claims.filter(({ value }) => value.startsWith('dq1:D:1:'))).toHaveLength(jobs.length);
      expect(claims.every(({ ttl }) => ttl > 0)).toBe(true);
      expect(new Set(claims.map(({ master }) => master)).size).toBe(3);
      await masters.flush();
    },
  );

  it.each(['native', 'plain'] as const)('revokes on a %s tube', async (format) => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, format }], redis: source }).consume(tube);
    const handle = await app.producer(tube).delay('taken back', 2_500);
    await app.producer(tube).delay('stays', 2_500);
    expect(await app.producer(tube).revoke(handle)).toBe('revoked');
    await app.runs.next();
    await bed.drained();
    expect(app.runs.all.map(({ data }) => data)).toEqual(['stays']);
    await masters.flush();
  });

  it("knows callers' own ids", async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], redis: source }).consume(tube);
    await app.producer(tube).delay('x', 200, { id: 'order-1' });
    await expect(app.producer(tube).delay('x', 200, { id: 'order-1' })).rejects.toThrow('order-1');
    await app.runs.next();
    await bed.drained();
    await masters.flush();
  });

  it('goes on when a master was killed and is back', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], redis: source, commandDeadline: 1_000 }).consume(tube);
    await app.producer(tube).delay('before', 0);
    await app.runs.next();
    await bed.drained();
    await masters.killMasterOf(tube);
    await app.producer(tube).delay('during', 0);
    await masters.restart();
    expect((await app.runs.next(1, { timeout: 30_000 }))[0]!.data).toBe('during');
    await bed.drained();
    expect(app.runs.all).toHaveLength(2);
    await masters.flush();
  });

  it('is found by each process that starts while one master hangs', async () => {
    const hanging = 1;
    let tube = bed.tube();
    while ((await masters.masterOf(tube)) === hanging) tube = bed.tube();
    await masters.pause(hanging);
    const stores = Array.from({ length: 12 }, () => openClaims(source));
    try {
      // The others answer, whichever is asked first.
      await Promise.all(stores.map((store) => store.ping(tube)));
    } finally {
      masters.resume(hanging);
      await Promise.all(stores.map((store) => store.close()));
    }
  });

  it('is found by a process that starts while the name of one node has no address', async () => {
    const dnsLookup: ClusterOptions['dnsLookup'] = (hostname, done) =>
      done(hostname === 'gone.invalid' ? new Error('getaddrinfo ENOTFOUND gone.invalid') : null, '127.0.0.1', 4);
    const named = new Cluster([{ host: 'gone.invalid', port: 6379 }, ...masters.nodes], {
      lazyConnect: true,
      dnsLookup,
    });
    const store = openClaims(named);
    try {
      await store.ping(bed.tube());
    } finally {
      await store.close();
      named.disconnect();
    }
  });

  it('lets a tube be paused while the master with the names of paused tubes is away', async () => {
    // In the braces of a claim's key it is what that key goes by.
    const names = 'dq:#paused';
    let tube = bed.tube();
    while ((await masters.masterOf(tube)) === (await masters.masterOf(names))) tube = bed.tube();
    await withStores(1_000, async (mine, others) => {
      for (const store of [mine, others]) await store.ping(tube);
      await masters.killMasterOf(names);
      try {
        await mine.pauses.pause(tube, { forMs: undefined, reason: 'a bad night' });
        expect(await others.claim(tube, B, [asking(nativeClaimKey(tube, 'a'))])).toEqual([{ kind: 'paused' }]);
      } finally {
        await masters.restart();
      }
    });
  });

  it('runs the jobs of other tubes while one master hangs, and those of its own when it goes on', async () => {
    const here = bed.tube();
    const hanging = await masters.masterOf(here);
    let there = bed.tube();
    while ((await masters.masterOf(there)) === hanging) there = bed.tube();
    const app = bed.app({ tubes: [here, there], redis: source, commandDeadline: 500 });
    app.handle(here);
    app.handle(there).start();
    await app.producer(here).delay('warm', 0);
    await app.producer(there).delay('warm', 0);
    await app.runs.next(2);
    await masters.pause(hanging);
    await app.producer(here).delay('held up', 0);
    for (let at = 0; at < 20; at++) await app.producer(there).delay(at, 100 * at);
    await app.runs.next(20, { timeout: 30_000 });
    expect(app.runs.all.map(({ data }) => data)).not.toContain('held up');
    // The connections to the others were not given up over it.
    expect(app.eventsOf('store-lost')).toEqual([]);
    masters.resume(hanging);
    expect((await app.runs.next(1, { timeout: 30_000 }))[0]!.data).toBe('held up');
    await bed.drained();
    expect(app.runs.all).toHaveLength(23);
    await masters.flush();
  });

  it('asks a master that was restarted what it remembers, before anything is claimed', async () => {
    const tube = bed.tube();
    const key = nativeClaimKey(tube, 'a');
    await withStores(3_000, async (mine, others) => {
      const told: string[] = [];
      mine.onLoss(tube, async () => void told.push('mine'));
      for (const store of [mine, others]) await store.ping(tube);
      expect(await mine.claim(tube, A, [asking(key)])).toEqual([{ kind: 'granted', attempt: 1 }]);
      await masters.killMasterOf(tube);
      await masters.restart();
      // It lacks what was written last, and has the mark.
      expect(await source.del(key)).toBe(1);
      expect(await others.claim(tube, B, [asking(key)])).toMatchObject([{ kind: 'running' }]);
      await mine.ping(tube);
      expect(told).toEqual(['mine']);
    });
  });

  it('takes nothing over from those who waited for a master that hung, until all had time to renew', async () => {
    const tube = bed.tube();
    const key = nativeClaimKey(tube, 'a');
    await withStores(1_000, async (mine, others) => {
      const warm = async (): Promise<void> => {
        for (const store of [mine, others]) await store.ping(tube);
        await settleIn(tube, mine, others);
        for (const store of [mine, others]) await store.ping(tube);
      };
      await warm();
      const brief = { ...A, leaseMs: 1_500 };
      await mine.claim(tube, brief, [asking(key)]);
      const master = await masters.masterOf(tube);
      await masters.pause(master);
      await expect(others.claim(tube, B, [asking(key)])).rejects.toThrow(DqClaimStoreError);
      await sleep(700);
      masters.resume(master);
      expect(await others.claim(tube, B, [asking(key)])).toMatchObject([{ kind: 'running' }]);
      expect(await mine.renew(tube, brief, [{ key, attempt: 1 }])).toEqual([true]);
      // The control: once it has stood for a while, it does.
      await warm();
      // Where this machine has stood still, it has to hear Redis for a while anew.
      const taken = await until(
        async () => (await others.claim(tube, B, [asking(key)])).find(({ kind }) => kind === 'granted'),
        { timeout: 30_000 },
      );
      expect(taken).toEqual({ kind: 'granted', attempt: 2 });
    });
  });
});
