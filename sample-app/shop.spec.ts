// The shop as its customers see it, over HTTP; its jobs live in this process.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { DqClaimStoreError, DqInspector, DqProducer, getDqProducerToken } from 'nestjs-dq';
import { type Census, countResources, expectNoLeaks } from '../test/support/leaks.js';
import { Recorder, until } from '../test/support/wait.js';
import { AppModule } from './app.module.js';
import { OrderDeadlines } from './orders/order-deadlines.js';
import { ORDER_CANCELLATIONS, ORDER_REMINDERS } from './orders/order-job.js';
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
  readonly revoke?: unknown;
  readonly message?: string;
}

let before: Census;
let app: INestApplication;
let shop: string;

beforeEach(() => {
  before = countResources();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
  await expectNoLeaks(before);
});

async function open(remindAfter: number, cancelAfter: number): Promise<void> {
  const deadlines = new OrderDeadlines(remindAfter, cancelAfter);
  const testing = await Test.createTestingModule({
    imports: [AppModule.with({ queue: { embedded: true }, port: 0, deadlines })],
  }).compile();
  app = testing.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  shop = await app.getUrl();
}

async function ask(method: 'GET' | 'POST', path: string, body?: string): Promise<{ code: number; answer: Answer }> {
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
const isCancelled = async (id: string): Promise<boolean> => (await get(id)).status === 'cancelled';

/** Jobs that the shop still has, whatever their state. */
async function jobsLeft(): Promise<number> {
  const inspector = app.get(DqInspector, { strict: false });
  const tubes = await Promise.all([ORDER_REMINDERS, ORDER_CANCELLATIONS].map((tube) => inspector.counts(tube)));
  return tubes
    .flat()
    .map(({ scheduled, ready, running, dead }) => scheduled + ready + running + dead)
    .reduce((sum, count) => sum + count, 0);
}

describe('an order whose time is short', () => {
  beforeEach(() => open(1_000, 2_000));

  it('is followed by a reminder, and cancelled when its time is up', async () => {
    const { id, status, remindAt, cancelAt } = await place();
    expect(status).toBe('placed');

    const reminded = await until(async () => {
      const order = await get(id);
      return order.remindedAt === undefined ? undefined : order;
    });
    expect(reminded.status).toBe('placed');
    expect(lateness(remindAt, reminded.remindedAt)).toBeGreaterThanOrEqual(0);
    expect(lateness(remindAt, reminded.remindedAt)).toBeLessThan(900);

    await until(() => isCancelled(id));
    expect(lateness(cancelAt, (await get(id)).cancelledAt)).toBeGreaterThanOrEqual(0);
    await until(async () => (await jobsLeft()) === 0);
  });

  it('is left alone when it is paid, while another one is cancelled', async () => {
    const [paid, unpaid] = [await place(), await place()];
    const { code, answer } = await pay(paid.id);
    expect(code).toBe(200);
    expect(answer).toMatchObject({ status: 'paid', revoke: { cancellation: 'revoked', reminder: 'revoked' } });

    // It was placed later, and its jobs have run: those of the other one would have run before.
    await until(() => isCancelled(unpaid.id));
    expect(await get(paid.id)).toMatchObject({ status: 'paid' });
    expect(await get(paid.id)).not.toHaveProperty('remindedAt');
    await until(async () => (await jobsLeft()) === 0);
  });

  it('cannot be paid any more once it is cancelled', async () => {
    const { id } = await place();
    await until(() => isCancelled(id));
    const { code, answer } = await pay(id);
    expect(code).toBe(409);
    expect(answer.message).toContain(`Order ${id} cannot be paid any more: it was cancelled`);
  });

  it('cannot be paid while it is being cancelled', async () => {
    const store = app.get(OrderStore, { strict: false });
    const changePlaced = store.changePlaced.bind(store);
    const cancelling = new Recorder<string>();
    let goOn = (): void => undefined;
    const mayGoOn = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    jest.spyOn(store, 'changePlaced').mockImplementation(async (id, change) => {
      if (change.status === 'cancelled') {
        cancelling.add(id);
        await mayGoOn;
      }
      return changePlaced(id, change);
    });

    const { id } = await place();
    await cancelling.next();
    const { code, answer } = await pay(id);
    goOn();
    expect(code).toBe(409);
    expect(answer.message).toBe(`Order ${id} cannot be paid any more: its time is up and it is being cancelled.`);
    await until(() => isCancelled(id));
  });
});

describe('an order with time', () => {
  beforeEach(() => open(60_000, 120_000));

  it('is shown by its id and in the list, without the handles of its jobs', async () => {
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

  it('stays payable when the queue was away at the first attempt', async () => {
    const { id } = await place();
    const away = new DqClaimStoreError('Expected an answer of redis://127.0.0.1:6379, got none.');
    const cancellations = app.get<DqProducer>(getDqProducerToken(ORDER_CANCELLATIONS), { strict: false });
    jest.spyOn(cancellations, 'revoke').mockRejectedValueOnce(away);
    const { code, answer } = await pay(id);
    expect(code).toBe(503);
    expect(answer.message).not.toContain('127.0.0.1');
    expect(await get(id)).toMatchObject({ status: 'placed' });

    expect(await pay(id)).toMatchObject({
      code: 200,
      answer: { status: 'paid', revoke: { cancellation: 'revoked', reminder: 'revoked' } },
    });
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

/** Milliseconds from when something was due to when it was done. */
function lateness(due: string, done: string | undefined): number {
  return Date.parse(done ?? '') - Date.parse(due);
}
