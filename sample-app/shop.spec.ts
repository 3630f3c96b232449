// The shop as its customers see it, over HTTP; nestjs-dq/testing stands for its servers and for time.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DqClaimStoreError, DqInspector, DqProducer, getDqProducerToken } from 'nestjs-dq';
import { DqTesting, useDqTesting } from 'nestjs-dq/testing';
import { orderThatBounces } from '../scripts/demo.mjs';
import { type Census, countResources, expectNoLeaks } from '../test/support/leaks.js';
import { AppModule } from './app.module.js';
import { Mailer } from './orders/mailer.js';
import { NightlyReport, type Report } from './orders/nightly-report.js';
import { OrderDeadlines } from './orders/order-deadlines.js';
import { ORDER_CANCELLATIONS, ORDER_CONFIRMATIONS, ORDER_REMINDERS } from './orders/order-job.js';
import type { OrderStatus } from './orders/order.js';
import { OrderStore } from './orders/order-store.js';

/** An answer's body, be it an order or an error. */
interface Answer {
  readonly id: string;
  readonly status: OrderStatus;
  readonly remindAt: string;
  readonly cancelAt: string;
  readonly remindedAt?: string;
  readonly cancelledAt?: string;
  readonly email?: string;
  readonly message?: string;
}

let before: Census;
let app: INestApplication;
let dq: DqTesting;
let shop: string;

beforeEach(async () => {
  before = countResources();
  // As in production; nobody is contacted there.
  const queue = { beanstalks: ['10.0.0.1:11300', '10.0.0.2:11300', '10.0.0.3:11300'], redis: 'redis://10.0.0.9:6379' };
  const settings = { queue, port: 0, deadlines: new OrderDeadlines(900_000, 1_800_000) };
  const builder = Test.createTestingModule({ imports: [AppModule.with(settings)] });
  // The shop reckons with Date.now(), so Date follows. No night comes in the hours that most tests let go by.
  const testing = await useDqTesting(builder, { date: true, now: Date.parse('2030-01-07T08:00:00Z') }).compile();
  dq = testing.get(DqTesting);
  app = testing.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  shop = await app.getUrl();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
  await expectNoLeaks(before);
});

async function ask(
  method: 'GET' | 'PATCH' | 'POST',
  path: string,
  body?: string,
): Promise<{ code: number; answer: Answer }> {
  const json = { headers: { 'content-type': 'application/json' }, body };
  const response = await fetch(`${shop}${path}`, body === undefined ? { method } : { method, ...json });
  return { code: response.status, answer: (await response.json()) as Answer };
}

async function place(): Promise<Answer> {
  const { code, answer } = await ask('POST', '/orders', '{"item":"book","price":12}');
  expect(code).toBe(201);
  return answer;
}

const get = async (id: string): Promise<Answer> => (await ask('GET', `/orders/${id}`)).answer;
const pay = (id: string) => ask('POST', `/orders/${id}/pay`);

/** Copies of the shop's jobs on all nodes, whatever their state. */
async function copiesLeft(): Promise<number> {
  const inspector = app.get(DqInspector, { strict: false });
  const tubes = await Promise.all([ORDER_REMINDERS, ORDER_CANCELLATIONS].map((tube) => inspector.counts(tube)));
  return tubes
    .flat()
    .map(({ scheduled, ready, running, dead }) => scheduled + ready + running + dead)
    .reduce((sum, count) => sum + count, 0);
}

describe('an order', () => {
  it('is followed by a reminder, and cancelled when its time is up', async () => {
    const { id, status, remindAt, cancelAt } = await place();
    expect(status).toBe('placed');
    expect(dq.scheduled(ORDER_REMINDERS)).toMatchObject([{ data: { orderId: id }, dueAt: new Date(remindAt) }]);
    expect(dq.scheduled(ORDER_CANCELLATIONS)).toMatchObject([{ data: { orderId: id }, dueAt: new Date(cancelAt) }]);

    await dq.advance('15m');
    expect(await get(id)).toMatchObject({ status: 'placed', remindedAt: remindAt });
    await dq.advance(899_999);
    expect(await get(id)).toMatchObject({ status: 'placed' });
    await dq.advance(1);
    expect(await get(id)).toMatchObject({ status: 'cancelled', cancelledAt: cancelAt });
    expect(await copiesLeft()).toBe(0);
  });

  it('is left alone when it is paid, while another one is cancelled', async () => {
    const [paid, unpaid] = [await place(), await place()];
    const { code, answer } = await pay(paid.id);
    expect(code).toBe(200);
    expect(answer).toMatchObject({ status: 'paid' });
    expect(dq.revoked().map(({ data }) => data)).toEqual([{ orderId: paid.id }, { orderId: paid.id }]);

    expect(await dq.advance('2h')).toMatchObject({ completed: 2, errors: [] });
    expect(await get(unpaid.id)).toMatchObject({ status: 'cancelled' });
    expect(await get(paid.id)).toMatchObject({ status: 'paid' });
    expect(await get(paid.id)).not.toHaveProperty('remindedAt');
    expect(await copiesLeft()).toBe(0);
  });

  it('can be paid between its reminder and its end', async () => {
    const { id } = await place();
    await dq.advance('20m');
    expect((await pay(id)).answer).toMatchObject({ status: 'paid' });
    expect(dq.revoked()).toMatchObject([{ tube: ORDER_CANCELLATIONS, key: id }]);
    expect(await dq.drain()).toMatchObject({ completed: 0, errors: [] });
    expect(await get(id)).toMatchObject({ status: 'paid' });
  });

  it('cannot be paid any more once it is cancelled', async () => {
    const { id } = await place();
    await dq.drain();
    const { code, answer } = await pay(id);
    expect(code).toBe(409);
    expect(answer.message).toContain(`Order ${id} cannot be paid any more: it was cancelled`);
  });

  it('is paid, and stays so, when the customer is a moment quicker than the cancellation that runs', async () => {
    const store = app.get(OrderStore, { strict: false });
    const changePlaced = store.changePlaced.bind(store);
    const payments: Awaited<ReturnType<typeof pay>>[] = [];
    jest.spyOn(store, 'changePlaced').mockImplementation(async (id, change) => {
      if (change.status === 'cancelled') payments.push(await pay(id));
      return changePlaced(id, change);
    });

    const { id } = await place();
    await dq.advance('30m');
    expect(payments).toMatchObject([{ code: 200, answer: { status: 'paid' } }]);
    expect(await get(id)).toMatchObject({ status: 'paid' });
    expect(dq.completed(ORDER_CANCELLATIONS)).toHaveLength(1);
  });

  it('is cancelled a second later when the store failed at its time', async () => {
    const { id } = await place();
    await dq.advance('20m');
    const store = app.get(OrderStore, { strict: false });
    jest.spyOn(store, 'changePlaced').mockRejectedValueOnce(new Error('the database is away'));
    expect((await dq.advance('10m')).errors).toEqual([new Error('the database is away')]);
    expect(await get(id)).toMatchObject({ status: 'placed' });
    await dq.advance('1s');
    expect(await get(id)).toMatchObject({ status: 'cancelled' });
  });
});

describe('a confirmation', () => {
  const mails = () => [...app.get(Mailer, { strict: false }).sent.values()].map(({ to }) => to);

  it('is mailed to a customer who left an address, a second later', async () => {
    await place();
    await ask('POST', '/orders', '{"item":"book","price":12,"email":"ann@example.org"}');
    await dq.advance('1s');
    expect(mails()).toEqual(['ann@example.org']);
  });

  it('that bounces is a dead letter, again when it is retried, and is mailed once its address is mended', async () => {
    const mend = await orderThatBounces(shop, new AbortController().signal);
    await dq.advance('1s');
    const [letter] = dq.dead(ORDER_CONFIRMATIONS);
    expect(letter).toMatchObject({ reason: expect.stringContaining('nobody has the address ann@customers.invalid') });
    const inspector = app.get(DqInspector, { strict: false });
    await inspector.retry(ORDER_CONFIRMATIONS, letter!.id);
    await dq.drain();
    expect(dq.dead(ORDER_CONFIRMATIONS)).toHaveLength(1);

    const [, path = '', body] = /(\/orders\/\w+) .*'(.+)'$/.exec(mend) ?? [];
    expect(await ask('PATCH', path, body)).toMatchObject({ code: 200, answer: { email: 'ann@customers.example' } });
    await inspector.retry(ORDER_CONFIRMATIONS, letter!.id);
    await dq.drain();
    expect(dq.dead(ORDER_CONFIRMATIONS)).toEqual([]);
    expect(mails()).toEqual(['ann@customers.example']);
  });

  it.each(['ann', 'ann@', 'ann@example.org\\n', ''])('is refused to the address "%s"', async (email) => {
    const { id } = await place();
    for (const answer of [
      await ask('POST', '/orders', `{"item":"book","price":12,"email":"${email}"}`),
      await ask('PATCH', `/orders/${id}`, `{"email":"${email}"}`),
    ]) {
      expect(answer).toMatchObject({ code: 400, answer: { message: expect.stringContaining('Expected email') } });
    }
    expect(await ask('PATCH', '/orders/none', '{"email":"ann@example.org"}')).toMatchObject({ code: 404 });
  });
});

it('the dashboard is beside the orders', async () => {
  const response = await fetch(`${shop}/dq`);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const tubes = (await (await fetch(`${shop}/dq/api/tubes`)).json()) as { readonly tubes: { readonly name: string }[] };
  expect(tubes.tubes.map(({ name }) => name)).toContain(ORDER_CONFIRMATIONS);
});

describe('an order, whatever the time,', () => {
  it('is shown by its id and in the list', async () => {
    const placed = await place();
    expect(Object.keys(placed).toSorted()).toEqual([
      'cancelAt',
      'id',
      'item',
      'placedAt',
      'price',
      'remindAt',
      'status',
    ]);
    expect(await get(placed.id)).toEqual(placed);
    expect((await ask('GET', '/orders')).answer).toEqual([placed]);
  });

  it('is paid once, by whoever asks first', async () => {
    const { id } = await place();
    const answers = await Promise.all([pay(id), pay(id)]);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set([200, 409]));
    expect((await pay(id)).answer.message).toBe(`Order ${id} is paid already.`);
  });

  it('is paid while the queue is away, and its jobs find nothing to do', async () => {
    const { id } = await place();
    const away = new DqClaimStoreError('Expected an answer of redis://127.0.0.1:6379, got none.');
    const cancellations = app.get<DqProducer>(getDqProducerToken(ORDER_CANCELLATIONS), { strict: false });
    jest.spyOn(cancellations, 'cancel').mockRejectedValueOnce(away);
    expect(await pay(id)).toMatchObject({ code: 200, answer: { status: 'paid' } });
    await dq.drain();
    expect(dq.completed(ORDER_CANCELLATIONS)).toHaveLength(1);
    expect(await get(id)).toMatchObject({ status: 'paid' });
  });

  it('is not placed while the queue is away, and the customer is not told of its servers', async () => {
    const away = new DqClaimStoreError('Expected an answer of redis://127.0.0.1:6379, got none.');
    const reminders = app.get<DqProducer>(getDqProducerToken(ORDER_REMINDERS), { strict: false });
    jest.spyOn(reminders, 'at').mockRejectedValueOnce(away);
    const { code, answer } = await ask('POST', '/orders', '{"item":"book","price":12}');
    expect(code).toBe(503);
    expect(answer.message).not.toContain('127.0.0.1');
    expect((await ask('GET', '/orders')).answer).toEqual([]);
  });

  it('is in the report of its night, which is written once', async () => {
    const paid = await place();
    await pay(paid.id);
    await place();
    await dq.advance('1d');
    const { reports } = app.get(NightlyReport, { strict: false });
    expect(reports).toMatchObject([{ paid: 1 }]);
    const [{ of }] = reports as [Report];
    expect(of.toLocaleTimeString('en', { timeZone: 'Europe/Berlin', hourCycle: 'h23' })).toMatch(/^00:00:00/);
    expect(dq.schedules().map(({ name }) => name)).toEqual(['nightly-report']);
  });

  it('does not exist under another id', async () => {
    expect(await ask('GET', '/orders/none')).toMatchObject({
      code: 404,
      answer: { message: 'There is no order none.' },
    });
    expect(await pay('none')).toMatchObject({ code: 404 });
  });

  it.each([
    [undefined, 'Expected a JSON object'],
    ['[]', 'Expected a JSON object'],
    ['{', 'JSON'],
    ['{"price":12}', 'Expected item'],
    ['{"item":" ","price":12}', 'Expected item'],
    ['{"item":7,"price":12}', 'Expected item'],
    [JSON.stringify({ item: 'x'.repeat(101), price: 12 }), 'Expected item'],
    ['{"item":"book"}', 'Expected price'],
    ['{"item":"book","price":"12"}', 'Expected price'],
    ['{"item":"book","price":0}', 'Expected price'],
    ['{"item":"book","price":1e999}', 'Expected price'],
  ])('is refused when the body is %s', async (body, message) => {
    const { code, answer } = await ask('POST', '/orders', body);
    expect(code).toBe(400);
    expect(answer.message).toContain(message);
    expect((await ask('GET', '/orders')).answer).toEqual([]);
  });
});
