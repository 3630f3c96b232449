import type { Redis } from 'ioredis';
import type { Expectation } from '../verdict/expectation.js';
import type { Testbed } from '../servers/testbed.js';
import { deletesFirst } from './controls.js';
import type { Scenario } from './scenario.js';
import { underLoad } from './under-load.js';

/** Jobs come due before, during and after the fault. */
async function around(testbed: Testbed, fault: () => Promise<void>): Promise<void> {
  const acts = [{ share: 0.3, act: { do: 'wait', ms: 50 } }] as const;
  await underLoad(testbed, { spread: 1 / 3, revokes: 0.02, acts }, async ({ lasts }) => {
    await testbed.sleep(lasts / 4);
    await fault();
  });
}

/** About what thirty claims take. */
const EVICTED_BYTES = 5_000;

/** So far a replica is behind. */
const LAG_MS = 2_000;

const expect: Expectation = {};
/** Where claims are forgotten, ends and tombstones are too. */
const forgetful: Expectation = { again: ['store lost', 'revoke lost'] };
/** Who ran a job, or runs it, says so again to a Redis that has taken the place of another; who revoked one does not. */
const replaced: Expectation = { again: ['revoke lost'] };
const control = deletesFirst;

export const redisKilled: Scenario = {
  id: 'F9',
  variant: 'killed',
  title: 'kill -9 of Redis with an append-only file, and its restart',
  expect,
  control,
  async play(testbed) {
    await around(testbed, () =>
      testbed.during('redis killed', [], async () => {
        await testbed.servers.redis.kill();
        await testbed.sleep(testbed.pick(6_000, 1_500));
        await testbed.servers.redis.start();
      }),
    );
  },
};

/** A node is away while `forget` makes Redis forget, and returns with copies of jobs that were run before. */
async function withStaleNode(testbed: Testbed, name: string, forget: () => Promise<void>): Promise<void> {
  const stale = testbed.servers.node(2);
  await testbed.during('node 3 away', [2], async () => {
    await stale.kill();
    await testbed.sleep(testbed.pick(3_000, 1_000));
    await testbed.during(name, [], forget);
    await testbed.sleep(testbed.pick(3_000, 1_500));
    await stale.start();
  });
}

export const redisEmptied: Scenario = {
  id: 'F9',
  variant: 'emptied',
  title: 'kill -9 of Redis, which comes back empty; then a node returns with copies of jobs that were run before',
  expect: forgetful,
  control,
  async play(testbed) {
    await around(testbed, () =>
      withStaleNode(testbed, 'redis emptied', async () => {
        await testbed.forgetting(() => testbed.servers.wipe(testbed.servers.redis));
        await testbed.sleep(testbed.pick(3_000, 1_500));
        await testbed.servers.redis.start();
      }),
    );
  },
};

export const failover: Scenario = {
  id: 'F9',
  variant: 'failover',
  title:
    'Redis fails over to a replica that lacks the last two seconds; then a node returns with copies of jobs that were run before',
  servers: { proxied: true, replica: true },
  expect: replaced,
  control,
  async play(testbed) {
    await around(testbed, () =>
      withStaleNode(testbed, 'redis failover', async () => {
        await testbed.forgetting(() => testbed.servers.failOver(LAG_MS), testbed.clock.now());
      }),
    );
  },
};

export const redisFlushed: Scenario = {
  id: 'F9',
  variant: 'flushed',
  title: 'all keys of Redis are deleted; then a node returns with copies of jobs that were run before',
  expect: forgetful,
  control,
  async play(testbed) {
    await around(testbed, () =>
      withStaleNode(testbed, 'redis flushed', () =>
        testbed.forgetting(() => testbed.redis((redis) => redis.flushall())),
      ),
    );
  },
};

/** For longer than Redis goes on writing without its replica, and for as long as that replica may be behind. */
const ALONE_MS = 5_000;

export const failoverGuarded: Scenario = {
  id: 'F9',
  variant: 'min-replicas',
  title:
    'Redis loses its replica and, as min-replicas-to-write says, soon refuses every write; then that replica takes its place, and a node ' +
    'returns with copies of jobs that were run before',
  servers: {
    proxied: true,
    replica: true,
    redisArgs: ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1'],
  },
  expect: replaced,
  control,
  async play(testbed) {
    await around(testbed, () =>
      withStaleNode(testbed, 'redis failover', () =>
        testbed.forgetting(() => testbed.servers.failOver(ALONE_MS), testbed.clock.now()),
      ),
    );
  },
};

export const redisForbids: Scenario = {
  id: 'F9',
  variant: 'forbids',
  title: 'the user of Redis may not run scripts for a while, and everything else',
  expect,
  control,
  async play(testbed) {
    await around(testbed, () =>
      testbed.during('redis forbids', [], async () => {
        await testbed.redis((redis) => redis.acl('SETUSER', 'default', '-evalsha', '-eval'));
        await testbed.sleep(testbed.pick(6_000, 2_000));
        await testbed.redis((redis) => redis.acl('SETUSER', 'default', '+evalsha', '+eval'));
      }),
    );
  },
};

export const redisStopped: Scenario = {
  id: 'F9',
  variant: 'stopped',
  title: 'SIGSTOP of Redis for longer than a lease',
  expect,
  control,
  async play(testbed) {
    await around(testbed, () =>
      testbed.during('redis stopped', [], async () => {
        await testbed.servers.redis.pause();
        await testbed.sleep(testbed.pick(12_000, 3_000));
        testbed.servers.redis.resume();
      }),
    );
  },
};

export const redisFull: Scenario = {
  id: 'F9',
  variant: 'full',
  title: 'Redis is out of memory and refuses every write, then gets more',
  expect,
  control,
  async play(testbed) {
    await around(testbed, () =>
      testbed.during('redis full', [], async () => {
        await testbed.redis((redis) => redis.config('SET', 'maxmemory', '1'));
        await testbed.sleep(testbed.pick(6_000, 2_000));
        await testbed.redis((redis) => redis.config('SET', 'maxmemory', '0'));
      }),
    );
  },
};

export const redisEvicts: Scenario = {
  id: 'F9',
  variant: 'evicts',
  title:
    'Redis is told to evict, and forgets claims at random; then a node returns with copies of jobs that were run before',
  expect: forgetful,
  control,
  async play(testbed) {
    await around(testbed, () =>
      withStaleNode(testbed, 'redis evicts', () =>
        testbed.forgetting(() => testbed.redis((redis) => evict(testbed, redis))),
      ),
    );
  },
};

async function evict(testbed: Testbed, redis: Redis): Promise<void> {
  await redis.config('SET', 'maxmemory-policy', 'allkeys-random');
  const until = testbed.clock.now() + testbed.pick(4_000, 1_500);
  while (testbed.clock.now() < until) {
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
    await redis.config('SET', 'maxmemory', String(used - EVICTED_BYTES));
    await testbed.sleep(50);
  }
  await redis.config('SET', 'maxmemory', '0');
}
