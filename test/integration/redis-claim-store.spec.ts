// The claim store on a real Redis: the contract, and what only Redis can do to it.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import type { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { asking, type ClaimStoreFixture, newKey, TUBE } from '../contract/claim-lab.js';
import type { ClaimVerdict } from '../../lib/core/claims/claim-store.js';
import { claimStoreContract } from '../contract/claim-store.contract.js';
import { EVERY_WRITE_KEPT, startCluster, type TestCluster } from '../support/cluster.js';
import { keepAsking } from '../support/keep-asking.js';
import { countResources, expectNoLeaks } from '../support/leaks.js';
import { openClaims, redisTools, settleIn } from '../support/redis-claims.js';
import { settles, standStill, until } from '../support/wait.js';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, redisArgs: EVERY_WRITE_KEPT });
});
afterAll(() => cluster.stop());

const open = (deadline?: number): RedisClaimStore => openClaims(cluster.redisUrl, deadline);

const holder = (token: string, leaseMs: number) => ({ token, leaseMs });
const request = (key: string) => [asking(key)];

/** A store that may take over, and has been granted what it asked for. */
async function warm(...stores: readonly RedisClaimStore[]): Promise<void> {
  await Promise.all(stores.map((store) => store.ping(TUBE)));
  await settleIn(TUBE, ...stores);
  await Promise.all(stores.map((store) => store.claim(TUBE, holder('warm', 1), request(newKey()))));
}

/** Takes over what it may. Where this machine has stood still, it has to hear Redis for a while anew. */
async function granted(store: RedisClaimStore, leaseMs: number, key: string): Promise<ClaimVerdict> {
  return until(
    async () => (await store.claim(TUBE, holder('b', leaseMs), request(key))).find(({ kind }) => kind === 'granted'),
    { timeout: 30_000 },
  );
}

async function openFixture(): Promise<ClaimStoreFixture> {
  const [store, other] = [open(), open()];
  const probe = new Redis(cluster.redisUrl);
  await warm(store, other);
  const asks = keepAsking(TUBE, [store, other]);
  return {
    store,
    other,
    now: () => Date.now(),
    pass: (ms) => sleep(ms),
    ...redisTools(probe),
    close: async () => {
      asks.stop();
      await Promise.all([store.close(), other.close()]);
      probe.disconnect();
    },
  };
}

describe('claim store on Redis', () => {
  claimStoreContract(openFixture);
});

describe('claims on a real Redis', () => {
  it('survive kill -9', async () => {
    const [store, key] = [open(), newKey()];
    await store.claim(TUBE, holder('a', 60_000), request(key));
    await cluster.redis.kill();
    await cluster.redis.restart();
    expect(await store.claim(TUBE, holder('b', 60_000), request(key))).toMatchObject([{ kind: 'running' }]);
    expect(await store.claim(TUBE, holder('a', 60_000), request(key))).toEqual([{ kind: 'granted', attempt: 1 }]);
    await store.close();
  });

  it('are not taken over by a connection that has just come back', async () => {
    const [store, key] = [open(), newKey()];
    // Redis was restarted a moment ago: until others have had the time to tell what it lost, nobody is granted what was due before.
    await until(async () => (await store.claim(TUBE, holder('a', 50), request(key)))[0]?.kind === 'granted');
    await sleep(60);
    await cluster.redis.kill();
    await cluster.redis.restart();
    expect(await store.claim(TUBE, holder('b', 50), request(key))).toEqual([{ kind: 'running', ms: 1 }]);
    // The control: once it has stood for a while, it does.
    await warm(store);
    expect(await granted(store, 50, key)).toEqual({ kind: 'granted', attempt: 2 });
    await store.close();
  });

  it('are not taken over by a command that lay in front of a Redis that hung', async () => {
    const [mine, others, key] = [open(10_000), open(10_000), newKey()];
    await warm(mine, others);
    await mine.claim(TUBE, holder('a', 1_500), request(key));
    await cluster.redis.pause();
    const late = others.claim(TUBE, holder('b', 1_500), request(key));
    // Sent in time, carried out when the lease is over, though its holder did nothing wrong.
    await sleep(1_800);
    cluster.redis.resume();
    expect(await late).toMatchObject([{ kind: 'running' }]);
    expect(await mine.renew(TUBE, holder('a', 1_500), [{ key, attempt: 1 }])).toEqual([true]);
    await mine.close();
    await others.close();
  });

  it('are not taken over by one who was silent while Redis hung, and asks just before it is back', async () => {
    const [mine, others, key] = [open(10_000), open(10_000), newKey()];
    await warm(mine, others);
    await mine.claim(TUBE, holder('a', 1_500), request(key));
    await cluster.redis.pause();
    // As one does whose machine stood still: its connection has seen no break.
    await sleep(4_000);
    const asked = others.claim(TUBE, holder('b', 1_500), request(key));
    await sleep(100);
    cluster.redis.resume();
    await asked;
    expect(await others.claim(TUBE, holder('b', 1_500), request(key))).toEqual([{ kind: 'running', ms: 1 }]);
    expect(await mine.renew(TUBE, holder('a', 1_500), [{ key, attempt: 1 }])).toEqual([true]);
    // The control: once it has heard Redis for a while, it does.
    await warm(others);
    expect(await granted(others, 1_500, key)).toEqual({ kind: 'granted', attempt: 2 });
    await mine.close();
    await others.close();
  });

  it('are not taken over by those who waited for a Redis that hung, until all had time to renew', async () => {
    const [mine, others, key] = [open(10_000), open(10_000), newKey()];
    await warm(mine, others);
    await mine.claim(TUBE, holder('a', 1_500), request(key));
    await cluster.redis.pause();
    const waited = others.ping(TUBE);
    await sleep(1_800);
    cluster.redis.resume();
    await waited;
    // The lease is over, but its holder was waiting for the same Redis.
    expect(await others.claim(TUBE, holder('b', 1_500), request(key))).toMatchObject([{ kind: 'running' }]);
    expect(await mine.renew(TUBE, holder('a', 1_500), [{ key, attempt: 1 }])).toEqual([true]);
    // The control: once it has stood for a while, it does.
    await warm(others);
    expect(await granted(others, 1_500, key)).toEqual({ kind: 'granted', attempt: 2 });
    await mine.close();
    await others.close();
  });

  it('are not changed by an "again" that lay in front of a Redis that hung until its caller asked anew', async () => {
    const [mine, others, key] = [open(1_000), open(10_000), newKey()];
    await warm(mine, others);
    const again = { key, attempt: 1, outcome: { kind: 'again', ms: 0, counts: false }, copies: 3 } as const;
    await mine.claim(TUBE, holder('a', 60_000), request(key));
    await cluster.redis.pause();
    await expect(mine.settle(TUBE, holder('a', 60_000), [again])).rejects.toThrow(DqClaimStoreError);
    await sleep(300);
    cluster.redis.resume();
    // Not believed so late: the same holder might run the same attempt anew by now.
    expect(await others.claim(TUBE, holder('b', 60_000), request(key))).toMatchObject([{ kind: 'running' }]);
    await until(() =>
      mine.settle(TUBE, holder('a', 60_000), [again]).then(
        ([settled]) => settled,
        () => false,
      ),
    );
    expect(await others.claim(TUBE, holder('b', 60_000), request(key))).toEqual([{ kind: 'granted', attempt: 1 }]);
    await mine.close();
    await others.close();
  });

  it('of other types stop nobody, and of other forms are locks of Go consumers', async () => {
    const store = open();
    const probe = new Redis(cluster.redisUrl);
    const locks = ['dq1', 'dq2:R:1:a:1', '', 'x'];
    const keys = [...locks.map(() => newKey()), newKey()];
    await Promise.all(locks.map((value, at) => probe.set(keys[at]!, value, 'PX', 60_000)));
    await probe.lpush(keys.at(-1)!, 'a list');
    const verdicts = await store.claim(
      TUBE,
      holder('a', 50),
      keys.map((key) => asking(key)),
    );
    expect(verdicts).toEqual([...locks.map(() => ({ kind: 'foreign' })), { kind: 'granted', attempt: 1 }]);
    await store.close();
    probe.disconnect();
  });
});

describe('a Redis that does not answer', () => {
  const calls: readonly (readonly [string, (store: RedisClaimStore) => Promise<unknown>])[] = [
    ['claim', (store) => store.claim(TUBE, holder('a', 50), request(newKey()))],
    [
      'settle',
      (store) =>
        store.settle(TUBE, holder('a', 50), [{ key: newKey(), attempt: 1, outcome: { kind: 'done' }, copies: 3 }]),
    ],
    ['renew', (store) => store.renew(TUBE, holder('a', 50), [{ key: newKey(), attempt: 1 }])],
    ['account', (store) => store.account(TUBE, [{ key: newKey(), copies: 3, gone: 1 }])],
    ['revoke', (store) => store.revoke(TUBE, { key: newKey(), copies: 3, dueMs: 0 })],
    ['admit', (store) => store.admit(TUBE, [{ key: newKey(), generation: 'g', dueMs: 0 }])],
    ['conclude', (store) => store.conclude(TUBE, [{ key: newKey(), generation: 'g', dueMs: 0, written: true }])],
    ['ping', (store) => store.ping(TUBE)],
  ];

  it.each([
    ['is down', () => cluster.redis.kill(), () => cluster.redis.restart()],
    ['hangs', () => cluster.redis.pause(), () => Promise.resolve(cluster.redis.resume())],
  ])(
    'because it %s rejects every call within the deadline, and serves them again when it is back',
    async (_how, leave, comeBack) => {
      const before = countResources();
      const store = open(300);
      await store.ping(TUBE);
      await leave();
      const failures = await Promise.allSettled(calls.map(([, call]) => call(store)));
      for (const failure of failures)
        expect(failure).toMatchObject({ status: 'rejected', reason: expect.any(DqClaimStoreError) });
      await comeBack();
      const pong = (): Promise<boolean> =>
        store.ping(TUBE).then(
          () => true,
          () => false,
        );
      await until(pong);
      for (const [, call] of calls) await call(store);
      await store.close();
      await expectNoLeaks(before);
    },
  );

  it('does not hold up closing, and a closed store rejects', async () => {
    const before = countResources();
    const store = open(300);
    await store.ping(TUBE);
    await cluster.redis.pause();
    const pending = store.ping(TUBE);
    expect(await settles(Promise.allSettled([store.close(), pending]), 3_000)).toBe(true);
    cluster.redis.resume();
    await expect(store.ping(TUBE)).rejects.toThrow(DqClaimStoreError);
    await expectNoLeaks(before);
  });
});

describe('the connection to Redis', () => {
  it('is not given up when the event loop stood still: what Redis had answered by then is read first', async () => {
    const before = countResources();
    const store = open(200);
    await store.ping(TUBE);
    const pong = store.ping(TUBE);
    await nextTurn();
    standStill(600);
    await expect(pong).resolves.toBeUndefined();
    await store.close();
    await expectNoLeaks(before);
  });

  it.each([
    ['options', () => ({ port: cluster.redis.port, host: '127.0.0.1', keyPrefix: 'shop:' })],
    ['an instance', () => new Redis(cluster.redisUrl, { keyPrefix: 'shop:', lazyConnect: true })],
  ])('leaves out the key prefix of %s: claims stand under their own names', async (_what, source) => {
    const store = openClaims(source());
    const [key] = [newKey()];
    await store.admit(TUBE, [{ key, generation: 'g', dueMs: Date.now() }]);
    await store.conclude(TUBE, [{ key, generation: 'g', dueMs: Date.now(), written: true }]);
    // Of a caller's own id, which leads to the claim only under the name that it was admitted by.
    expect(await store.revoke(TUBE, { key, copies: 3, dueMs: undefined })).toBe('revoked');
    expect(await store.claim(TUBE, holder('a', 1_000), [asking(`${key}#g`)])).toEqual([{ kind: 'revoked' }]);
    const probe = new Redis(cluster.redisUrl);
    expect(await probe.keys('shop:*')).toEqual([]);
    probe.disconnect();
    await store.close();
  });
});
