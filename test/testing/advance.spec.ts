import { describe, expect, it, jest } from '@jest/globals';
import { VirtualClock } from '../../lib/testing/virtual-clock.js';
import { type Doing, OrderApps, START } from './order-app.js';

const apps = new OrderApps();
const { open } = apps;

describe('virtual time', () => {
  it('stands still until it is moved, and nothing runs meanwhile', async () => {
    const { dq, orders, runs } = await open();
    await orders.delay('now', 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(runs).toEqual([]);
    expect(dq.now()).toBe(START);
    expect(dq.scheduled('orders')).toMatchObject([{ data: 'now', state: 'scheduled' }]);
    await dq.advance(0);
    expect(runs).toEqual(['"now"@0']);
    expect(dq.completed('orders')).toHaveLength(1);
  });

  it.each([1, 999, 1_000, 1_001, 1_500, 1_999, 2_000, 2_001, 60_000, 1_800_000, 604_800_000])(
    'runs a job of %i ms at its millisecond and not before',
    async (ms) => {
      const { dq, orders, runs } = await open();
      await orders.delay('it', ms);
      await dq.advance(ms - 1);
      expect(runs).toEqual([]);
      await dq.advance(1);
      expect(runs).toEqual([`"it"@${ms}`]);
      expect(dq.scheduled()).toEqual([]);
    },
  );

  it('runs what falls due in order, each at its own moment', async () => {
    const { dq, orders, runs } = await open();
    const delays = [5_000, 10, 2_010, 2_005, 2_000, 1_999, 3, 3_600_000, 5_001, 4_990];
    for (const ms of delays) await orders.delay(ms, ms);
    await dq.advance('1d');
    expect(runs).toEqual(delays.toSorted((a, b) => a - b).map((ms) => `${ms}@${ms}`));
    expect(dq.now()).toBe(START + 86_400_000);
  });

  it('runs a job that is scheduled while a lane has just been busy', async () => {
    const { dq, orders, runs } = await open();
    await orders.delay('first', 3_000);
    for (const at of [1, 2, 5, 7, 13, 40]) {
      await dq.advance(at);
      await orders.delay(at, 0);
      await dq.advance(0);
    }
    expect(runs).toEqual(['1@1', '2@3', '5@8', '7@15', '13@28', '40@68']);
  });

  it('runs a job at its millisecond when another one is due a millisecond later', async () => {
    const { dq, orders, runs } = await open();
    await dq.advance(1);
    await orders.delay('later', 2_000);
    await dq.advance(999);
    await orders.delay('sooner', 1_000);
    await dq.advance(1_000);
    expect(runs).toEqual(['"sooner"@2000']);
  });

  it.each([1, 2, 10])('keeps the order of jobs of one moment, with concurrency %i', async (concurrency) => {
    const { dq, orders, runs } = await open(undefined, { defaults: { concurrency } });
    const numbers = Array.from({ length: 40 }, (_, at) => at);
    for (const number of numbers) await orders.delay(number, '1m');
    await dq.advance('1m');
    expect(runs).toEqual(numbers.map((number) => `${number}@60000`));
  });

  it('runs one after the other with concurrency 1, and many at once otherwise', async () => {
    const most = async (concurrency: number): Promise<number> => {
      let running = 0;
      let most = 0;
      const doing: Doing = async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      };
      const { dq, orders, module } = await open(doing, { defaults: { concurrency } });
      await orders.delayMany([1, 2, 3, 4].map((data) => ({ data, delay: 5 })));
      await dq.advance(5);
      await module.close();
      return most;
    };
    expect([await most(1), await most(3), await most(10)]).toEqual([1, 3, 4]);
  });

  it('goes on with what handlers schedule within the same time', async () => {
    const { dq, runs, orders } = await open(async (data) => {
      if (Number(data) < 3) await apps.app.orders.delay(Number(data) + 1, '10s');
      else if (data === 3) await apps.app.orders.delay('late', 1_001);
    });
    await orders.delay(0, 0);
    await dq.advance('31s');
    expect(runs).toEqual(['0@0', '1@10000', '2@20000', '3@30000']);
    expect(dq.scheduled('orders')).toMatchObject([{ data: 'late', nextAt: new Date(START + 31_001) }]);
    await dq.advance(1);
    expect(runs).toHaveLength(5);
  });

  it('waits for handlers that take real time', async () => {
    const { dq, orders, runs } = await open(async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      runs.push('after');
    });
    await orders.delay('slow', 7);
    await dq.advance(7);
    expect(runs).toEqual(['"slow"@7', 'after']);
    expect(dq.now()).toBe(START + 7);
  });

  it('passes a year with a few jobs in a few steps', async () => {
    const { dq, orders, runs } = await open();
    for (const days of [1, 30, 180, 364]) await orders.delay(days, `${days}d`);
    const steps = jest.spyOn(VirtualClock.prototype, 'pass');
    await dq.advance('365d');
    expect(steps.mock.calls.length).toBeLessThan(100);
    steps.mockRestore();
    expect(runs).toHaveLength(4);
  });
});
