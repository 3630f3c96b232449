// Redis has lost recent writes of keys: what was replaced must not stand again, nor what has ended, since nothing is left of it to run.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { RedisClaimStore } from '../../lib/core/redis/redis-claim-store.js';
import { specBed } from '../support/spec-bed.js';
import { Gate } from '../support/gate.js';
import { TestBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = specBed(new TestBed());
afterEach(() => void jest.restoreAllMocks());

/** All that Redis knows, but for the mark by which it is seen that it lost something. */
const known = () =>
  bed.redis(async (redis) => {
    const names = (await redis.keys('dq:*')).filter((name) => !name.endsWith('#trial'));
    return Promise.all(names.map(async (name) => [name, (await redis.get(name))!] as const));
  });

async function comesBackWith(before: Awaited<ReturnType<typeof known>>): Promise<void> {
  await bed.redis(async (redis) => {
    const all = redis.multi().flushall();
    for (const [name, value] of before) all.set(name, value, 'PX', 700_000_000);
    await all.exec();
  });
}

describe('a Redis that comes back without its last second', () => {
  async function scene(lease = '20s') {
    const tube = bed.tube();
    const gate = new Gate();
    const app = bed.handling(tube, () => gate.opened, { lease, backoff: { type: 'fixed', delay: 50 } });
    const producer = app.producer(tube);
    await producer.delay('old', '1h', { key: 'order' });
    return { tube, gate, app, producer };
  }
  const standing = (data: string) => expect.objectContaining({ data });

  it.each([
    ['runs', '20s'],
    // It is renewed before anybody has found out.
    ['runs', '1s'],
    ['has ended', '20s'],
  ])(
    'has a job stand that %s, for a lease of %s, and not what it replaced, where the commit was lost',
    async (when, lease) => {
      const { gate, app, producer } = await scene(lease);
      let before: Awaited<ReturnType<typeof known>> = [];
      jest.spyOn(RedisClaimStore.prototype, 'commitKeys').mockImplementationOnce(async function (
        this: RedisClaimStore,
        ...call
      ) {
        before = await known();
        return this.commitKeys(...call);
      });
      const { id } = await producer.upsert('order', 'new', { delay: 0 });
      await until(() => app.runs.all.length === 1);
      expect(app.runs.all).toEqual([standing('new')]);
      if (when === 'has ended') {
        gate.open();
        await until(async () => (await producer.find('order')) === undefined);
      }
      expect(before.some(([, value]) => value.startsWith('dq1:B:'))).toBe(true);
      await comesBackWith(before);
      await until(
        async () => {
          const found = await producer.find('order');
          return when === 'runs' ? found?.id === id && found.state === 'running' : found === undefined;
        },
        { timeout: 10_000 },
      );
      gate.open();
      await until(async () => (await producer.find('order')) === undefined);
      await bed.drained();
      expect(app.runs.all).toEqual([standing('new')]);
    },
  );

  it('has no job stand that has ended since: its key is free', async () => {
    const { gate, app, tube, producer } = await scene();
    await producer.delay('new', 0, { key: 'order' });
    await until(() => app.runs.all.length === 1);
    const before = await known();
    gate.open();
    await until(async () => (await bed.redis((redis) => redis.exists(`dq:{${tube}}@order`))) === 0);
    await comesBackWith(before);
    await until(async () => (await bed.redis((redis) => redis.exists(`dq:{${tube}}@order`))) === 0, {
      timeout: 10_000,
    });
    await bed.drained();
    expect(app.runs.all).toEqual([standing('new')]);
  });
});
