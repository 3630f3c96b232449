// Redis has lost recent writes: it was emptied. What runs, and what has ended, is told to it again before anything is claimed.
// Nothing can be certain then: what nobody remembers may run again.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { NO_TAKEOVER_MS } from '../../lib/core/claims/store-clock.js';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { LosingScene, names } from './losing-scene.js';

const LONG = 20;
const QUICK = 200;

const bed = testBed();
afterEach(() => void jest.restoreAllMocks());

/** 20 jobs run, 200 have ended a moment ago, and a node that stood still has a copy of each. */
async function busyScene(): Promise<LosingScene> {
  const scene = new LosingScene(bed);
  await scene.begun(['warm']);
  await scene.written([...names('long', LONG), ...names('quick', QUICK)]);
  await bed.cluster.node(2).pause();
  await until(() => scene.runs.length === 1 + LONG + QUICK, { timeout: 20_000 });
  await until(async () => ((await scene.states()).D ?? 0) >= 1 + QUICK);
  return scene;
}

describe('a Redis that was emptied', () => {
  it('is told again what runs and what has ended, before anybody is given a job: nothing runs twice', async () => {
    const scene = await busyScene();
    await bed.redis((redis) => redis.flushall());
    bed.cluster.node(2).resume();
    await until(
      async () => {
        const { R = 0, D = 0 } = await scene.states();
        return R === LONG && D >= QUICK;
      },
      { timeout: 10_000 },
    );
    // The copies that the node which stood still has given out are deleted, but for those of what runs.
    await until(
      async () => {
        const { ready, delayed, reserved } = await bed.copies(2, scene.tube);
        return ready + delayed + reserved <= LONG;
      },
      { timeout: 30_000 },
    );
    expect(scene.runs).toHaveLength(1 + LONG + QUICK);
    scene.gate.open();
    await bed.drained();
    expect(scene.runs).toHaveLength(1 + LONG + QUICK);
    expect(scene.doubled).toEqual([]);
    expect(scene.refused).toEqual([]);
    for (const times of scene.warned) expect(times).toBeLessThanOrEqual(2);
  });

  it('would let them run again, and twice at once, if it were told nothing (control)', async () => {
    jest.spyOn(RedisClaimStore.prototype, 'onLoss').mockImplementation(() => undefined);
    const scene = await busyScene();
    await bed.redis((redis) => redis.flushall());
    bed.cluster.node(2).resume();
    await until(() => scene.runs.length > 1 + LONG + QUICK, { timeout: 20_000 });
    await until(() => scene.doubled.length > 0, { timeout: 20_000 }).catch(() => undefined);
    scene.gate.open();
    await bed.drained();
    expect(scene.runs.length).toBeGreaterThan(1 + LONG + QUICK);
  });

  it('gives out what is due from then on without waiting', async () => {
    const scene = new LosingScene(bed);
    await scene.begun(['warm', 'long 0']);
    await bed.redis((redis) => redis.flushall());
    await until(async () => (await scene.states()).R === 1, { timeout: 10_000 });
    const producer = scene.apps[1]!.producer(scene.tube);
    const dueMs = Date.now() + 300;
    await producer.at('new', dueMs);
    await until(() => scene.runs.includes('new'));
    const late = scene.apps.flatMap((app) => app.runs.all).find(({ data }) => data === 'new')!.atMs - dueMs;
    expect(late).toBeLessThan(NO_TAKEOVER_MS / 2);
    scene.gate.open();
    await bed.drained();
    expect(scene.doubled).toEqual([]);
  });

  it('while a job with an id of its own is written, keeps the id taken', async () => {
    const scene = new LosingScene(bed);
    const producer = scene.apps[0]!.producer(scene.tube);
    jest.spyOn(RedisClaimStore.prototype, 'conclude').mockImplementationOnce(async function (
      this: RedisClaimStore,
      ...call
    ) {
      await bed.redis((redis) => redis.flushall());
      return this.conclude(...call);
    });
    const handle = await producer.delay('quick', '1h', { id: 'order-1' });
    await expect(producer.delay('quick', '1h', { id: 'order-1' })).rejects.toMatchObject({ state: 'scheduled' });
    expect(await producer.revoke(handle)).toBe('revoked');
    await bed.drained();
  });

  it('remembers dead letters, too', async () => {
    const scene = new LosingScene(bed);
    await scene.begun(['warm', 'dead 0']);
    await until(async () => (await scene.states()).X === 1);
    await bed.redis((redis) => redis.flushall());
    await until(async () => (await scene.states()).X === 1, { timeout: 10_000 });
    expect(await scene.apps[0]!.runtime.inspector.deleteAll(scene.tube)).toBe(1);
    await bed.drained();
  });
});

describe('a dead letter that was revived, and runs when Redis is emptied,', () => {
  it('is not told again to be dead by the process that it runs in', async () => {
    const scene = new LosingScene(bed);
    // The other one could not know that it was revived.
    await scene.apps[1]!.close();
    await scene.begun(['warm', 'revived']);
    await until(async () => (await scene.states()).X === 1);
    await until(async () => (await scene.apps[0]!.runtime.inspector.retryAll(scene.tube)) === 1);
    await until(() => scene.runs.length === 3);
    await bed.redis((redis) => redis.flushall());
    await until(() => scene.warned[0]! > 0, { timeout: 10_000 });
    await until(async () => (await scene.states()).D === 1);
    scene.gate.open();
    await bed.drained();
    expect(scene.refused).toEqual([]);
    expect(await scene.states()).toEqual({ D: 2 });
  });
});

describe('a connection that was cut, to a Redis that knows everything', () => {
  async function cut(user = ''): Promise<LosingScene> {
    const proxy = await bed.proxy(bed.cluster.redis);
    const scene = new LosingScene(bed, { redis: `redis://${user}${proxy.endpoint}` });
    await scene.begun(['warm']);
    proxy.cut();
    await until(() => proxy.connections >= 2);
    await scene.begun(['after']);
    await bed.drained();
    return scene;
  }

  it('is no loss', async () => {
    expect((await cut()).warned).toEqual([0, 0]);
  });

  it('counts as one where INFO is refused: nobody can tell', async () => {
    await bed.redis((redis) => redis.call('ACL', 'SETUSER', 'shop', 'reset', 'on', '>pass', '~*', '+@all', '-info'));
    const { warned } = await cut('shop:pass@');
    expect(Math.max(...warned)).toBeGreaterThan(0);
    await bed.redis((redis) => redis.call('ACL', 'DELUSER', 'shop'));
  });
});
