import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { LATEST_DUE_MS } from '../../../lib/core/wire/due-time.js';
import {
  decodeEnvelope,
  type JobHeader,
  nativePrefix,
  plainPrefix,
  withOneMoreCopy,
} from '../../../lib/core/wire/envelope.js';
import { isOwnKey } from '../../../lib/core/wire/own-key.js';

const DUE = 1_767_225_600_123;
const dueMs = fc.integer({ min: 0, max: LATEST_DUE_MS });
const id = fc.stringMatching(/^[A-Za-z0-9._~:@+=-]{1,128}$/);
const count = fc.integer({ min: 1, max: 99 });
const generation = fc.option(fc.stringMatching(/^[A-Za-z0-9_-]{11}$/), { nil: undefined });
const payload = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const header: fc.Arbitrary<JobHeader> = fc.record(
  {
    attempts: fc.integer({ min: 1, max: 1_000_000 }),
    expires: fc.record({
      afterMs: fc.integer({ min: 1, max: 2 ** 53 - 1 }),
      action: fc.constantFrom('run' as const, 'skip' as const, 'bury' as const),
    }),
    priority: fc.constantFrom('high' as const, 'normal' as const, 'low' as const),
    headers: fc.dictionary(fc.string({ maxLength: 20 }), fc.string({ maxLength: 50, unit: 'binary' }), { maxKeys: 5 }),
    raw: fc.constant(true as const),
  },
  { requiredKeys: [] },
);

function native(prefix: string, rest: Buffer): Buffer {
  return Buffer.concat([Buffer.from(prefix), rest]);
}

describe('envelope', () => {
  it('gives back a native job as it was written', () => {
    fc.assert(
      fc.property(dueMs, id, count, generation, header, payload, (due, jobId, copies, write, head, data) => {
        const decoded = decodeEnvelope(native(nativePrefix(due, jobId, copies, write, head), data));
        expect(decoded).toEqual({
          format: 'native',
          dueMs: due,
          id: jobId,
          generation: write,
          copies,
          header: head,
          payload: data,
        });
      }),
    );
  });

  it('gives back a key of any characters, in a header of version 2 which older releases bury', () => {
    const key = fc.string({ minLength: 1, maxLength: 100, unit: 'binary' }).filter(isOwnKey);
    fc.assert(
      fc.property(id, count, header, key, (jobId, copies, head, ownKey) => {
        const prefix = nativePrefix(DUE, jobId, copies, undefined, head, ownKey);
        expect(prefix).toContain(`\u0001{"v":2,`);
        expect(decodeEnvelope(Buffer.from(prefix))).toMatchObject({ id: jobId, copies, header: head, ownKey });
      }),
    );
    expect(nativePrefix(DUE, 'a', 3, undefined, { attempts: 1 })).toContain('{"v":1,');
  });

  it('counts one copy more of a job with a key', () => {
    const more = withOneMoreCopy(Buffer.from(`${nativePrefix(DUE, 'a', 3, undefined, undefined, 'order-42')}x`));
    expect(decodeEnvelope(more)).toMatchObject({ id: 'a', copies: 4, ownKey: 'order-42', payload: Buffer.from('x') });
  });

  it('gives back a native job without a header of its own', () => {
    const decoded = decodeEnvelope(native(nativePrefix(DUE, 'a', 3), Buffer.from('{"x":1}')));
    expect(decoded).toMatchObject({ format: 'native', id: 'a', copies: 3, dueMs: DUE });
    expect(decoded.payload.toString()).toBe('{"x":1}');
    expect(nativePrefix(DUE, 'a', 3, undefined, {})).toBe(nativePrefix(DUE, 'a', 3));
  });

  it('gives back a plain payload as it was written, rounded up to the next millisecond', () => {
    fc.assert(
      fc.property(dueMs, fc.integer({ min: 0, max: 999_999 }), payload, (due, below, data) => {
        fc.pre(data[0] !== 1);
        const decoded = decodeEnvelope(native(plainPrefix(due, below), data));
        expect(decoded).toEqual({ format: 'plain', dueMs: below === 0 ? due : due + 1, payload: data });
      }),
    );
  });

  it('tells equal payloads of one millisecond apart on plain tubes', () => {
    expect(plainPrefix(DUE, 1)).not.toBe(plainPrefix(DUE, 2));
    expect(decodeEnvelope(Buffer.from(`${plainPrefix(DUE, 1)}x`)).dueMs).toBe(
      decodeEnvelope(Buffer.from(`${plainPrefix(DUE, 2)}x`)).dueMs,
    );
  });

  it('reads what a Go producer of dq writes, whatever the payload is', () => {
    for (const text of ['', 'hello', '{"order":1}', '/', '//', '\u0000', ' \u0001', '\n']) {
      const decoded = decodeEnvelope(Buffer.from(`1767225600123456789/${text}`));
      expect(decoded.format).toBe('plain');
      expect(decoded.dueMs).toBe(DUE + 1);
      expect(decoded.payload.toString()).toBe(text);
    }
  });

  it('takes only the byte 0x01 right behind the slash for the marker', () => {
    const prefix = nativePrefix(DUE, 'a', 1);
    const at = prefix.indexOf('\u0001');
    expect(prefix.indexOf('/')).toBe(at - 1);
    for (let byte = 0; byte < 256; byte++) {
      const body = native(prefix, Buffer.from('x'));
      body[at] = byte;
      expect(decodeEnvelope(body).format).toBe(byte === 1 ? 'native' : 'plain');
    }
    expect(decodeEnvelope(Buffer.from(`1767225600123000000/x${prefix.slice(at)}`)).format).toBe('plain');
  });

  it('leaves newlines and markers in the payload alone', () => {
    const data = Buffer.from('\n\u0001{"v":1,"id":"b","n":1}\n');
    const decoded = decodeEnvelope(native(nativePrefix(DUE, 'a', 2), data));
    expect(decoded).toMatchObject({ format: 'native', id: 'a' });
    expect(decoded.payload).toEqual(data);
  });

  it('keeps newlines of header values out of the header line', () => {
    const head: JobHeader = { headers: { trace: 'a\nb\r\n{"v":1}\n\u0001' } };
    const prefix = nativePrefix(DUE, 'a', 1, undefined, head);
    expect(prefix.indexOf('\n')).toBe(prefix.length - 1);
    expect(decodeEnvelope(native(prefix, Buffer.from('x')))).toMatchObject({ header: head });
  });

  it('carries a header called __proto__ as a header', () => {
    const headers = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    const decoded = decodeEnvelope(native(nativePrefix(DUE, 'a', 1, undefined, { headers }), Buffer.from('x')));
    const read = decoded.format === 'native' ? decoded.header.headers : undefined;
    expect(Object.entries(read ?? {})).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  });

  it('does not let a header name its own id or count of copies', () => {
    const head = { id: 'forged', n: 9, v: 7 } as JobHeader;
    const body = native(nativePrefix(DUE, 'a', 1), Buffer.from('x'));
    expect(decodeEnvelope(body)).toMatchObject({ id: 'a', copies: 1 });
    // The producer takes known keys only, so such a header is never written; this shows what it would do.
    expect(() => decodeEnvelope(native(nativePrefix(DUE, 'a', 1, undefined, head), Buffer.from('x')))).toThrow(
      'version 1',
    );
  });
});

describe('a body of a job that gets one more copy', () => {
  it('differs in the number of copies alone', () => {
    fc.assert(
      fc.property(dueMs, id, count, generation, header, payload, (due, jobId, copies, write, head, data) => {
        const body = native(nativePrefix(due, jobId, copies, write, head), data);
        const decoded = decodeEnvelope(body);
        expect(decodeEnvelope(withOneMoreCopy(body))).toEqual({ ...decoded, copies: copies + 1 });
      }),
    );
  });

  it.each([
    ['plain', Buffer.from(`${plainPrefix(DUE, 7)}{"v":1,"id":"a","n":3}\n`)],
    ['plain and begins like a header', Buffer.from(`${plainPrefix(DUE, 7)}x{"v":1,"id":"a","n":3}\n`)],
    ['no job', Buffer.from('hello')],
    ['empty', Buffer.alloc(0)],
    ['cut off', Buffer.from(nativePrefix(DUE, 'a', 3).slice(0, -1))],
  ])('is the same when it is %s: there is no header to say it', (_what, body) => {
    expect(withOneMoreCopy(body)).toBe(body);
  });
});
