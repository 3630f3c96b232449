import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeDueTime, encodeDueTime, LATEST_DUE_MS } from '../../../lib/core/wire/due-time.js';

const EARLIEST_OF_19_DIGITS = 1_000_000_000_000;
const dueMs = fc.integer({ min: EARLIEST_OF_19_DIGITS, max: LATEST_DUE_MS });
const below = fc.integer({ min: 0, max: 999_999 });

function read(text: string): number | undefined {
  return decodeDueTime(Buffer.from(text, 'latin1'))?.dueMs;
}

describe('due time', () => {
  it('is 19 digits from September 2001 on, whatever stands below the millisecond', () => {
    fc.assert(
      fc.property(dueMs, below, (ms, under) => {
        expect(encodeDueTime(ms, under)).toMatch(/^\d{19}$/);
      }),
    );
    expect(encodeDueTime(1_767_225_600_000)).toBe('1767225600000000000');
    expect(encodeDueTime(1_767_225_600_000, 42)).toBe('1767225600000000042');
  });

  it('comes back from the wire to the millisecond', () => {
    fc.assert(
      fc.property(dueMs, fc.string(), (ms, rest) => {
        const text = `${encodeDueTime(ms)}/`;
        expect(decodeDueTime(Buffer.from(text + rest))).toEqual({ dueMs: ms, end: text.length });
      }),
    );
  });

  it('is rounded up below the millisecond, so that no job is early', () => {
    fc.assert(
      fc.property(dueMs, below, (ms, under) => {
        const nanos = BigInt(encodeDueTime(ms, under));
        const decoded = read(`${nanos}/`) as number;
        expect(BigInt(decoded) * 1_000_000n >= nanos).toBe(true);
        expect(BigInt(decoded - 1) * 1_000_000n < nanos).toBe(true);
      }),
    );
    expect(read('1767225600000000001/x')).toBe(1_767_225_600_001);
  });

  it('would be early if it were cut off instead (control)', () => {
    const nanos = 1_767_225_600_000_000_001n;
    expect((nanos / 1_000_000n) * 1_000_000n).toBeLessThan(nanos);
    expect(BigInt(read(`${nanos}/`) as number) * 1_000_000n).toBeGreaterThan(nanos);
  });

  it('loses no digit, where a float of all nanoseconds would (control)', () => {
    const text = '1767225600123000000';
    expect(read(`${text}/`)).toBe(1_767_225_600_123);
    expect(BigInt(Number('1767225600123000123'))).not.toBe(1_767_225_600_123_000_123n);
  });

  it('ends with int64 nanoseconds, in April 2262', () => {
    const int64 = 2n ** 63n - 1n;
    expect(BigInt(encodeDueTime(LATEST_DUE_MS, 999_999))).toBeLessThanOrEqual(int64);
    expect(BigInt(encodeDueTime(LATEST_DUE_MS + 1, 999_999))).toBeGreaterThan(int64);
    expect(read(`${encodeDueTime(LATEST_DUE_MS)}/`)).toBe(LATEST_DUE_MS);
    expect(read(`${encodeDueTime(LATEST_DUE_MS + 1)}/`)).toBeUndefined();
    expect(read('9999999999999999999/')).toBeUndefined();
    expect(new Date(LATEST_DUE_MS).toISOString()).toMatch(/^2262-04-11/);
  });

  it('may have fewer digits when it is long past', () => {
    expect(read('0/')).toBe(0);
    expect(read('1/')).toBe(1);
    expect(read('999999/')).toBe(1);
    expect(read('1000000/')).toBe(1);
    expect(read('1000000000/')).toBe(1_000);
  });

  it('ends at the first slash, even when there is one where 19 digits would end', () => {
    expect(decodeDueTime(Buffer.from('1000000000/12345678/x'))).toEqual({ dueMs: 1_000, end: 11 });
  });

  it.each([
    ['no bytes at all', ''],
    ['no slash', '1767225600000000000'],
    ['nothing before the slash', '/payload'],
    ['20 digits', '17672256000000000000/'],
    ['a sign', '-767225600000000000/'],
    ['a plus', '+1767225600000000000/'],
    ['a fraction', '1767225600000.00000/'],
    ['an exponent', '1.7e18/'],
    ['a space in front', ' 176722560000000000/'],
    ['letters', 'abc/'],
    ['hexadecimal', '0x1234/'],
    ['a NUL', '17672256000000000\u000000/'],
    ['the characters next to the digits', '176722560000000:000/'],
    ['JSON', '{"due":1767225600000}/'],
  ])('is not read from %s', (_what, text) => {
    expect(read(text)).toBeUndefined();
  });

  it('is read from nothing else than digits and a slash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const body = Buffer.from(bytes);
        const match = /^(\d{1,19})\//.exec(body.toString('latin1'));
        const nanos = match === null ? undefined : BigInt(match[1] as string);
        const ms = nanos === undefined ? undefined : Number((nanos + 999_999n) / 1_000_000n);
        const known = ms !== undefined && (nanos as bigint) / 1_000_000n <= BigInt(LATEST_DUE_MS);
        expect(decodeDueTime(body)?.dueMs).toBe(known ? ms : undefined);
      }),
      { examples: [[Buffer.from('1767225600000000001/')], [Buffer.from('9223372036854775807/')]] },
    );
  });
});
