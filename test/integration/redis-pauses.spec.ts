// Paused tubes in a real Redis: what lies in front of it, who may pause, what it forgets, and who claims at that moment.
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { nativeClaimKey, pauseKey } from '../../lib/core/claims/claim-key.js';
import { NO_TAKEOVER_MS } from '../../lib/core/claims/store-clock.js';
import { systemClock } from '../../lib/core/base/clock.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { RIGHTS } from '../../lib/core/redis/redis-fault.js';
import { CLAIM } from '../../lib/core/redis/scripts/claim.js';
import { PAUSE } from '../../lib/core/redis/scripts/pauses.js';
import { A, asking, claim, newKey, RETENTION_MS, TUBE } from '../contract/claim-lab.js';
import { EVERY_WRITE_KEPT, startCluster, type TestCluster } from '../support/cluster.js';
import { until } from '../support/wait.js';

const PAUSED = { kind: 'paused' };
const GRANTED = { kind: 'granted', attempt: 1 };
const FOR_GOOD = { forMs: undefined, reason: '' };

let cluster: TestCluster;
let probe: Redis;
const stores: RedisClaimStore[] = [];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 0, redisArgs: EVERY_WRITE_KEPT });
});
beforeEach(() => {
  probe = new Redis(cluster.redisUrl);
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await probe.flushall();
  probe.disconnect();
});
afterAll(() => cluster.stop());

function open({ deadline = 3_000, url = cluster.redisUrl, script = CLAIM } = {}): RedisClaimStore {
  const connection = new RedisConnection(url, deadline, systemClock, () => undefined);
  const store = new RedisClaimStore(connection, RETENTION_MS, systemClock);
  if (script !== CLAIM) connection.client.defineCommand('dqClaim', { lua: script });
  stores.push(store);
  return store;
}

const answers = (store: RedisClaimStore): Promise<true> =>
  until(async () =>
    store.ping(TUBE).then(
      () => true,
      () => undefined,
    ),
  );

describe('a pause in Redis', () => {
  it.each(['that never asked before', 'that has asked before'])(
    'changes nothing where it lay in front of a Redis that hung, of a process %s; nor does its end',
    async (which) => {
      const store = open({ deadline: 500 });
      await store.ping(which.includes('never') ? 'another' : TUBE);
      await cluster.redis.pause();
      await expect(store.pauses.pause(TUBE, FOR_GOOD)).rejects.toThrow(DqClaimStoreError);
      await sleep(600);
      cluster.redis.resume();
      await answers(store);
      expect(await store.pauses.look(TUBE)).toBeUndefined();
      const known = await store.pauses.pause(TUBE, FOR_GOOD);
      await cluster.redis.pause();
      await expect(store.pauses.resume(TUBE)).rejects.toThrow(DqClaimStoreError);
      await sleep(600);
      cluster.redis.resume();
      await answers(store);
      expect(await store.pauses.look(TUBE)).toEqual(known);
      // The control: in time.
      expect(await store.pauses.resume(TUBE)).toBe(true);
    },
  );

  it('needs no right of its user but those that are documented', async () => {
    await probe.call('ACL', 'SETUSER', 'shop', 'reset', 'on', '>pass', '-@all', '~dq:*', ...RIGHTS.split(' '));
    const store = open({ url: `redis://shop:pass@127.0.0.1:${cluster.redis.port}` });
    const key = newKey();
    const known = await store.pauses.pause(TUBE, { forMs: 60_000, reason: 'moving' });
    expect(await store.pauses.look(TUBE)).toEqual(known);
    expect(await claim(store, A, key)).toEqual(PAUSED);
    expect(await store.pauses.resume(TUBE)).toBe(true);
    expect(await probe.exists(pauseKey(TUBE))).toBe(0);
    expect(await claim(store, A, key)).toEqual(GRANTED);
    await probe.call('ACL', 'DELUSER', 'shop');
  });

  it.each(['dq1:Z:1:0:by:more', 'dq1:Z2:whatever', 'dq2', ''])(
    'is one also where a later release wrote it: %p',
    async (value) => {
      const [store, key] = [open(), newKey()];
      await store.ping(TUBE);
      await probe.set(pauseKey(TUBE), value);
      expect(await store.pauses.look(TUBE)).toBeDefined();
      expect(await claim(store, A, key)).toEqual(PAUSED);
      expect(await store.pauses.resume(TUBE)).toBe(true);
      expect(await claim(store, A, key)).toEqual(GRANTED);
    },
  );

  it('survives kill -9, and is gone with all else after FLUSHALL', async () => {
    const [store, key] = [open(), newKey()];
    const known = await store.pauses.pause(TUBE, FOR_GOOD);
    await cluster.redis.kill();
    await cluster.redis.restart();
    await answers(store);
    expect(await store.pauses.look(TUBE)).toEqual(known);
    expect(await claim(store, A, key)).toEqual(PAUSED);
    await probe.flushall();
    // What is lost is told again before anything is granted, as ever.
    expect(await claim(store, A, key)).toMatchObject({ kind: 'running' });
    expect(await store.pauses.look(TUBE)).toBeUndefined();
    await until(async () => (await claim(store, A, key)).kind === 'granted', { timeout: 10_000 });
  });

  it('keeps nobody from finding out that Redis has forgotten', async () => {
    const store = open();
    let told = 0;
    store.onLoss(TUBE, async () => void told++);
    await store.ping(TUBE);
    await probe.flushall();
    await open().pauses.pause(TUBE, FOR_GOOD);
    expect(await claim(store, A, newKey())).toEqual(PAUSED);
    expect(told).toBe(1);
  });

  it('costs a claim no command, no trip and no look of its own', async () => {
    const store = open();
    await store.ping(TUBE);
    await probe.call('CONFIG', 'RESETSTAT');
    for (let call = 0; call < 20; call++) await store.claim(TUBE, A, [asking(newKey()), asking(newKey())]);
    const stats = await probe.info('commandstats');
    const calls = (name: string): number => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
    // One MGET is of the tube's pause and its mark, the other of the claims.
    expect([calls('evalsha') + calls('eval'), calls('mget'), calls('get')]).toEqual([20, 40, 0]);
  });
});

const CALLERS = 20;
const ROUNDS = 50;
const KEYS = Array.from({ length: 60 }, (_, at) => nativeClaimKey(TUBE, `raced-${at}`));
/** Of all claims at that moment, in one step. */
const DIGEST = `
local keys = redis.call('KEYS', 'dq:{${TUBE}}:*')
table.sort(keys)
return redis.sha1hex(table.concat(redis.call('MGET', KEYS[1], unpack(keys)), '|'))
`;

/**
 * Callers on connections of their own take over each other's claims all the time. Then the tube is paused, over and over, and what Redis knows in
 * that very step is compared with what it knows when each caller has asked once more. Returns how many rounds changed a claim.
 */
async function race(script: string): Promise<{ readonly changed: number; readonly grantedWhilePaused: number }> {
  const callers = Array.from({ length: CALLERS }, () => open({ script }));
  const holders = callers.map((_, at) => ({ token: `caller-${at}`, leaseMs: 1 }));
  const ends = new AbortController();
  let isPaused = false;
  let granted = 0;
  let grantedWhilePaused = 0;
  const askedWhilePaused = new Set<number>();
  const underWay = new Set<number>();
  const loops = callers.map(async (store, at) => {
    for (let turn = at; !ends.signal.aborted; turn++) {
      const begunPaused = isPaused;
      if (begunPaused) underWay.add(at);
      const keys = [0, 1, 2].map((more) => KEYS[(7 * turn + more) % KEYS.length]!);
      const verdicts = await store.claim(
        TUBE,
        holders[at]!,
        keys.map((key) => asking(key)),
      );
      const grants = verdicts.filter(({ kind }) => kind === 'granted').length;
      granted += grants;
      if (!begunPaused) continue;
      underWay.delete(at);
      grantedWhilePaused += grants;
      askedWhilePaused.add(at);
    }
  });
  try {
    // Until then no connection takes anything over.
    await sleep(NO_TAKEOVER_MS + 200);
    let changed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const before = granted;
      await until(() => granted > before + round);
      const key = pauseKey(TUBE);
      const replies = await probe.multi().eval(PAUSE, 1, key, 0, '', 0).eval(DIGEST, 1, key).exec();
      askedWhilePaused.clear();
      isPaused = true;
      await until(() => askedWhilePaused.size === CALLERS);
      const after = await probe.eval(DIGEST, 1, key);
      isPaused = false;
      await until(() => underWay.size === 0);
      await callers[0]!.pauses.resume(TUBE);
      if (after !== replies?.[1]?.[1]) changed++;
    }
    return { changed, grantedWhilePaused };
  } finally {
    ends.abort();
    await Promise.all(loops);
  }
}

describe('a tube that is paused while many claim', () => {
  it('is paused from that step of Redis on: nothing is granted, and no claim changes', async () => {
    expect(await race(CLAIM)).toEqual({ changed: 0, grantedWhilePaused: 0 });
  });

  it('would not be without the gate (control)', async () => {
    const without = CLAIM.replace('if paused then return { now, -2 } end', '');
    expect(without).not.toBe(CLAIM);
    const { changed, grantedWhilePaused } = await race(without);
    expect(changed).toBeGreaterThan(0);
    expect(grantedWhilePaused).toBeGreaterThan(0);
  });
});
