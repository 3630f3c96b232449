import { describe, expect, it } from '@jest/globals';
import * as errors from '../../../lib/core/errors/argument.errors.js';
import { DqError } from '../../../lib/core/errors/dq.error.js';
import type { DqProducer } from '../../../lib/core/producer/producer.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ProducerBed } from './producer-bed.js';

type Call = (producer: DqProducer) => Promise<unknown>;
type ErrorClass = new (...args: never[]) => DqError;

const NOW = new ManualClock().now();
const cycle: { self?: unknown } = {};
cycle.self = cycle;

function wrong(value: unknown): never {
  return value as never;
}

const BAD_DATA: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['a BigInt', 1n],
  ['a cycle', cycle],
  ['a Map', new Map([['a', 1]])],
  ['a Set inside', { tags: new Set(['a']) }],
];
const BAD_DELAYS: readonly unknown[] = [-1, NaN, 'soon', '200y', null, undefined, {}, new Date()];
const BAD_TIMES: readonly unknown[] = [-1, NaN, 'tomorrow', new Date(NaN), null, undefined, NOW + 200 * 31_557_600_000];
const BAD_IDS: readonly unknown[] = ['', 'a/b', 'a,b', 'a b', 'a\n', '{a}', 'ü', 'a'.repeat(129), 7, null, [], {}];
const BAD_PRIORITIES: readonly unknown[] = ['urgent', '', 'High', 0, null, {}, 'toString'];
const BAD_ATTEMPTS: readonly unknown[] = [0, -1, 1.5, NaN, Infinity, '3', 1_000_001, null, {}];
const BAD_HEADERS: readonly unknown[] = [
  null,
  'a=b',
  7,
  { a: 1 },
  { a: null },
  { a: {} },
  ['a'],
  new Map([['a', 'b']]),
];
const BAD_BACKOFFS: readonly unknown[] = [null, 5, {}, { type: 'linear', delay: 5 }, { type: 'fixed', delay: -1 }];
const BAD_EXPIRES: readonly unknown[] = [null, 5, {}, { after: '1h' }, { after: 0, action: 'skip' }];
const BAD_OPTIONS: readonly unknown[] = [null, 5, 'x', [], { delay: 5 }, { prio: 'high' }, { ID: 'x' }];

async function expectRefused(call: Call, type: ErrorClass, tube?: string): Promise<string> {
  const bed = new ProducerBed();
  const error = await bed.refusal(call(bed.producer(tube)));
  expect(error).toBeInstanceOf(type);
  expect(error).toBeInstanceOf(DqError);
  expect(bed.traffic).toBe(0);
  expect(bed.clock.timers).toBe(0);
  expect(bed.events).toEqual([]);
  return (error as DqError).message;
}

describe('before a byte is sent, a producer refuses', () => {
  it.each(BAD_DATA)('a payload that is %s', async (_what, data) => {
    await expectRefused((producer) => producer.delay(data, 0), errors.DqPayloadError);
    await expectRefused((producer) => producer.at(data, NOW), errors.DqPayloadError);
    await expectRefused((producer) => producer.delay(data, 0), errors.DqPayloadError, 'go');
  });

  it.each(BAD_DELAYS)('a delay of %p', async (delay) => {
    await expectRefused((producer) => producer.delay('x', wrong(delay)), errors.DqDelayError);
  });

  it.each(BAD_TIMES)('a due time of %p', async (when) => {
    await expectRefused((producer) => producer.at('x', wrong(when)), errors.DqDateError);
  });

  it('a due time that has passed', async () => {
    await expectRefused((producer) => producer.at('x', NOW - 1), errors.DqPastTimeError);
    await expectRefused((producer) => producer.at('x', new Date(0)), errors.DqPastTimeError);
  });

  it.each(BAD_IDS)('an id of %p', async (id) => {
    await expectRefused((producer) => producer.delay('x', 0, { id: wrong(id) }), errors.DqJobIdError);
  });

  it.each(BAD_PRIORITIES)('a priority of %p', async (priority) => {
    await expectRefused((producer) => producer.delay('x', 0, { priority: wrong(priority) }), errors.DqPriorityError);
    await expectRefused(
      (producer) => producer.delay('x', 0, { priority: wrong(priority) }),
      errors.DqPriorityError,
      'go',
    );
  });

  it.each(BAD_ATTEMPTS)('attempts of %p', async (attempts) => {
    await expectRefused((producer) => producer.delay('x', 0, { attempts: wrong(attempts) }), errors.DqOptionsError);
  });

  it.each(BAD_HEADERS)('headers of %j', async (headers) => {
    await expectRefused((producer) => producer.delay('x', 0, { headers: wrong(headers) }), errors.DqOptionsError);
  });

  it('headers with the name of the one that is no string', async () => {
    const headers = wrong({ traceparent: '00-1', tries: 3 });
    const message = await expectRefused((producer) => producer.delay('x', 0, { headers }), errors.DqOptionsError);
    expect(message).toBe(
      'Expected headers of a job to be a plain object of strings, got the number 3 under the string "tries". ' +
        'Make it a string, or leave it out.',
    );
  });

  it.each(BAD_BACKOFFS)('a backoff of %j', async (backoff) => {
    await expectRefused((producer) => producer.delay('x', 0, { backoff: wrong(backoff) }), errors.DqOptionsError);
  });

  it('a backoff that is a function, which cannot travel', async () => {
    const message = await expectRefused(
      (producer) => producer.delay('x', 0, { backoff: wrong(() => 5) }),
      errors.DqOptionsError,
    );
    expect(message).toContain('Give the function to the tube or the handler');
  });

  it.each(BAD_EXPIRES)('an expiry of %j', async (expires) => {
    await expectRefused((producer) => producer.delay('x', 0, { expires: wrong(expires) }), errors.DqOptionsError);
  });

  it.each(BAD_OPTIONS)('options of %j', async (options) => {
    await expectRefused((producer) => producer.delay('x', 0, wrong(options)), errors.DqOptionsError);
    await expectRefused((producer) => producer.at('x', NOW, wrong(options)), errors.DqOptionsError, 'go');
  });

  it('what the plain format has no place for', async () => {
    const message = await expectRefused((go) => go.delay('x', 0, { id: 'order-1' }), errors.DqJobIdError, 'go');
    expect(message).toContain('Use a native tube');
    for (const options of [
      { attempts: 2 },
      { priority: 'high' } as const,
      { backoff: { type: 'fixed', delay: 5 } as const },
      { headers: { a: 'b' } },
      { expires: { after: '1h', action: 'skip' } as const },
    ]) {
      await expectRefused((go) => go.delay('x', 0, options), errors.DqOptionsError, 'go');
    }
  });

  it.each<unknown>([undefined, null, 7, '', 'nonsense', 'a:1/orders/1,b:1/mails/2,x', ['a:1/orders/1,x']])(
    'a handle of %j',
    async (handle) => {
      await expectRefused((producer) => producer.revoke(wrong(handle)), errors.DqHandleError);
    },
  );

  it('a handle of a tube that is not declared', async () => {
    const message = await expectRefused((producer) => producer.revoke('node-1:11300/mails/1,x'), errors.DqHandleError);
    expect(message).toContain('"mails"');
  });

  it('nothing that is right (control)', async () => {
    const bed = new ProducerBed();
    const options = {
      attempts: 2,
      backoff: { type: 'exponential', delay: '2s' },
      headers: { a: 'b' },
      priority: 'low',
      expires: { after: '1h', action: 'bury' },
    } as const;
    const handle = await bed.settled(bed.producer().delay('x', '1s', options));
    expect(handle).toMatch(/^node-1:11300\/orders\/1,node-2:11300\/orders\/1,node-3:11300\/orders\/1,[\w-]{22}$/);
    expect(bed.puts).toHaveLength(3);
    expect(bed.written).toMatchObject([
      {
        dueMs: NOW + 1_000,
        header: {
          attempts: 2,
          backoff: { type: 'exponential', delayMs: 2_000, factor: 2, maxMs: 3_600_000, jitter: 0.2 },
          headers: { a: 'b' },
          priority: 'low',
        },
      },
    ]);
  });

  it('with an error that tells what was expected and what came, and never the payload', async () => {
    const secret = { iban: 'DE02120300000000202051', id: 1n };
    const payload = await expectRefused((producer) => producer.delay(secret, 0), errors.DqPayloadError);
    expect(payload).not.toContain('DE02');
    const large = 'DE02'.repeat(20_000);
    const size = await expectRefused((producer) => producer.delay(large, 0), errors.DqBodyTooLargeError);
    expect(size).not.toContain('DE02');
    expect(size).toMatch(/^Expected a body of at most 65535 bytes, got 80\d\d\d\. Store the data elsewhere/);
  });
});

describe('a closed producer', () => {
  it('refuses everything, and sends nothing', async () => {
    const bed = new ProducerBed();
    const producer = bed.producer();
    await bed.settled(producer.close());
    const calls: readonly Promise<unknown>[] = [
      producer.delay('x', 0),
      producer.at('x', NOW),
      producer.delay('x', -1),
      producer.revoke('node-1:11300/orders/1,x'),
    ];
    for (const call of calls) expect(await bed.refusal(call)).toBeInstanceOf(errors.DqClosedError);
    const many = await bed.settled(producer.delayMany([{ data: 'x', delay: 0 }]));
    expect(many).toMatchObject({ scheduled: 0, failed: 1, results: [{ error: { code: 'DQ_CLOSED' } }] });
    expect([bed.traffic, bed.clock.timers]).toEqual([0, 0]);
  });

  it('has waited for what was under way', async () => {
    const bed = new ProducerBed();
    const producer = bed.producer();
    bed.stubs.forEach((stub) => (stub.answers = () => undefined));
    const writing = producer.delay('x', 0);
    await bed.clock.settle();
    let closed = false;
    const closing = producer.close().then(() => (closed = true));
    expect(producer.close()).toBe(producer.close());
    await bed.clock.advance(1_000);
    expect(closed).toBe(false);
    bed.stubs.forEach((stub) => stub.commands[0]?.answer({ kind: 'INSERTED', id: 1 }));
    expect(await bed.settled(writing)).toContain('/orders/1,');
    expect(await bed.settled(closing)).toBe(true);
  });
});
