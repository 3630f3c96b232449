import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { DqClosedError, DqProducer } from 'nestjs-dq';
import {
  DqEndlessError,
  DqNotInitializedError,
  DqStillRunningError,
  DqTestBusyError,
  DqTesting,
  DqTestingModule,
  DqTestTimeError,
} from 'nestjs-dq/testing';
import { failOnLeaks } from '../support/leaks.js';
import { OrderApps, START } from './order-app.js';

const apps = new OrderApps();
const { open } = apps;
failOnLeaks();

const never = (): Promise<never> => new Promise(() => {});

describe('time that is moved', () => {
  it('names the handlers that do not end, and the module still closes', async () => {
    const { dq, orders } = await open(never, {}, { patience: 30 });
    await orders.delay('it', 5, { id: 'one' });
    const error: unknown = await dq.advance('1h').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DqStillRunningError);
    expect((error as Error).message).toContain('Orders.run of tube "orders" (job one, attempt 1)');
    expect(dq.now()).toBe(START + 5);
    expect(dq.jobs()).toMatchObject([{ state: 'running' }]);
    await expect(dq.advance(1)).rejects.toBeInstanceOf(DqStillRunningError);
  });

  it('waits longer when it is asked to', async () => {
    const { dq, orders } = await open(() => new Promise((resolve) => setTimeout(resolve, 60)), {}, { patience: 10 });
    await orders.delay('it', 0);
    expect(await dq.advance(0, { patience: '5s' })).toMatchObject({ completed: 1 });
  });

  it('refuses a second call while the first is under way, a handler’s too', async () => {
    const { dq, orders } = await open(() => apps.app.dq.advance(1));
    await orders.delay('it', 0);
    const first = dq.advance(999);
    await expect(dq.drain()).rejects.toBeInstanceOf(DqTestBusyError);
    expect((await first).errors).toEqual([expect.any(DqTestBusyError)]);
    expect(dq.now()).toBe(START + 999);
  });

  it('never goes back', async () => {
    const { dq } = await open();
    await dq.advanceTo(new Date(START + 10));
    for (const wrong of [START + 9, Number.NaN, 0.5]) {
      await expect(dq.advanceTo(wrong)).rejects.toBeInstanceOf(DqTestTimeError);
    }
    for (const wrong of [-1, 'soon', Infinity, 8_640_000_000_000_000]) {
      await expect(dq.advance(wrong)).rejects.toBeInstanceOf(DqTestTimeError);
    }
    expect(dq.now()).toBe(START + 10);
  });

  it.each(['0s', '1h'])('ends with an error when a job schedules itself for ever, after %s', async (delay) => {
    const { dq, orders, runs } = await open(async () => void (await apps.app.orders.delay('next', delay)));
    await orders.delay('first', delay);
    await expect(dq.drain({ limit: 50 })).rejects.toBeInstanceOf(DqEndlessError);
    expect(runs.length).toBeGreaterThanOrEqual(50);
    expect(runs.length).toBeLessThan(62);
    // A job each hour is fine for as long as it is asked for.
    if (delay === '1h') expect((await dq.advance('1d')).completed).toBeGreaterThanOrEqual(24);
  });

  it('needs an initialized module, but looking does not', async () => {
    await open();
    const module = await Test.createTestingModule({ imports: [DqTestingModule.forRoot()] }).compile();
    const dq = module.get(DqTesting);
    await module.get(DqProducer).delay('it', '1m');
    expect(dq.scheduled('dq-default')).toHaveLength(1);
    for (const call of [dq.advance(1), dq.drain(), dq.run('dq-default', 1)]) {
      await expect(call).rejects.toBeInstanceOf(DqNotInitializedError);
    }
    await module.close();
  });

  it('ends with an error when the module is closed', async () => {
    const { dq, orders, module } = await open(async () => {
      void closing();
      await new Promise((resolve) => setTimeout(resolve, 10));
    });
    const closing = (): Promise<void> => module.close();
    await orders.delay('it', 0);
    await expect(dq.advance('1h')).rejects.toBeInstanceOf(DqClosedError);
    await module.close();
    await expect(dq.advance(1)).rejects.toBeInstanceOf(DqClosedError);
    await expect(orders.delay('it', 0)).rejects.toBeInstanceOf(DqClosedError);
  });

  it('shows what handlers threw', async () => {
    const fault = new TypeError('not a function');
    const { dq, orders } = await open(() => Promise.reject(fault), { defaults: { attempts: 1 } });
    await orders.delay('it', 0);
    expect((await dq.advance(0)).errors[0]).toBe(fault);
    expect(dq.failed('orders')[0]?.errors[0]).toBe(fault);
  });
});
