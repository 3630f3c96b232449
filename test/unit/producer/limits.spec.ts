import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DqBodyTooLargeError, DqOptionsError, DqPayloadError } from '../../../lib/core/errors/argument.errors.js';
import type { DqJobOptions, DqOptions } from '../../../lib/core/options/dq-options.js';
import { decodeEnvelope } from '../../../lib/core/wire/envelope.js';
import { lost } from '../../support/stub-node.js';
import { NODES, ProducerBed } from './producer-bed.js';

const LIMIT = 65_535;
const DAY = 86_400_000;
const YEAR = 31_557_600_000;

/** What a body weighs beside its payload. */
async function overhead(tube: string, options?: DqJobOptions, settings?: Partial<DqOptions>): Promise<number> {
  const bed = new ProducerBed(settings);
  await bed.settled(bed.producer(tube).delay(Buffer.alloc(0), 0, options));
  return bed.puts[0]?.byteLength ?? NaN;
}

describe('the limit of a body', () => {
  it.each<[string, string, DqJobOptions | undefined]>([
    ['native', 'orders', undefined],
    [
      'native with headers',
      'orders',
      { headers: { traceparent: '00-abc', grüße: '😀' }, attempts: 3, priority: 'low' },
    ],
    ['native with its own id', 'orders', { id: 'order-1' }],
    ['plain', 'go', undefined],
  ])('is exact, header bytes included: %s', async (_what, tube, options) => {
    const room = LIMIT - (await overhead(tube, options));
    const bed = new ProducerBed();
    await bed.settled(bed.producer(tube).delay(Buffer.alloc(room, 'x'), 0, options));
    expect(bed.puts.map(({ byteLength }) => byteLength)).toEqual([LIMIT, LIMIT, LIMIT]);
    const other = new ProducerBed();
    const error = await other.refusal(other.producer(tube).delay(Buffer.alloc(room + 1, 'x'), 0, options));
    expect(error).toBeInstanceOf(DqBodyTooLargeError);
    expect(error).toMatchObject({ message: expect.stringContaining(`at most ${LIMIT} bytes, got ${LIMIT + 1}`) });
    expect(other.traffic).toBe(0);
  });

  it('counts bytes, not characters', async () => {
    const bed = new ProducerBed();
    expect(await bed.refusal(bed.producer().delay('ü'.repeat(33_000), 0))).toBeInstanceOf(DqBodyTooLargeError);
    await bed.settled(bed.producer().delay('u'.repeat(33_000), 0));
    expect(bed.puts).toHaveLength(3);
  });

  it('is the one in the options', async () => {
    const bed = new ProducerBed({ maxBodyBytes: 256 });
    expect(await bed.refusal(bed.producer().delay('x'.repeat(256), 0))).toBeInstanceOf(DqBodyTooLargeError);
    const large = new ProducerBed({ maxBodyBytes: 1_000_000 });
    await large.settled(large.producer().delay('x'.repeat(900_000), 0));
    expect(large.puts).toHaveLength(3);
  });

  it('is the length that the node is told, whatever the payload', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary', maxLength: 50 }), fc.jsonValue()), async (data) => {
        const bed = new ProducerBed();
        for (const tube of ['orders', 'go']) await bed.settled(bed.producer(tube).delay(data, 0));
        for (const { body, byteLength } of bed.puts) expect(Buffer.from(body)).toHaveLength(byteLength);
      }),
    );
  });

  it('holds for a header that counts one copy more than was asked for at first', async () => {
    const settings = { beanstalks: [...NODES, ...[4, 5, 6, 7, 8, 9, 10].map((n) => `node-${n}:11300`)], copies: 9 };
    const room = LIMIT - (await overhead('orders', undefined, settings));
    const bed = new ProducerBed(settings);
    bed.stub(1).answers = () => lost(true);
    const handle = await bed.settled(bed.producer().delay(Buffer.alloc(room), 0), 100);
    expect(handle).toContain('node-2');
  });
});

describe('what a consumer could not understand is refused', () => {
  it('when its headers are longer than a reader takes', async () => {
    const bed = new ProducerBed();
    const long = bed.producer().delay('x', 0, { headers: { baggage: 'b'.repeat(9_000) } });
    expect(await bed.refusal(long)).toBeInstanceOf(DqOptionsError);
  });

  it('but headers up to about 8,000 bytes are carried (control)', async () => {
    const bed = new ProducerBed();
    await bed.settled(bed.producer().delay('x', 0, { headers: { baggage: 'b'.repeat(8_000) } }));
    expect(bed.written).toMatchObject([{ format: 'native', header: { headers: { baggage: 'b'.repeat(8_000) } } }]);
  });

  it('when a plain payload begins with the marker of native jobs', async () => {
    const bed = new ProducerBed();
    const marked = bed.producer('bytes').delay(Buffer.from([1, 2, 3]), 0);
    expect(await bed.refusal(marked)).toBeInstanceOf(DqPayloadError);
  });

  it('and what was written is understood, whatever the options', async () => {
    const options = fc.record<DqJobOptions>(
      {
        id: fc.stringMatching(/^[A-Za-z0-9._:@+=-][A-Za-z0-9._~:@+=-]{0,127}$/),
        priority: fc.constantFrom('high', 'normal', 'low'),
        attempts: fc.integer({ min: 1, max: 1_000_000 }),
        headers: fc.dictionary(fc.string({ maxLength: 10 }), fc.string({ maxLength: 30, unit: 'binary' }), {
          maxKeys: 4,
        }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(options, fc.jsonValue(), async (given, data) => {
        const bed = new ProducerBed();
        const handle = await bed.settled(bed.producer().delay(data, 5_000, given));
        const [envelope] = bed.written;
        expect(envelope).toMatchObject({ format: 'native', dueMs: bed.clock.now() + 5_000, copies: 3 });
        expect(JSON.parse(envelope?.payload.toString() ?? '')).toEqual(JSON.parse(JSON.stringify(data)));
        if (envelope?.format !== 'native') return;
        expect(envelope.header).toMatchObject(JSON.parse(JSON.stringify({ ...given, id: undefined })) as object);
        expect(handle.endsWith(`,${given.id ?? envelope.id}`)).toBe(true);
        for (const { body } of bed.puts) expect(decodeEnvelope(Buffer.from(body))).toEqual(envelope);
      }),
    );
  });
});

describe('a delay', () => {
  it.each([
    ['no time', 0, 0],
    ['900 ms', 900, 0],
    ['999 ms', 999, 0],
    ['one second', '1s', 1],
    ['1.999 s', 1_999, 1],
    ['25 days', '25d', 25 * 86_400],
    ['136 years', '136y', (136 * YEAR) / 1000],
    ['the most that beanstalkd holds', (2 ** 32 - 1) * 1000, 2 ** 32 - 1],
  ])('of %s goes to the node in whole seconds, rounded down, and whole in the body', async (_what, delay, seconds) => {
    const bed = new ProducerBed();
    await bed.settled(bed.producer().delay('x', delay));
    expect(bed.puts.map((put) => put.delaySeconds)).toEqual([seconds, seconds, seconds]);
    const ms = typeof delay === 'number' ? delay : seconds * 1000;
    expect(bed.written[0]?.dueMs).toBe(bed.clock.now() + ms);
  });

  it('to a moment is counted from now', async () => {
    const bed = new ProducerBed();
    const now = bed.clock.now();
    await bed.settled(bed.producer().at('x', new Date(now + 25 * DAY + 1)));
    await bed.settled(bed.producer().at('x', now));
    expect(bed.stub(1).puts.map((put) => put.delaySeconds)).toEqual([25 * 86_400, 0]);
    expect(bed.written.map(({ dueMs }) => dueMs)).toEqual([now + 25 * DAY + 1, now]);
  });

  it('of equal plain payloads for one millisecond gives different bodies', async () => {
    const bed = new ProducerBed();
    const handles = await bed.settled(Promise.all([1, 2, 3].map(async () => bed.producer('go').delay({ same: 1 }, 0))));
    expect(new Set(bed.puts.map(({ body }) => body.toString())).size).toBe(3);
    expect(new Set(handles.map((handle) => handle.split(',').at(-1))).size).toBe(3);
  });
});
