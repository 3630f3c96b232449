// Why Redis is lost: each new reason once, with what there is to do about it; and which rights a user of Redis needs.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { DqGiveUp } from 'nestjs-dq';
import { readFault, RIGHTS } from '../../lib/core/redis/redis-fault.js';
import { DqEventLog } from '../../lib/nest/dq.event-log.js';
import { RedisServer } from '../../scripts/servers.mjs';
import type { App } from '../support/app.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const PASSWORD = 'opens-the-door';
const lines: string[] = [];
let log: DqEventLog;
const ends: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  lines.length = 0;
  const to = (line: string): void => void lines.push(line);
  log = new DqEventLog({ log: to, warn: to, error: to });
});
afterEach(async () => {
  log.flush();
  await admin((redis) => redis.call('ACL', 'DELUSER', 'shop'));
  for (const end of ends.splice(0)) await end();
});
const bed = testBed();

const admin = <T>(use: (redis: Redis) => Promise<T>): Promise<T> => bed.redis(use);
const reasons = (app: App): string[] => app.eventsOf('store-lost').map(({ reason }) => reason);

/** An application whose lines are kept. */
function watched(redis: string, tube = bed.tube()): App {
  return bed.app({ tubes: [tube], redis, commandDeadline: 1_000, onEvent: (event) => log.write(event) }).consume(tube);
}

async function allow(...rights: readonly string[]): Promise<string> {
  await admin((redis) => redis.call('ACL', 'SETUSER', 'shop', 'reset', 'on', `>${PASSWORD}`, ...rights));
  return `redis://shop:${PASSWORD}@127.0.0.1:${bed.cluster.redis.port}`;
}

/** A Redis beside that of the bed. */
async function another(...args: readonly string[]): Promise<RedisServer> {
  const server = await RedisServer.start({ dir: `${bed.cluster.redis.dir}-${ends.length}`, args: [...args] });
  ends.push(() => server.kill());
  return server;
}

describe('a user of Redis', () => {
  it('needs the rights that are documented, and no other: jobs, ids, revokes, retries and dead letters work', async () => {
    const redis = await allow('-@all', '~dq:*', ...RIGHTS.split(' '));
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, attempts: 2, backoff: { type: 'fixed', delay: 10 } }], redis });
    app.handle(tube, (data) => {
      if (data === 'dead') throw new DqGiveUp('as it should');
      if (data === 'twice' && app.runs.all.filter((run) => run.data === data).length === 1)
        throw new Error('once more');
    });
    app.start();
    const producer = app.producer(tube);
    const taken = await producer.delay('taken back', '2s', { id: 'own-1' });
    await expect(producer.delay('again', '2s', { id: 'own-1' })).rejects.toMatchObject({ code: 'DQ_DUPLICATE_ID' });
    expect(await producer.revoke(taken)).toBe('revoked');
    await Promise.all(['once', 'twice', 'dead'].map((data) => producer.delay(data, 0)));
    const [letter] = await until(async () => {
      const dead = await app.runtime.inspector.dead(tube);
      return dead.length > 0 ? dead : undefined;
    });
    expect(await app.runtime.inspector.delete(tube, letter!.id)).toBe(true);
    await until(() => app.runs.all.length === 4);
    await bed.drained();
    expect(app.runs.all.map(({ data }) => String(data)).toSorted((one, other) => one.localeCompare(other))).toEqual([
      'dead',
      'once',
      'twice',
      'twice',
    ]);
    expect(reasons(app)).toEqual([]);
    // What is left out of the rights is worth one line.
    expect(app.eventsOf('store-warning').map(({ reason }) => reason)).toEqual([expect.stringContaining('INFO')]);
  });

  it('needs the keys of plain jobs too, where a tube has them', async () => {
    const tube = bed.tube();
    const options = { tubes: [{ name: tube, format: 'plain' as const }] };
    const without = await allow('-@all', '~dq:*', ...RIGHTS.split(' '));
    const app = bed.app({ ...options, redis: without }).consume(tube);
    await app.producer(tube).delay('plain', 0);
    expect((await app.event('store-lost')).reason).toMatch(/NOPERM.*~\*/);
    await app.close();
    const other = bed.app({ ...options, redis: await allow('-@all', '~*', ...RIGHTS.split(' ')) }).consume(tube);
    await other.runs.next();
    await bed.drained();
    expect(reasons(other)).toEqual([]);
  });

  it.each(RIGHTS.split(' '))('is told when one of them is missing: %s', async (right) => {
    const redis = await allow('-@all', '~dq:*', ...RIGHTS.split(' '), right.replace('+', '-'));
    const tube = bed.tube();
    const app = watched(redis, tube);
    await app.producer(tube).delay('x', 0);
    await app.producer(tube).delay('y', 300);
    const { reason } = await app.event('store-lost');
    expect(reason).toContain(RIGHTS);
    await allow('-@all', '~dq:*', ...RIGHTS.split(' '));
    await app.runs.next(2, { timeout: 20_000 });
    await bed.drained();
    expect(reasons(app).length).toBeLessThanOrEqual(2);
  });
});

describe('the reason of a loss', () => {
  const told = (pattern: RegExp): Promise<string> =>
    until(() => lines.find((line) => pattern.test(line)), { what: String(pattern), timeout: 15_000 });

  it('is the password that was changed, behind the connection that was closed, and each is told once', async () => {
    const app = watched(await allow('+@all', '~*'));
    await until(() => app.runtime !== undefined);
    const tube = [...app.runtime.options.tubes.keys()][0]!;
    await app.producer(tube).delay('x', 0);
    await app.runs.next();
    await admin(async (redis) => {
      await redis.call('ACL', 'SETUSER', 'shop', 'resetpass', '>another');
      await redis.call('CLIENT', 'KILL', 'USER', 'shop');
    });
    await told(/^Redis is lost: it closed the connection/);
    const line = await told(/WRONGPASS/);
    expect(line).toMatch(/^Redis is lost: WRONGPASS .*give the current ones in redis, and restart\. No job is started/);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(reasons(app)).toHaveLength(2);
    await allow('+@all', '~*');
    await app.event('store-back');
  });

  it.each<[string, () => Promise<string>, RegExp]>([
    [
      'no password',
      async () => {
        const { url } = await another();
        const redis = new Redis(url);
        await redis.call('CONFIG', 'SET', 'requirepass', PASSWORD);
        redis.disconnect();
        return url;
      },
      /NOAUTH .*asks for a password: give one in redis/,
    ],
    [
      'a replica',
      async () => (await another('--replicaof', '127.0.0.1', String(bed.cluster.redis.port))).url,
      /READONLY .*This is a replica: give the master, or the sentinels/,
    ],
    [
      'replicas that are missing',
      async () => (await another('--min-replicas-to-write', '1')).url,
      /NOREPLICAS .*min-replicas-to-write/,
    ],
    [
      'its memory',
      async () => (await another('--maxmemory', '1000', '--maxmemory-policy', 'noeviction')).url,
      /OOM .*maxmemory is used up: raise it/,
    ],
    [
      'a database that is not there',
      async () => `${(await another('--databases', '2')).url}/7`,
      /DB index is out of range.*give another one in redis/,
    ],
    [
      'TLS where there is none',
      () => Promise.resolve(`rediss://127.0.0.1:${bed.cluster.redis.port}`),
      /speak TLS at this port\? If not, begin with redis:/,
    ],
    ['a name without an address', () => Promise.resolve('redis://no-such-host.invalid'), /has no address/],
    [
      'a command that was renamed',
      async () => (await another('--rename-command', 'EVALSHA', 'XEVALSHA', '--rename-command', 'EVAL', 'XEVAL')).url,
      /unknown command .*renamed/,
    ],
  ])('is %s, and says what to do', async (_what, address, pattern) => {
    const app = watched(await address());
    const tube = [...app.runtime.options.tubes.keys()][0]!;
    await app.producer(tube).delay('x', 300);
    expect(await told(pattern)).toMatch(/^Redis (?:cannot be reached|is lost): /);
    expect(app.runs.all).toEqual([]);
    await app.close();
    await bed.wipe();
  });

  it('is a limit of connections', async () => {
    const server = await another();
    const others = [1, 2].map(() => new Redis(server.url));
    ends.unshift(async () => {
      for (const other of others) other.disconnect();
      await Promise.resolve();
    });
    await Promise.all(others.map((other) => other.call('CONFIG', 'SET', 'maxclients', '2')));
    const app = watched(server.url);
    expect(await told(/max number of clients/)).toMatch(/raise its maxclients/);
    await app.close();
  });

  it('is a node of a Redis Cluster that is taken for a Redis', async () => {
    const masters = await RedisCluster.start();
    ends.push(() => masters.stop());
    // Of so many tubes, some have their claims on another node.
    const tubes = Array.from({ length: 8 }, (_, at) => `${bed.tube()}-moved-${at}`);
    const redis = `redis://127.0.0.1:${masters.nodes[0]!.port}`;
    const app = bed.app({ tubes, redis, onEvent: (event) => log.write(event) });
    for (const tube of tubes) app.handle(tube);
    app.start();
    await Promise.all(tubes.map((tube) => app.producer(tube).delay('x', 300)));
    expect(await told(/MOVED/)).toMatch(/give an ioredis Cluster in redis instead/);
    await app.close();
    await bed.wipe();
  });

  it.each([
    ['LOADING Redis is loading the dataset in memory', 'LOADING'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'MASTERDOWN'],
    ['CLUSTERDOWN Hash slot not served', 'CLUSTERDOWN'],
    ['MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist to disk.', 'MISCONF'],
    ['BUSY Redis is busy running a script.', 'BUSY'],
    ['NOPERM User shop has no permissions to run the evalsha command', 'NOPERM'],
    ['ERR ACL failure in script: this user has no permissions to run the pttl command', 'NOPERM'],
    ['ERR invalid password', 'WRONGPASS'],
    ['DENIED Redis is running in protected mode', 'DENIED'],
  ])('%s is told apart from others, and has an advice', (text, kind) => {
    expect(readFault(new Error(text))).toEqual({ kind, text: text.replace(/\.$/, ''), advice: expect.any(String) });
  });

  it.each([
    [Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }), 'TLS'],
    [Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'TLS'],
    [
      Object.assign(new Error("Hostname/IP does not match certificate's altnames"), {
        code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      }),
      'TLS',
    ],
    [Object.assign(new Error('getaddrinfo EAI_AGAIN redis'), { code: 'EAI_AGAIN' }), 'name'],
    [Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }), 'network'],
    [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), 'network'],
    [
      Object.assign(new Error('Failed to refresh slots cache.'), {
        lastNodeError: new Error('NOAUTH Authentication required.'),
      }),
      'NOAUTH',
    ],
    [new Error('STRANGE is what it says'), 'STRANGE'],
  ])('%s is of its kind', (error, kind) => {
    expect(readFault(error).kind).toBe(kind);
  });
});
