import { beforeEach, describe, expect, it } from '@jest/globals';
import { DqHandlerError, DqOptionsError } from 'nestjs-dq';
import { dqMatchers, type DqMatchers } from 'nestjs-dq/testing';
import { OrderApps, START } from './order-app.js';

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>> extends DqMatchers<R> {}
}

expect.extend(dqMatchers);

const apps = new OrderApps();

beforeEach(async () => {
  await apps.open((data) => {
    if (data === 'bad') throw new Error('no');
  });
});

describe('matchers', () => {
  it('see what was scheduled', async () => {
    const { dq, orders } = apps.app;
    await orders.delay({ id: 7, items: ['a'] }, '30m', { id: 'one', headers: { a: 'b' }, priority: 'low' });
    expect(dq).toHaveScheduled('orders');
    expect(dq).toHaveScheduled('orders', { data: { id: 7, items: ['a'] }, in: '30m', times: 1 });
    expect(dq).toHaveScheduled('orders', { data: expect.objectContaining({ id: 7 }), at: new Date(START + 1_800_000) });
    expect(dq).toHaveScheduled('orders', { id: 'one', headers: { a: 'b' }, priority: 'low', attempt: 0 });
    expect(dq).not.toHaveScheduled('orders', { in: '29m' });
    expect(dq).not.toHaveScheduled('orders', { data: { id: 7 } });
    expect(dq).toHaveScheduled('dq-default', { times: 0 });
    await dq.advance('10m');
    expect(dq).toHaveScheduled('orders', { in: '20m' });
  });

  it('see what became of it', async () => {
    const { dq, orders } = apps.app;
    await orders.revoke(await orders.delay('revoked', '1h'));
    await orders.delay('good', 0);
    await orders.delay('bad', 0, { attempts: 2 });
    await dq.drain();
    expect(dq).toHaveRevoked('orders', { data: 'revoked', times: 1 });
    expect(dq).toHaveCompleted('orders', { data: 'good', attempt: 1 });
    expect(dq).toHaveFailed('orders', { data: 'bad' });
    expect(dq).toHaveDead('orders', { data: 'bad', attempt: 2, reason: 'failed: no' });
    expect(dq).not.toHaveScheduled('orders');
  });

  it('say what there is instead', async () => {
    const { dq, orders } = apps.app;
    expect(() => expect(dq).toHaveScheduled('orders')).toThrow(
      'Expected a scheduled job of tube "orders", got 0.\nNo job of tube "orders" is scheduled.',
    );
    await orders.delay({ id: 7 }, '30m', { id: 'one' });
    expect(() => expect(dq).toHaveScheduled('orders', { in: '1h' })).toThrow(
      `Expected a scheduled job of tube "orders" with { in: '1h' }, got 0.\nAll scheduled jobs of tube "orders":\n` +
        '  one: scheduled, 2026-01-01T00:30:00.000Z, in 30m (1800000 ms), attempt 0, data { id: 7 }',
    );
    expect(() => expect(dq).not.toHaveScheduled('orders', { data: { id: 7 } })).toThrow(
      'Expected not a scheduled job of tube "orders" with { data: { id: 7 } }, got 1.',
    );
  });

  it('refuse what would let a test pass by mistake', () => {
    const { dq } = apps.app;
    expect(() => expect(dq).not.toHaveScheduled('order')).toThrow(DqHandlerError);
    expect(() => expect(dq).not.toHaveScheduled('orders', { dat: 1 } as never)).toThrow(DqOptionsError);
    expect(() => expect(dq).not.toHaveScheduled('orders', { in: 'soon' })).toThrow(DqOptionsError);
    expect(() => expect({}).not.toHaveScheduled('orders')).toThrow(DqOptionsError);
  });

  it('are plain functions', async () => {
    const { dq, orders } = apps.app;
    await orders.delay({ id: 7 }, 5);
    expect(dqMatchers.toHaveScheduled(dq, 'orders', { data: { id: 7 } }).pass).toBe(true);
    expect(dqMatchers.toHaveScheduled(dq, 'orders', { data: { id: 8 } })).toMatchObject({
      pass: false,
      message: expect.any(Function),
    });
  });
});
