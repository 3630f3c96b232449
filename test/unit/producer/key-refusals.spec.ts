import { describe, expect, it } from '@jest/globals';
import type { DqProducer } from '../../../lib/core/producer/producer.js';
import { ManualClock } from '../../support/manual-clock.js';
import { ProducerBed } from './producer-bed.js';

type Call = (producer: DqProducer) => Promise<unknown>;

const NOW = new ManualClock().now();

function wrong(value: unknown): never {
  return value as never;
}

/** The error of a call by which nothing has left the process. */
async function refused(call: Call, tube?: string): Promise<{ readonly code: string; readonly message: string }> {
  const bed = new ProducerBed();
  const error = await bed.refusal(call(bed.producer(tube)));
  expect(bed.traffic).toBe(0);
  expect(error).toMatchObject({ message: expect.stringMatching(/^Expected .*[.?]$/s) });
  return error as { code: string; message: string };
}

const BAD_KEYS: readonly unknown[] = ['', 'k'.repeat(201), 'a\n', '\u0000', '\u0085', '\ud800', 7, null, {}];

describe('a key is refused before a byte is sent', () => {
  it.each(BAD_KEYS)('where it is %j, in every call', async (key) => {
    const calls: readonly Call[] = [
      (producer) => producer.delay('x', 0, { key: wrong(key) }),
      (producer) => producer.at('x', NOW + 1, { key: wrong(key) }),
      (producer) => producer.upsert(wrong(key), 'x', { delay: 0 }),
      (producer) => producer.cancel(wrong(key)),
      (producer) => producer.find(wrong(key)),
      (producer) => producer.reschedule(wrong(key), { delay: 0 }),
    ];
    for (const call of calls) expect(await refused(call)).toMatchObject({ code: 'DQ_KEY' });
  });

  it('where there is none in an upsert, or two', async () => {
    expect(await refused((producer) => producer.upsert(wrong(undefined), 'x', { delay: 0 }))).toMatchObject({
      code: 'DQ_KEY',
    });
    const twice = await refused((producer) => producer.upsert('k', 'x', wrong({ delay: 0, key: 'l' })));
    expect(twice).toMatchObject({ code: 'DQ_OPTIONS', message: expect.stringContaining('only delay, at') });
  });

  it('beside an id', async () => {
    const error = await refused((producer) => producer.delay('x', 0, { key: 'k', id: 'own' }));
    expect(error).toMatchObject({ code: 'DQ_OPTIONS', message: expect.stringContaining('either an id or a key') });
  });

  it('on a plain tube, in every call', async () => {
    const calls: readonly Call[] = [
      (producer) => producer.delay('x', 0, { key: 'k' }),
      (producer) => producer.upsert('k', 'x', { delay: 0 }),
      (producer) => producer.cancel('k'),
      (producer) => producer.find('k'),
      (producer) => producer.reschedule('k', { delay: 0 }),
    ];
    for (const call of calls) {
      expect(await refused(call, 'go')).toMatchObject({ code: 'DQ_KEY', message: expect.stringContaining('"go"') });
    }
  });
});

describe('options of a key are refused before a byte is sent', () => {
  it.each(['onConflict', 'debounce'])('%s without a key', async (name) => {
    const error = await refused((producer) => producer.delay('x', 0, { [name]: name === 'debounce' ? true : 'keep' }));
    expect(error).toMatchObject({
      code: 'DQ_OPTIONS',
      message: expect.stringContaining(`${name} of a job beside a key`),
    });
  });

  it.each(['merge', '', null, 0, {}, 'toString'])('onConflict %j', async (onConflict) => {
    const error = await refused((producer) => producer.delay('x', 0, { key: 'k', onConflict: wrong(onConflict) }));
    expect(error).toMatchObject({
      code: 'DQ_OPTIONS',
      message: expect.stringContaining("'replace', 'keep', 'postpone'"),
    });
  });

  it.each([false, 'yes', null, 5, [], {}, { maxWait: 'soon' }, { maxWait: -1 }, { maxWait: '1m', delay: 5 }])(
    'debounce %j',
    async (debounce) => {
      const error = await refused((producer) => producer.delay('x', 0, { key: 'k', debounce: wrong(debounce) }));
      expect(error).toMatchObject({ code: 'DQ_OPTIONS', message: expect.stringContaining('debounce') });
    },
  );

  it.each(['keep', 'error'] as const)('debounce beside %s, which moves nothing', async (onConflict) => {
    const error = await refused((producer) => producer.delay('x', 0, { key: 'k', onConflict, debounce: true }));
    expect(error).toMatchObject({ code: 'DQ_OPTIONS', message: expect.stringContaining('moves nothing') });
  });

  it('debounce beside a moment, and a maxWait shorter than the delay', async () => {
    const at = await refused((producer) => producer.at('x', NOW + 9, { key: 'k', debounce: true }));
    expect(at).toMatchObject({ code: 'DQ_OPTIONS', message: expect.stringContaining('beside a moment') });
    const debounce = { maxWait: 999 };
    const short = await refused((producer) => producer.delay('x', '1s', { key: 'k', debounce }));
    expect(short).toMatchObject({
      code: 'DQ_OPTIONS',
      message: expect.stringContaining('at least the delay of 1000 ms'),
    });
  });
});

describe('a moment of a key is refused before a byte is sent', () => {
  it('where it has passed, also for an upsert', async () => {
    const past = { at: NOW - 1 };
    for (const call of [
      (producer: DqProducer) => producer.reschedule('k', past),
      (producer: DqProducer) => producer.upsert('k', 'x', past),
    ])
      expect(await refused(call)).toMatchObject({ code: 'DQ_PAST_TIME' });
  });

  it.each([
    [{}, 'DQ_DELAY'],
    [{ delay: -1 }, 'DQ_DELAY'],
    [{ at: 'soon' }, 'DQ_DATE'],
    [{ delay: 1, at: NOW }, 'DQ_OPTIONS'],
    [{ delay: 1, when: 2 }, 'DQ_OPTIONS'],
    [null, 'DQ_OPTIONS'],
    ['1m', 'DQ_OPTIONS'],
  ])('%j', async (moment, code) => {
    expect(await refused((producer) => producer.reschedule('k', wrong(moment)))).toMatchObject({ code });
    expect(await refused((producer) => producer.upsert('k', 'x', wrong(moment)))).toMatchObject({ code });
  });
});

it('a moment that is no object is answered with how it is written', async () => {
  expect(await refused((producer) => producer.reschedule('k', wrong('1m')))).toMatchObject({
    message: 'Expected the new moment of a job, { delay } or { at }, to be an object, got the string "1m".',
  });
});

describe('a closed producer', () => {
  it('refuses what concerns keys', async () => {
    const bed = new ProducerBed();
    const producer = bed.producer();
    await bed.settled(producer.close());
    const calls = [
      producer.upsert('k', 'x', { delay: 0 }),
      producer.cancel('k'),
      producer.find('k'),
      producer.reschedule('k', { delay: 0 }),
    ];
    for (const call of calls) expect(await bed.refusal(call)).toMatchObject({ code: 'DQ_CLOSED' });
    expect(bed.traffic).toBe(0);
  });
});
