// What became of the job of an own id is told to whoever asks for that id again, for as long as it is taken.
import { afterEach, describe, expect, it } from '@jest/globals';
import { passInRedis } from '../support/redis-time.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { orderApp, type OrderApp } from '../testing/order-app.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const bed = testBed();

const fail = (): never => {
  throw new Error('the card was declined');
};
const pass = (ms: number): Promise<void> => bed.redis((redis) => passInRedis(redis, ms));
/** Waits until the claim store has heard that all copies of what is done are gone. */
const accounted = (jobs: number): Promise<unknown> =>
  until(async () => {
    const done = (await bed.claims()).filter(({ value }) => value.startsWith('dq1:D:'));
    return done.length === jobs && done.every(({ ttl }) => ttl <= HOUR_MS);
  });

describe('asked for again, an own id says', () => {
  it.each([
    ['two hours', 2 * HOUR_MS],
    ['six days', 6 * DAY_MS],
  ])('done, %s after its job has run', async (_when, ms) => {
    const { app, tube } = bed.running();
    const dueMs = Date.now() + 100;
    await app.producer(tube).at('charge', dueMs, { id: 'charge-42' });
    await bed.drained();
    await accounted(1);
    await pass(ms);
    // Nothing else is left of it.
    expect((await bed.claims()).map(({ key }) => key)).toEqual([`dq:{${tube}}:charge-42#`]);
    await expect(app.producer(tube).delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({
      code: 'DQ_DUPLICATE_ID',
      state: 'done',
      dueAt: new Date(dueMs),
    });
    // The control: it is free when its time is over.
    await pass(2 * DAY_MS + 7 * DAY_MS);
    await app.producer(tube).delay('charge', 0, { id: 'charge-42' });
    await app.runs.next(2);
    await bed.drained();
  });

  it('done, after a revoke by its handle as well, which says the same', async () => {
    const { app, tube } = bed.running();
    const handle = await app.producer(tube).delay('charge', 100, { id: 'charge-42' });
    await bed.drained();
    await accounted(1);
    await pass(2 * HOUR_MS);
    expect(await app.producer(tube).revoke(handle)).toBe('done');
    await expect(app.producer(tube).delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({ state: 'done' });
  });

  it('revoked, six days after its job was taken back', async () => {
    const { app, tube } = bed.running();
    const handle = await app.producer(tube).delay('charge', '1h', { id: 'charge-42' });
    expect(await app.producer(tube).revoke(handle)).toBe('revoked');
    await bed.drained();
    await pass(6 * DAY_MS);
    await expect(app.producer(tube).delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({
      state: 'revoked',
    });
  });

  it('dead, six days after its job was given up', async () => {
    const { app, tube } = bed.running(fail, { attempts: 1 });
    await app.producer(tube).delay('charge', 0, { id: 'charge-42' });
    await app.event('copy-buried', 3);
    await pass(6 * DAY_MS);
    await expect(app.producer(tube).delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({ state: 'dead' });
    await bed.wipe();
  });

  it("that its job is over, once a revoke has seen that Go's Revoke had deleted its copies", async () => {
    const { producer, tube } = bed.idle();
    const handle = await producer.delay('charge', '1h', { id: 'charge-42' });
    await until(async () => (await bed.copiesOnEach(tube)).every(({ delayed }) => delayed === 1));
    const copies = handle.split(',').slice(0, -1);
    // As Go's does it: by number, and nothing is said to Redis. A handle may name two of three.
    for (const [at, node] of bed.cluster.nodes.entries())
      await bed.raw(at, async (client) => {
        const named = copies.find((copy) => copy.startsWith(`${node.endpoint}/`));
        const number = named === undefined ? (await client.peekNext('delayed', tube))!.id : Number(named.split('/')[2]);
        expect(await client.delete(number)).toBe(true);
      });
    expect(await producer.revoke(handle)).toBe('done');
    for (const ms of [0, 2 * HOUR_MS]) {
      await pass(ms);
      await expect(producer.delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({ state: 'revoked' });
    }
  });

  it('done, when its producer was killed before it had told that the job is written', async () => {
    const { app, tube } = bed.running();
    await app.producer(tube).delay('charge', 500, { id: 'charge-42' });
    // What a producer leaves that dies between the write and its word to Redis.
    await bed.redis(async (redis) => {
      const key = `dq:{${tube}}:charge-42#`;
      const [, , generation, due] = (await redis.get(key))!.split(':');
      await redis.set(key, `dq1:P:${generation}:${due}:${Date.now() - 11_000}`, 'KEEPTTL');
    });
    await bed.drained();
    await accounted(1);
    await pass(2 * HOUR_MS);
    await expect(app.producer(tube).delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({ state: 'done' });
    expect(app.runs.all).toHaveLength(1);
  });
});

describe('embedded, and under virtual time, it says', () => {
  let app: OrderApp | undefined;
  afterEach(async () => {
    await app?.module.close();
    app = undefined;
  });

  it.each(['2h', '6d'])('done, %s after its job has run', async (when) => {
    app = await orderApp();
    const { orders, dq } = app;
    await orders.delay('charge', 0, { id: 'charge-42' });
    await dq.advance(when);
    await expect(orders.delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({ state: 'done' });
    // The control: it is free when its time is over.
    await dq.advance('8d');
    await orders.delay('charge', 0, { id: 'charge-42' });
    await dq.advance(0);
    expect(dq.completed('orders')).toHaveLength(2);
  });

  it('revoked, six days after its job was taken back', async () => {
    app = await orderApp();
    const { orders, dq } = app;
    await orders.revoke(await orders.delay('charge', '1h', { id: 'charge-42' }));
    await dq.advance('6d');
    await expect(orders.delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({ state: 'revoked' });
  });
});
