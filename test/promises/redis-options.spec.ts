// Options of ioredis: what a user says holds, or is refused with the reason.
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { systemClock } from '../../lib/core/base/clock.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { openRedis } from '../../lib/core/redis/redis-source.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { thrownBy, wrongOptions } from '../support/dq-options.js';
import { type Census, countResources, expectNoLeaks } from '../support/leaks.js';
import { until } from '../support/wait.js';

type Source = string | RedisOptions | Redis;
const HOST = { host: '127.0.0.1', port: 1 };
const clients: { disconnect(): void }[] = [];

/** The options that claims are kept with. */
function opened(source: Source): RedisOptions {
  const client = openRedis(source, 3_000) as Redis;
  clients.push(client);
  return client.options;
}
function instance(options: RedisOptions): Redis {
  const redis = new Redis({ ...HOST, lazyConnect: true, ...options });
  clients.push(redis);
  return redis;
}

afterEach(() => {
  for (const client of clients.splice(0)) client.disconnect();
});

describe('an option of ioredis that a user gives', () => {
  const strategy = (): number => 7;
  it.each<[keyof RedisOptions, unknown]>([
    ['connectTimeout', 15_000],
    ['commandTimeout', 700],
    ['socketTimeout', 9_000],
    ['keepAlive', 1_000],
    ['disconnectTimeout', 5_000],
    ['noDelay', false],
    ['family', 6],
    ['db', 3],
    ['connectionName', 'shop'],
    ['enableReadyCheck', false],
    ['maxLoadingRetryTime', 500],
    ['autoResubscribe', false],
    ['username', 'me'],
    ['reconnectOnError', strategy],
    ['protocol', 2],
  ])('holds: %s', (name, value) => {
    for (const source of [{ ...HOST, [name]: value }, instance({ [name]: value })])
      expect(opened(source)[name]).toBe(value);
  });

  it('holds in the query of a URL too, as the number that it is', () => {
    const options = opened('redis://127.0.0.1:1/2?connectTimeout=15000&family=6&noDelay=false&connectionName=1');
    expect(options).toMatchObject({ connectTimeout: 15_000, family: 6, noDelay: false, connectionName: '1', db: 2 });
  });

  it.each<[keyof RedisOptions, unknown]>([
    ['enableOfflineQueue', true],
    ['autoResendUnfulfilledCommands', true],
    ['maxRetriesPerRequest', 3],
    ['maxRetriesPerRequest', 20],
    ['stringNumbers', true],
    ['lazyConnect', false],
    ['readOnly', true],
    ['monitor', true],
    ['role', 'slave'],
    ['retryStrategy', null],
  ])('is refused with the reason where claims cannot do with it: %s %p', (name, value) => {
    const error = thrownBy(() => resolveOptions(wrongOptions({ redis: { ...HOST, [name]: value } })));
    expect(error).toMatchObject({ code: 'DQ_OPTIONS' });
    expect((error as Error).message).toMatch(new RegExp(`${name}.*: .{10,}\\. Leave it out\\.$`));
  });

  it.each(['enableOfflineQueue=true', 'maxRetriesPerRequest=3', 'lazyConnect=false'])(
    'is refused in a URL too: %s',
    (query) => {
      const error = thrownBy(() => resolveOptions(wrongOptions({ redis: `redis://127.0.0.1:1?${query}` })));
      expect(error).toMatchObject({ code: 'DQ_OPTIONS', message: expect.stringContaining(query.split('=')[0]!) });
    },
  );

  it('is taken where it says what holds anyway', () => {
    const options = {
      ...HOST,
      maxRetriesPerRequest: null,
      lazyConnect: true,
      enableOfflineQueue: false,
      role: 'master',
    };
    expect(resolveOptions(wrongOptions({ redis: options })).redis).toBe(options);
    expect(opened({ ...HOST, connectTimeout: undefined as never }).connectTimeout).toBe(2_000);
  });

  it('may say how long to wait for the next connect, and not that there is none', () => {
    const asked = opened({ ...HOST, retryStrategy: (times) => (times < 3 ? 7 * times : null) });
    expect([1, 2, 3].map((times) => asked.retryStrategy?.(times))).toEqual([7, 14, 1_000]);
    const never = opened({ ...HOST, retryStrategy: () => Infinity });
    expect(never.retryStrategy?.(1)).toBe(1_000);
    const faulty = opened({
      ...HOST,
      retryStrategy: () => {
        throw new Error('no wait');
      },
    });
    expect(faulty.retryStrategy?.(1)).toBe(1_000);
    const usual = opened({ ...HOST });
    expect([1, 2, 9].map((times) => usual.retryStrategy?.(times))).toEqual([100, 200, 1_000]);
    expect(opened(instance({ retryStrategy: strategy })).retryStrategy?.(1)).toBe(7);
  });

  it('does not lead to replicas of a Cluster, which may be behind', () => {
    const cluster = new Cluster([HOST], { lazyConnect: true, scaleReads: 'slave' });
    const own = openRedis(cluster, 3_000) as Cluster;
    clients.push(cluster, own);
    expect(own.options.scaleReads).toBe('master');
  });

  it('has the same default for each node of a Cluster', () => {
    const cluster = new Cluster([HOST], { lazyConnect: true });
    const own = openRedis(cluster, 3_000) as Cluster;
    clients.push(cluster, own);
    expect(own.options.redisOptions).toMatchObject({
      connectTimeout: 2_000,
      keepAlive: 10_000,
      disconnectTimeout: 100,
    });
  });

  it('is not one of its defaults, which an instance has without being asked (control)', () => {
    expect(opened(instance({}))).toMatchObject({
      connectTimeout: 2_000,
      keepAlive: 10_000,
      disconnectTimeout: 100,
      maxRetriesPerRequest: null,
      enableOfflineQueue: false,
    });
    const cluster = new Cluster([HOST], {
      lazyConnect: true,
      redisOptions: { socketTimeout: 9_000, connectTimeout: 15_000 },
    });
    const own = openRedis(cluster, 3_000) as Cluster;
    clients.push(cluster, own);
    expect(own.options.redisOptions).toMatchObject({ socketTimeout: 9_000, connectTimeout: 15_000 });
  });
});

describe('a Redis whose TLS handshake takes longer than two seconds', () => {
  const CIPHERS = { ciphers: 'AECDH-AES256-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' } as const;
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  let before: Census;
  let cluster: TestCluster;
  let port: number;

  async function listen(server: Server): Promise<number> {
    servers.push(server);
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  function pipe(one: Socket, port: number): void {
    const other = connect(port, '127.0.0.1');
    sockets.add(other);
    other.on('error', () => undefined);
    one.on('error', () => undefined);
    one.pipe(other).pipe(one);
  }

  beforeEach(async () => {
    cluster = await startCluster({ nodes: 0 });
    before = countResources();
    const tls = await listen(createTlsServer(CIPHERS, (socket) => pipe(socket, cluster.redis.port)));
    port = await listen(createTcpServer((socket) => void sleep(2_500).then(() => pipe(socket, tls))));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
    await expectNoLeaks(before);
    await cluster.stop();
  });

  it('is reached when connectTimeout says that it may, and not without it', async () => {
    const tls = { ...CIPHERS, rejectUnauthorized: false };
    const open = (options: RedisOptions): RedisConnection => {
      const redis = { host: '127.0.0.1', port, tls, ...options } as RedisOptions;
      const connection = new RedisConnection(redis, 3_000, systemClock, () => undefined);
      connection.connect();
      return connection;
    };
    const [patient, usual] = [open({ connectTimeout: 15_000 }), open({})];
    await until(() => patient.client.status === 'ready', { timeout: 12_000 });
    expect(usual.client.status).not.toBe('ready');
    await patient.close();
    await usual.close();
  });
});
