import { afterEach, expect, it } from '@jest/globals';
import { DqAgain, DqInspector } from 'nestjs-dq';
import { orderApp, type OrderApp, START } from './order-app.js';

let app: OrderApp;

afterEach(async () => {
  await app.module.close();
});

it('a handler pauses its tube and waits for that; what is due meanwhile runs after the pause', async () => {
  let limited = true;
  app = await orderApp(async () => {
    if (!limited) return undefined;
    limited = false;
    const pause = await app.module.get(DqInspector).pause('orders', { for: '30s', reason: '429' });
    expect(pause).toMatchObject({ since: new Date(START + 1_000), until: new Date(START + 31_000) });
    return new DqAgain('30s');
  });
  await app.orders.delay('first', '1s');
  await app.orders.delay('second', '5s');
  expect(await app.dq.advance('30s')).toMatchObject({ completed: 0, errors: [] });
  expect(await app.dq.advance('5s')).toMatchObject({ completed: 2, errors: [] });
  const [first, ...later] = app.runs;
  expect([first, new Set(later.map((run) => run.split('@')[0]))]).toEqual([
    '"first"@1000',
    new Set(['"first"', '"second"']),
  ]);
});

it('between two moves a tube is paused and resumed at once', async () => {
  app = await orderApp();
  const inspector = app.module.get(DqInspector);
  await inspector.pause('orders');
  await app.orders.delay('it', 0);
  await app.dq.advance('1h');
  expect(app.runs).toEqual([]);
  await inspector.resume('orders');
  await app.dq.advance(0);
  expect(app.runs).toEqual([`"it"@${60 * 60_000}`]);
});
