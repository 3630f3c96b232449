import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { DqDateTakenError, DqStillRunningError } from 'nestjs-dq/testing';
import { orderApp, type OrderApp, START } from './order-app.js';

let app: OrderApp | undefined;

afterEach(async () => {
  await app?.module.close();
  app = undefined;
  jest.useRealTimers();
});

describe('the fake timers of a test framework', () => {
  it.each(['before', 'after'])('do no harm when they are put in %s the module is made', async (order) => {
    if (order === 'before') jest.useFakeTimers();
    app = await orderApp(() => Promise.resolve());
    if (order === 'after') jest.useFakeTimers();
    const { dq, orders, runs } = app;
    const handle = await orders.delay('revoked', '1h');
    await orders.delay('it', '30m');
    expect(await orders.revoke(handle)).toBe('revoked');
    await dq.advance('2h');
    expect(runs).toEqual(['"it"@1800000']);
    await app.module.close();
  });

  it('are named where a handler waits for them', async () => {
    jest.useFakeTimers();
    app = await orderApp(() => new Promise((resolve) => setTimeout(resolve, 5)), {}, { patience: 20 });
    await app.orders.delay('it', 0);
    const error: unknown = await app.dq.advance(0).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DqStillRunningError);
    expect((error as Error).message).toContain('a fake timer');
    await jest.advanceTimersByTimeAsync(5);
    expect(await app.dq.advance(0)).toMatchObject({ completed: 1 });
  });

  it('can be told virtual time', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
    const seen: number[] = [];
    app = await orderApp(() => void seen.push(Date.now()), {}, { date: (now) => jest.setSystemTime(now) });
    await app.orders.delay('it', '30m');
    await app.dq.advance('1h');
    expect([...seen, Date.now()]).toEqual([START + 1_800_000, START + 3_600_000]);
  });
});

describe('the global Date', () => {
  it('is left alone unless it is asked for', async () => {
    const before = Date;
    app = await orderApp();
    await app.dq.advance('30d');
    expect(Date).toBe(before);
    expect(Date.now()).toBeLessThan(app.dq.now() + 365 * 86_400_000 * 100);
  });

  it('tells virtual time until the module is closed', async () => {
    const before = Date;
    const seen: unknown[] = [];
    app = await orderApp(() => void seen.push(Date.now(), new Date(), Date()), {}, { date: true });
    const { dq, orders, runs } = app;
    await orders.at('it', Date.now() + 1_800_000);
    await dq.advance('1h');
    expect(runs).toEqual(['"it"@1800000']);
    expect(seen).toEqual([START + 1_800_000, new Date(START + 1_800_000), new before(START + 1_800_000).toString()]);
    expect(new Date()).toBeInstanceOf(before);
    expect(new Date(5).getTime()).toBe(5);
    expect(Date.UTC(1970, 0, 1)).toBe(0);
    class Later extends Date {}
    expect([new Later() instanceof Later, +new Later()]).toEqual([true, START + 3_600_000]);
    await expect(orderApp(undefined, {}, { date: true })).rejects.toBeInstanceOf(DqDateTakenError);
    await app.module.close();
    expect(Date).toBe(before);
  });
});
