// An id of the caller's own is refused for as long as its job waits, runs or is retried, however long that is.
import { afterEach, describe, expect, it } from '@jest/globals';
import { DqAgain, DqInspector } from 'nestjs-dq';
import { passInRedis } from '../support/redis-time.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { orderApp, type OrderApp } from '../testing/order-app.js';

const DAY_MS = 86_400_000;
const bed = testBed();

const fail = (): never => {
  throw new Error('the card was declined');
};

/** The claim and the admission of the only own id. */
async function keptFor(): Promise<{ readonly claim: number; readonly admission: number }> {
  const claims = await bed.claims();
  const ttl = (fits: (key: string) => boolean): number => claims.find(({ key }) => fits(key))?.ttl ?? 0;
  return { claim: ttl((key) => /#.+$/.test(key)), admission: ttl((key) => key.endsWith('#')) };
}

const waitsInRedis = (): Promise<unknown> =>
  until(async () => (await bed.claims()).some(({ value }) => value.startsWith('dq1:W:')));

describe('an own id is refused', () => {
  it.each([
    ['fails and is tried again after seven days', fail],
    ['asks to be run again in 30 days', () => new DqAgain('30d')],
  ])('while its job, which %s, waits for that', async (_what, handler) => {
    const { app, tube } = bed.running(handler, { backoff: { type: 'fixed', delay: '7d' } });
    const charge = (delay: number | string) => app.producer(tube).delay('charge', delay, { id: 'charge-42' });
    await charge(0);
    await waitsInRedis();
    await bed.redis((redis) => passInRedis(redis, 8 * DAY_MS));
    await expect(charge(0)).rejects.toMatchObject({ code: 'DQ_DUPLICATE_ID', state: 'retrying' });
    const { claim, admission } = await keptFor();
    expect(claim).toBeGreaterThan(0);
    expect(admission).toBeGreaterThan(claim - 5_000);
    await until(async () => (await bed.copiesOnEach()).every(({ delayed }) => delayed === 1));
    await bed.wipe();
  });

  it('while its job runs, which was started late and whose lease is renewed', async () => {
    const tube = bed.tube();
    let ends = (): void => {};
    const ended = new Promise<void>((resolve) => (ends = resolve));
    const producer = bed.app({ tubes: [tube], retention: '1h' }).producer(tube);
    await producer.delay('charge', 0, { id: 'charge-42' });
    // Nobody was there to run it for as long as it may be late.
    await bed.redis((redis) => passInRedis(redis, 3_600_000));
    const app = bed.app({ tubes: [tube], retention: '1h' }).consume(tube, () => ended, { lease: '1s' });
    await app.runs.next();
    const started = await keptFor();
    expect(started.admission).toBeGreaterThan(started.claim - 5_000);
    // A renewal is what brings it back.
    await bed.redis((redis) => passInRedis(redis, 5_400_000));
    await until(async () => (await keptFor()).admission > 7_000_000);
    await expect(producer.delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({ state: 'running' });
    ends();
    await bed.drained();
    await expect(producer.delay('charge', 0, { id: 'charge-42' })).rejects.toMatchObject({ state: 'done' });
  });

  it('while its job, whose consumer was killed, runs elsewhere', async () => {
    const tube = bed.tube();
    const killed = await bed.consumer([tube], { lease: '1s' });
    const producer = bed.app({ tubes: [tube] }).producer(tube);
    await producer.delay({ name: 'charge', act: 'wait' }, 0, { id: 'charge-42' });
    await killed.begins('charge');
    await killed.kill();
    const before = await keptFor();
    const app = bed.handling(tube, fail, { lease: '1s', backoff: { type: 'fixed', delay: '7d' } });
    expect((await app.runs.next(1, { timeout: 30_000 }))[0]!.attempt).toBe(2);
    await waitsInRedis();
    const after = await keptFor();
    expect(after.admission).toBeGreaterThan(before.admission + 6 * DAY_MS);
    await until(async () => (await bed.copiesOnEach()).every(({ delayed }) => delayed === 1));
    await bed.wipe();
  });

  it('while its job, a dead letter that an operator lets run again, waits and runs', async () => {
    const tube = bed.tube();
    let ends = (): void => {};
    const ended = new Promise<void>((resolve) => (ends = resolve));
    const app = bed.handling(tube, (_, { attempt }) => (app.runs.all.length > 1 ? ended : attempt === 1 && fail()), {
      attempts: 1,
    });
    const charge = () => app.producer(tube).delay('charge', '1h', { id: 'charge-42' });
    await app.producer(tube).delay('charge', 0, { id: 'charge-42' });
    await app.event('copy-buried', 3);
    // By now the id is free: a dead letter lies there for a year.
    await bed.redis((redis) => passInRedis(redis, 8 * DAY_MS));
    expect(await app.runtime.inspector.retry(tube, 'charge-42')).toBe(true);
    await expect(charge()).rejects.toMatchObject({ code: 'DQ_DUPLICATE_ID' });
    await app.runs.next(2);
    await expect(charge()).rejects.toMatchObject({ state: 'running' });
    ends();
    await bed.drained();
    await expect(charge()).rejects.toMatchObject({ state: 'done' });
    expect(app.runs.all).toHaveLength(2);
  });

  it('and costs a job without one nothing: no key, and no command more', async () => {
    const { app, tube } = bed.running(fail, { backoff: { type: 'fixed', delay: '7d' } });
    await app.producer(tube).delay('charge', 0);
    await waitsInRedis();
    expect((await bed.claims()).map(({ key }) => key)).toEqual([expect.stringMatching(/^dq:\{tube-\d+\}:[^#]+$/)]);
    await until(async () => (await bed.copiesOnEach()).every(({ delayed }) => delayed === 1));
    await bed.wipe();
  });
});

describe('an own id is refused under virtual time', () => {
  let app: OrderApp;
  afterEach(() => app.module.close());

  it.each([
    ['fails and is tried again after seven days', fail],
    ['asks to be run again in 30 days', () => new DqAgain('30d')],
  ])('eight days after its job, which %s, was due', async (_what, handler) => {
    app = await orderApp(handler, { defaults: { backoff: { type: 'fixed', delay: '7d' } } });
    const charge = () => app.orders.delay('charge', 0, { id: 'charge-42' });
    await charge();
    // Failed for the second time, and the third is six days away.
    await app.dq.advance('8d');
    await expect(charge()).rejects.toMatchObject({ code: 'DQ_DUPLICATE_ID', state: 'retrying' });
    // The control: once its job is over it is free, when the retention is.
    await app.dq.advance('400d');
    await app.dq.advance('400d');
    if (handler === fail) await charge();
  });

  it('a month after its dead letter was let run again', async () => {
    let luck = false;
    app = await orderApp(() => (luck ? new DqAgain('30d') : fail()), { defaults: { attempts: 1 } });
    const charge = () => app.orders.delay('charge', 0, { id: 'charge-42' });
    await charge();
    await app.dq.advance('20d');
    luck = true;
    expect(await app.module.get(DqInspector).retry('orders', 'charge-42')).toBe(true);
    await app.dq.advance('29d');
    await expect(charge()).rejects.toMatchObject({ code: 'DQ_DUPLICATE_ID', state: 'retrying' });
  });
});
