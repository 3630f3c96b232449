// What the doctor finds of Redis, each fault on a server that has it; beside it the same server without.
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { canShim, compileShim, ShimControl } from '../../../faults/shim/shim.js';
import { RIGHTS } from '../../../lib/core/redis/redis-fault.js';
import { freePort } from '../../../scripts/free-port.mjs';
import type { RedisServer } from '../../../scripts/servers.mjs';
import { HostileServer } from '../../support/hostile-server.js';
import { RedisCluster } from '../../support/redis-cluster.js';
import { until } from '../../support/wait.js';
import { doctorBed } from './doctor-bed.js';
import { stubRedis } from './stub-redis.js';

const bed = doctorBed();
const PASSWORD = 's3cret-word';

async function on<T>(server: RedisServer, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(server.url, { retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

let users = 0;

/** The address of the Redis of all tests for a user that has these rights alone. */
async function userWith(...rules: readonly string[]): Promise<string> {
  const name = `user-${++users}`;
  await on(bed.redis, (redis) => redis.call('ACL', 'SETUSER', name, 'on', `>${PASSWORD}`, '-@all', ...rules));
  return `redis://${name}:${PASSWORD}@${bed.redis.endpoint}`;
}

const ALL = [
  '~dq:*',
  ...RIGHTS.split(' '),
  ...['+info', '+config|get', '+xadd', '+xtrim', '+xrevrange'],
  ...'+hget +hset +hdel +hexists +hmget +hscan +zadd +zrem +zrange +zrangebyscore +del'.split(' '),
];

describe('a Redis that is well', () => {
  it('has no fault, and nothing of the doctor is left there', async () => {
    const { code, findings, one } = await bed.diagnose();
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(code).toBe(0);
    expect(one('answers', 'Redis').found).toMatch(/^Redis \d+\./);
    expect(await on(bed.redis, (redis) => redis.keys('*'))).toEqual([]);
  });

  it('is asked by a user who has the rights of the guide alone', async () => {
    const { code, findings } = await bed.diagnose({ redis: await userWith(...ALL) });
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(code).toBe(0);
  });
});

describe('a Redis that is not there', () => {
  it('where nobody listens', async () => {
    const { code, one, text } = await bed.diagnose({ redis: `redis://:${PASSWORD}@127.0.0.1:${await freePort()}` });
    expect(code).toBe(4);
    expect(one('answers', 'Redis')).toMatchObject({
      level: 'error',
      found: expect.stringContaining('ECONNREFUSED'),
      away: true,
    });
    expect(one('all else', 'Redis')).toMatchObject({ level: 'warn', found: expect.stringContaining('not known') });
    expect(text).not.toContain(PASSWORD);
  });

  it('whose name leads nowhere', async () => {
    const { code, one } = await bed.diagnose({ redis: 'redis://no-such-redis.invalid' });
    expect(code).toBe(4);
    expect(one('answers', 'Redis')).toMatchObject({
      level: 'error',
      found: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/),
    });
  });

  it('that is stopped, until it goes on', async () => {
    const redis = await bed.ownRedis();
    await redis.pause();
    const stopped = await bed.diagnose({ redis: redis.url, args: ['--timeout', '400ms'] });
    expect([stopped.code, stopped.one('answers', 'Redis').level]).toEqual([4, 'error']);
    redis.resume();
    expect((await bed.diagnose({ redis: redis.url })).code).toBe(0);
  });

  it('where a server takes connections and says nothing', async () => {
    const silent = await HostileServer.listen([]);
    bed.later(() => silent.close());
    const { code, one } = await bed.diagnose({ redis: `redis://${silent.endpoint}`, args: ['--timeout', '400ms'] });
    expect([code, one('answers', 'Redis').level]).toEqual([4, 'error']);
  });

  it('any more after its first word', async () => {
    const stub = await stubRedis({ redis_version: '7.2.4', role: 'master' }, 'INFO');
    bed.later(() => stub.close());
    const args = ['--timeout', '400ms'];
    const { code, one } = await bed.diagnose({ redis: `redis://${stub.endpoint}`, args });
    expect([code, one('role', 'Redis').level]).toEqual([4, 'ok']);
    for (const check of ['clock', 'rights'])
      expect(one(check, 'Redis')).toMatchObject({ level: 'warn', found: expect.stringContaining('not known') });
    expect(one('scripts', 'Redis').level).toBe('error');
  });

  it('where an HTTP server is', async () => {
    const http = createServer();
    await new Promise<void>((resolve) => {
      http.listen(0, '127.0.0.1', resolve);
    });
    bed.later(
      () =>
        new Promise((resolve) => {
          http.close(resolve);
        }),
    );
    const { code, one } = await bed.diagnose({ redis: `redis://127.0.0.1:${(http.address() as AddressInfo).port}` });
    expect(code).toBe(4);
    expect(one('answers', 'Redis')).toMatchObject({ level: 'error', found: expect.stringContaining('is not a Redis') });
  });
});

describe('a Redis that asks for a password', () => {
  it.each([
    ['another one', `:${PASSWORD}@`, 'WRONGPASS'],
    ['none', '', 'NOAUTH'],
  ])('and gets %s is an error, which does not show it', async (_what, login, word) => {
    const redis = await bed.ownRedis();
    await on(redis, (client) => client.config('SET', 'requirepass', 'right'));
    const { code, one, text } = await bed.diagnose({ redis: `redis://${login}${redis.endpoint}` });
    expect(code).toBe(4);
    expect(one('answers', 'Redis')).toMatchObject({
      level: 'error',
      found: expect.stringContaining(word),
      todo: expect.any(String),
    });
    expect(text).not.toContain(PASSWORD);
    const right = await bed.diagnose({ redis: `redis://:right@${redis.endpoint}` });
    expect([right.code, right.text.includes('right@')]).toEqual([0, false]);
  });
});

describe('a version', () => {
  it.each([
    ['5.0.14', 'error'],
    ['6.0.16', 'error'],
    ['6.2.0', 'ok'],
    ['8.2.1', 'ok'],
    ['next', 'warn'],
  ])('%s is %s', async (version, level) => {
    const stub = await stubRedis({ redis_version: version });
    bed.later(() => stub.close());
    const { one } = await bed.diagnose({ redis: `redis://${stub.endpoint}` });
    expect(one('version', 'Redis').level).toBe(level);
    // What it does not say is not known.
    for (const check of ['role', 'append-only file', 'last snapshot', 'eviction', 'memory', 'clock'])
      expect(one(check, 'Redis')).toMatchObject({ level: 'warn', found: expect.stringContaining('not known') });
    expect(one('scripts', 'Redis').level).toBe('error');
  });
});

describe('what may be forgotten', () => {
  it('with a policy that evicts', async () => {
    const redis = await bed.ownRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    const { code, one } = await bed.diagnose({ redis: redis.url });
    expect(code).toBe(4);
    expect(one('eviction')).toMatchObject({
      level: 'error',
      found: expect.stringContaining('allkeys-lru'),
      todo: 'Set it to noeviction',
    });
    await on(redis, (client) => client.config('SET', 'maxmemory-policy', 'noeviction'));
    expect((await bed.diagnose({ redis: redis.url })).code).toBe(0);
  });

  it('without an append-only file', async () => {
    const redis = await bed.ownRedis({ args: ['--appendonly', 'no'] });
    const { code, one, of } = await bed.diagnose({ redis: redis.url });
    expect(code).toBe(4);
    expect(one('append-only file')).toMatchObject({ level: 'error', todo: 'Set appendonly to yes' });
    expect(of('appendfsync')).toEqual([]);
  });

  it('when nothing is synced', async () => {
    const redis = await bed.ownRedis({ args: ['--appendfsync', 'no'] });
    const { code, one } = await bed.diagnose({ redis: redis.url });
    expect([code, one('appendfsync').level]).toEqual([0, 'warn']);
    await on(redis, (client) => client.config('SET', 'appendfsync', 'always'));
    expect((await bed.diagnose({ redis: redis.url })).one('appendfsync')).toMatchObject({
      level: 'ok',
      found: 'always',
    });
  });

  it('when the file cannot be rewritten, nor a snapshot be written', async () => {
    const redis = await bed.ownRedis();
    await on(redis, async (client) => {
      rmSync(redis.dir, { recursive: true });
      await client.call('BGSAVE');
      await until(async () => /rdb_last_bgsave_status:err/.test(await client.info()));
      await client.call('BGREWRITEAOF').catch(() => undefined);
      await until(async () => /aof_last_bgrewrite_status:err/.test(await client.info()));
    });
    const { code, one } = await bed.diagnose({ redis: redis.url });
    expect([code, one('last snapshot').level, one('last rewrite').level]).toEqual([4, 'error', 'error']);
  });

  (canShim() ? it : it.skip)('when the file cannot be written', async () => {
    const shim = new ShimControl(compileShim(join(bed.dir, 'shim')), bed.dir, 'redis-disk');
    bed.later(() => shim.close());
    const redis = await bed.ownRedis({ env: shim.env });
    expect((await bed.diagnose({ redis: redis.url })).one('last write').level).toBe('ok');
    shim.failWrites(true);
    await on(redis, async (client) => {
      await client.set('x', 'y', 'PX', 60_000);
      await until(async () => /aof_last_write_status:err/.test(await client.info()));
    });
    const { code, one } = await bed.diagnose({ redis: redis.url });
    expect([code, one('last write').level]).toEqual([4, 'error']);
    expect(one('scripts')).toMatchObject({ level: 'error', found: expect.stringContaining('MISCONF') });
  });
});

describe('memory', () => {
  it('that is nearly used up is warned of; when it is, no script runs', async () => {
    const redis = await bed.ownRedis();
    const limit = (share: number) =>
      on(redis, async (client) => {
        const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
        await client.config('SET', 'maxmemory', String(Math.round(used * share)));
      });
    await limit(4);
    expect((await bed.diagnose({ redis: redis.url })).one('memory')).toMatchObject({
      level: 'ok',
      found: expect.stringContaining('of maxmemory'),
    });
    await limit(1.15);
    const near = await bed.diagnose({ redis: redis.url });
    expect([near.code, near.one('memory').level]).toEqual([0, 'warn']);
    await limit(0.5);
    const full = await bed.diagnose({ redis: redis.url });
    expect([full.code, full.one('memory').level]).toEqual([4, 'warn']);
    expect(full.one('scripts')).toMatchObject({ level: 'error', found: expect.stringContaining('OOM') });
  });
});

describe('a role', () => {
  async function replicaOf(master: RedisServer): Promise<RedisServer> {
    const args = ['--replicaof', '127.0.0.1', String(master.port), '--repl-diskless-sync-delay', '0'];
    const replica = await bed.ownRedis({ args });
    await on(replica, (client) => until(async () => /master_link_status:up/.test(await client.info('replication'))));
    return replica;
  }

  it('of a replica is an error', async () => {
    const replica = await replicaOf(bed.redis);
    const { code, one } = await bed.diagnose({ redis: replica.url });
    expect(code).toBe(4);
    expect(one('role')).toMatchObject({ level: 'error', todo: expect.stringContaining('master') });
    expect(one('scripts')).toMatchObject({ level: 'error', found: expect.stringContaining('READONLY') });
  });

  it('of a master that also writes while no replica hears it is warned of', async () => {
    const master = await bed.ownRedis();
    await replicaOf(master);
    const { code, one } = await bed.diagnose({ redis: master.url });
    expect([code, one('role').level]).toEqual([0, 'ok']);
    expect(one('failover')).toMatchObject({ level: 'warn', todo: 'Set min-replicas-to-write to 1' });
    await on(master, (client) => client.config('SET', 'min-replicas-to-write', '1'));
    await on(master, (client) => until(async () => /min_slaves_good_slaves:1/.test(await client.info('replication'))));
    expect((await bed.diagnose({ redis: master.url })).one('failover').level).toBe('ok');
  });
});

describe('rights', () => {
  it.each(RIGHTS.split(' '))('without %s are an error that names it', async (right) => {
    const { code, one } = await bed.diagnose({ redis: await userWith(...ALL.filter((rule) => rule !== right)) });
    expect(code).toBe(4);
    expect(one('rights')).toMatchObject({ level: 'error', found: `its user lacks rights that claims need: ${right}` });
  });

  it('without several name them all', async () => {
    const redis = await userWith(...ALL.filter((rule) => !['+get', '+mget', '+time'].includes(rule)));
    expect((await bed.diagnose({ redis })).one('rights').found).toMatch(/need: \+get \+mget \+time$/);
  });

  it('to other keys alone are an error that names the keys', async () => {
    const { code, one } = await bed.diagnose({ redis: await userWith(...ALL.with(0, '~other:*')) });
    expect(code).toBe(4);
    expect(one('rights')).toMatchObject({
      level: 'error',
      found: expect.stringContaining('dq:{dq-doctor}'),
      todo: expect.stringContaining('~dq:*'),
    });
  });

  it('to the keys of a tube suffice when it is named', async () => {
    const redis = await userWith(...ALL.with(0, '~dq:{orders}*'));
    expect((await bed.diagnose({ redis, args: ['orders'] })).one('rights').level).toBe('ok');
  });

  it('that only recurring jobs or histories need are warned of', async () => {
    const { code, one } = await bed.diagnose({
      redis: await userWith('~dq:*', ...RIGHTS.split(' '), '+info', '+config|get'),
    });
    expect([code, one('rights').level]).toEqual([0, 'ok']);
    expect(one('history')).toMatchObject({
      level: 'warn',
      found: expect.stringMatching(/: \+xadd \+xtrim \+xrevrange$/),
    });
    expect(one('recurring jobs').found).toMatch(
      /: \+hset \+hget \+hdel \+hexists \+hmget \+hscan \+zadd \+zrem \+zrange \+zrangebyscore \+del$/,
    );
  });

  it('without INFO leave much that is not known, and is not called well', async () => {
    const { code, one, of } = await bed.diagnose({ redis: await userWith(...ALL.filter((rule) => rule !== '+info')) });
    expect(code).toBe(0);
    expect(one('version, role, memory, persistence')).toMatchObject({ level: 'warn', todo: 'Allow +info' });
    expect([...of('version', 'Redis'), ...of('role'), ...of('eviction')]).toEqual([]);
    expect(one('scripts').level).toBe('ok');
  });

  it('without CONFIG leave appendfsync unknown', async () => {
    const { code, one } = await bed.diagnose({
      redis: await userWith(...ALL.filter((rule) => rule !== '+config|get')),
    });
    expect([code, one('appendfsync').level]).toEqual([0, 'warn']);
    expect(one('appendfsync').found).toContain('not known');
  });

  it('never show a password', async () => {
    const { text } = await bed.diagnose({ redis: await userWith('~dq:*') });
    expect(text).not.toContain(PASSWORD);
  });
});

(canShim() ? describe : describe.skip)('a clock', () => {
  it.each([5_000, -5_000])('that is %i ms off is warned of', async (ms) => {
    const shim = new ShimControl(compileShim(join(bed.dir, 'shim')), bed.dir, `clock${ms}`);
    bed.later(() => shim.close());
    const redis = await bed.ownRedis({ env: shim.env });
    expect((await bed.diagnose({ redis: redis.url })).one('clock').level).toBe('ok');
    shim.stepClock(ms);
    const { code, one } = await bed.diagnose({ redis: redis.url });
    expect([code, one('clock').level]).toEqual([0, 'warn']);
    expect(one('clock').found).toMatch(/are (?:49\d\d|50\d\d) ms apart/);
  });
});

describe('a Redis Cluster, by the address of one node', () => {
  it('is looked at on each master, and in the slots of all tubes; one whose master is gone is an error', async () => {
    const cluster = await RedisCluster.start();
    bed.later(() => cluster.stop());
    const redis = `redis://127.0.0.1:${cluster.nodes[0]!.port}`;
    const tubes = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const well = await bed.diagnose({ redis, args: tubes });
    expect(well.findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(well.code).toBe(0);
    for (const { host, port } of cluster.nodes) expect(well.one('eviction', `Redis ${host}:${port}`).level).toBe('ok');
    expect(await cluster.claims()).toEqual([]);

    const masters = await Promise.all(tubes.map((tube) => cluster.masterOf(tube)));
    const lost = tubes.find((_, at) => masters[at] !== 0)!;
    await cluster.killMasterOf(lost);
    const ill = await bed.diagnose({ redis, args: ['--timeout', '1s', ...tubes] });
    expect(ill.code).toBeGreaterThanOrEqual(3);
    expect(ill.of('tubes', 'Redis Cluster').some(({ level, found }) => level === 'error' && found.includes(lost))).toBe(
      true,
    );
  });
});
