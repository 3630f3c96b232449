// Claims on a master that a Sentinel watches: when it dies, its replica takes its place.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { RedisOptions } from 'ioredis';
import type { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { HostileServer } from '../support/hostile-server.js';
import { openClaims } from '../support/redis-claims.js';
import { RedisSentinel } from '../support/redis-sentinel.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();
let group: RedisSentinel;

beforeAll(async () => {
  group = await RedisSentinel.start();
});
afterAll(() => group.stop());

describe('Redis behind a Sentinel', () => {
  it('may die: what ran before does not run again, and what is due after runs once', async () => {
    const tube = bed.tube();
    const [app, other] = [1, 2].map(() => bed.app({ tubes: [tube], redis: group.options }));
    for (const one of [app!, other!]) one.handle(tube).start();
    const producer = app!.producer<number>(tube);
    const runs = (): unknown[] => [...app!.runs.all, ...other!.runs.all].map(({ data }) => data);

    await Promise.all([0, 1, 2].map((at) => producer.delay(at, 0)));
    const revoked = await producer.delay(99, '5s');
    await until(() => runs().length === 3);
    expect(await producer.revoke(revoked)).toBe('revoked');
    await until(async () => (await bed.copies(0, tube)).reserved === 0);
    await group.failOver();

    await Promise.all([3, 4, 5].map((at) => producer.delay(at, 500)));
    await until(() => runs().length >= 6, { timeout: 30_000 });
    await bed.drained();
    expect(runs().map(String).toSorted()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect((await group.claims()).map((value) => value.slice(0, 6))).toEqual(
      expect.arrayContaining(['dq1:V:', ...Array.from({ length: 6 }, () => 'dq1:D:')]),
    );
    expect(app!.eventsOf('store-lost')).not.toHaveLength(0);
    expect(app!.eventsOf('store-back')).not.toHaveLength(0);
  });
});

describe('a sentinel', () => {
  let store: RedisClaimStore | undefined;
  let silent: HostileServer | undefined;
  let proxy: TcpProxy | undefined;
  afterEach(async () => {
    await store?.close();
    await silent?.close();
    await proxy?.close();
    [store, silent, proxy] = [undefined, undefined, undefined];
  });

  const sentinelPort = (): number => group.options.sentinels?.[0]?.port ?? 0;
  const open = (ports: readonly number[], options: RedisOptions = {}): RedisClaimStore =>
    openClaims({ ...group.options, sentinels: ports.map((port) => ({ host: '127.0.0.1', port })), ...options }, 1_000);
  const answers = (): Promise<boolean> =>
    (store as RedisClaimStore).ping('tube').then(
      () => true,
      () => false,
    );

  it('that takes connections and says nothing does not keep the next one from being asked', async () => {
    silent = await HostileServer.listen([]);
    store = open([silent.port, sentinelPort()]);
    await until(answers);
    expect(silent.received).not.toHaveLength(0);
  });

  it('that was away is asked again, whatever sentinelRetryStrategy says', async () => {
    proxy = await TcpProxy.listen(sentinelPort());
    await proxy.refuse();
    store = open([proxy.port], { sentinelRetryStrategy: () => null });
    expect(await answers()).toBe(false);
    await proxy.listen();
    await until(answers);
  });
});
