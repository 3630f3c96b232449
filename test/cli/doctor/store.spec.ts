// What the doctor finds of Redis, each fault on a server that has it; beside it the same server without.
import { rmSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { canShim } from '../../../faults/shim/shim.js';
import { freePort } from '../../../scripts/free-port.mjs';
import type { RedisServer } from '../../../scripts/servers.mjs';
import { until } from '../../support/wait.js';
import { doctorBed, on } from './doctor-bed.js';
import { redisSaying } from './stubs.js';

const bed = doctorBed();
const PASSWORD = 's3cret-word';
const IN_A_HURRY = { args: ['--timeout', '400ms'] };

describe('a Redis that is well', () => {
  it('has no fault, and nothing of the doctor is left there', async () => {
    const { findings, one } = await bed.finds({}, 0, {});
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(one('answers', 'Redis').found).toMatch(/^Redis \d+\./);
    expect(await on(bed.redis, (redis) => redis.keys('*'))).toEqual([]);
  });
});

describe('a Redis that is not there', () => {
  const subject = 'Redis';

  it('where nobody listens', async () => {
    const redis = `redis://:${PASSWORD}@127.0.0.1:${await freePort()}`;
    const { one, text } = await bed.finds({ redis, subject }, 4, {
      answers: ['error', 'ECONNREFUSED'],
      'all else': ['warn', 'not known'],
    });
    expect(one('answers', subject).away).toBe(true);
    expect(text).not.toContain(PASSWORD);
  });

  it('whose name leads nowhere', async () => {
    const nowhere = { redis: 'redis://no-such-redis.invalid', subject };
    await bed.finds(nowhere, 4, { answers: ['error', /ENOTFOUND|EAI_AGAIN/] });
  });

  it('that is stopped, until it goes on', async () => {
    const redis = await bed.ownRedis();
    await redis.pause();
    await bed.finds({ redis: redis.url, subject, ...IN_A_HURRY }, 4, { answers: 'error' });
    redis.resume();
    await bed.finds({ redis: redis.url }, 0, {});
  });

  it('where a server takes connections and says nothing', async () => {
    const silent = await bed.hostile([]);
    await bed.finds({ redis: `redis://${silent.endpoint}`, subject, ...IN_A_HURRY }, 4, { answers: 'error' });
  });

  it('any more after its first word', async () => {
    const stub = await bed.hostile(redisSaying({ redis_version: '7.2.4', role: 'master' }, 'INFO'));
    await bed.finds({ redis: `redis://${stub.endpoint}`, subject, ...IN_A_HURRY }, 4, {
      role: 'ok',
      clock: ['warn', 'not known'],
      rights: ['warn', 'not known'],
      scripts: 'error',
    });
  });

  it('where an HTTP server is', async () => {
    await bed.finds({ redis: `redis://${await bed.http()}`, subject }, 4, { answers: ['error', 'is not a Redis'] });
  });
});

describe('a Redis that asks for a password', () => {
  it.each([
    ['another one', `:${PASSWORD}@`, 'WRONGPASS'],
    ['none', '', 'NOAUTH'],
  ])('and gets %s is an error, which does not show it', async (_what, login, word) => {
    const redis = await bed.ownRedis();
    await on(redis, (client) => client.config('SET', 'requirepass', 'right'));
    const wrong = { redis: `redis://${login}${redis.endpoint}`, subject: 'Redis' };
    const { text } = await bed.finds(wrong, 4, { answers: ['error', word, /./] });
    expect(text).not.toContain(PASSWORD);
    const right = await bed.finds({ redis: `redis://:right@${redis.endpoint}` }, 0, {});
    expect(right.text).not.toContain('right@');
  });
});

describe('a version', () => {
  it.each([
    ['6.0.16', 'error'],
    ['6.2.0', 'ok'],
    ['8.2.1', 'ok'],
    ['next', 'warn'],
  ] as const)('%s is %s', async (version, level) => {
    const stub = await bed.hostile(redisSaying({ redis_version: version }));
    // What it does not say is not known.
    const unsaid = ['role', 'append-only file', 'last snapshot', 'eviction', 'memory', 'clock'];
    await bed.finds({ redis: `redis://${stub.endpoint}`, subject: 'Redis' }, 4, {
      version: level,
      ...Object.fromEntries(unsaid.map((check) => [check, ['warn', 'not known'] as const])),
      scripts: 'error',
    });
  });
});

describe('what may be forgotten', () => {
  it('with a policy that evicts', async () => {
    const redis = await bed.ownRedis({ args: ['--maxmemory-policy', 'allkeys-lru'] });
    await bed.finds({ redis: redis.url }, 4, { eviction: ['error', 'allkeys-lru', /^Set it to noeviction$/] });
    await on(redis, (client) => client.config('SET', 'maxmemory-policy', 'noeviction'));
    await bed.finds({ redis: redis.url }, 0, { eviction: 'ok' });
  });

  it('without an append-only file', async () => {
    const redis = await bed.ownRedis({ args: ['--appendonly', 'no'] });
    const { of } = await bed.finds({ redis: redis.url }, 4, {
      'append-only file': ['error', undefined, /^Set appendonly to yes$/],
    });
    expect(of('appendfsync')).toEqual([]);
  });

  it('when nothing is synced', async () => {
    const redis = await bed.ownRedis({ args: ['--appendfsync', 'no'] });
    await bed.finds({ redis: redis.url }, 0, { appendfsync: 'warn' });
    await on(redis, (client) => client.config('SET', 'appendfsync', 'always'));
    await bed.finds({ redis: redis.url }, 0, { appendfsync: ['ok', /^always$/] });
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
    await bed.finds({ redis: redis.url }, 4, { 'last snapshot': 'error', 'last rewrite': 'error' });
  });

  (canShim() ? it : it.skip)('when the file cannot be written', async () => {
    const shim = await bed.shim('redis-disk');
    const redis = await bed.ownRedis({ env: shim.env });
    await bed.finds({ redis: redis.url }, 0, { 'last write': 'ok' });
    shim.failWrites(true);
    await on(redis, async (client) => {
      await client.set('x', 'y', 'PX', 60_000);
      await until(async () => /aof_last_write_status:err/.test(await client.info()));
    });
    await bed.finds({ redis: redis.url }, 4, { 'last write': 'error', scripts: ['error', 'MISCONF'] });
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
    await bed.finds({ redis: redis.url }, 0, { memory: ['ok', 'of maxmemory'] });
    await limit(1.15);
    await bed.finds({ redis: redis.url }, 0, { memory: 'warn' });
    await limit(0.5);
    await bed.finds({ redis: redis.url }, 4, { memory: 'warn', scripts: ['error', 'OOM'] });
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
    await bed.finds({ redis: replica.url }, 4, {
      role: ['error', undefined, 'master'],
      scripts: ['error', 'READONLY'],
    });
  });

  it('of a master that also writes while no replica hears it is warned of', async () => {
    const master = await bed.ownRedis();
    await replicaOf(master);
    await bed.finds({ redis: master.url }, 0, {
      role: 'ok',
      failover: ['warn', undefined, /^Set min-replicas-to-write to 1$/],
    });
    await on(master, (client) => client.config('SET', 'min-replicas-to-write', '1'));
    await on(master, (client) => until(async () => /min_slaves_good_slaves:1/.test(await client.info('replication'))));
    await bed.finds({ redis: master.url }, 0, { failover: 'ok' });
  });
});

(canShim() ? describe : describe.skip)('a clock', () => {
  it.each([5_000, -5_000])('that is %i ms off is warned of', async (ms) => {
    const shim = await bed.shim(`clock${ms}`);
    const redis = await bed.ownRedis({ env: shim.env });
    await bed.finds({ redis: redis.url }, 0, { clock: 'ok' });
    shim.stepClock(ms);
    await bed.finds({ redis: redis.url }, 0, { clock: ['warn', /are (?:49\d\d|50\d\d) ms apart/] });
  });
});
