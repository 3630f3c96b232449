import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DqBodyError } from '../../../lib/core/errors/argument.errors.js';
import { decodeEnvelope, nativePrefix } from '../../../lib/core/wire/envelope.js';

const TIME = '1767225600123000000/';
const GOOD = { v: 1, id: 'a', n: 3 };

function body(header: unknown, rest = '\n{}'): Buffer {
  return Buffer.from(`${TIME}\u0001${typeof header === 'string' ? header : JSON.stringify(header)}${rest}`);
}

function refusal(bytes: Buffer): DqBodyError {
  try {
    decodeEnvelope(bytes);
  } catch (error) {
    if (error instanceof DqBodyError) return error;
    throw error;
  }
  throw new Error('the body was understood');
}

describe('a body that is no job', () => {
  it.each([
    ['no time', Buffer.from('hello')],
    ['JSON of another program', Buffer.from('{"class":"Mailer","args":[1]}')],
    ['a time without a slash', Buffer.from('1767225600123000000')],
    ['random bytes', Buffer.from([0xff, 0xfe, 0, 1, 2, 3])],
    ['zeros and then something', Buffer.from([0, 0, 0, 1])],
  ])('is refused when it is %s', (_what, bytes) => {
    expect(refusal(bytes).message).toContain(`got ${bytes.length} other bytes`);
  });

  it('is named empty, or too large to be taken, when it is nothing', () => {
    expect(refusal(Buffer.alloc(0)).message).toContain('an empty body, or one that is larger');
  });

  it('is named a torn record when it is all zeros', () => {
    for (const length of [1, 20, 65_535]) expect(refusal(Buffer.alloc(length)).message).toContain('torn');
  });

  it('never shows in the error text', () => {
    const secret = 'iban-DE02120300000000202051';
    for (const bytes of [Buffer.from(secret), body(`{"v":1,"id":"${secret} ","n":3}`), body(`${secret}{`)]) {
      expect(refusal(bytes).message).not.toContain('DE02');
    }
  });
});

describe('a native header', () => {
  it('is understood in its smallest form (control)', () => {
    expect(decodeEnvelope(body(GOOD))).toMatchObject({ format: 'native', id: 'a', copies: 3 });
    expect(
      decodeEnvelope(body({ ...GOOD, g: 'w', attempts: 2, priority: 'low', headers: { a: 'b' }, raw: true })),
    ).toEqual({
      format: 'native',
      dueMs: 1_767_225_600_123,
      id: 'a',
      generation: 'w',
      copies: 3,
      header: { attempts: 2, priority: 'low', headers: { a: 'b' }, raw: true },
      payload: Buffer.from('{}'),
    });
  });

  it.each([0, 3, -1, '1', '2', null, 1.5, true, undefined])('of version %p is refused', (v) => {
    expect(refusal(body({ ...GOOD, v })).message).toContain('version 1');
  });

  it('of version 2 with a field that is not known is refused, one of version 1 is not', () => {
    expect(refusal(body({ ...GOOD, v: 2, later: 1 })).message).toContain('fields that this release knows');
    expect(decodeEnvelope(body({ ...GOOD, later: 1 }))).toMatchObject({ id: 'a', ownKey: undefined });
    expect(decodeEnvelope(body({ ...GOOD, v: 2, k: 'order-42' }))).toMatchObject({ id: 'a', ownKey: 'order-42' });
  });

  it.each(['', 'k'.repeat(201), 'a\n', '\u0085', '\ud800', 7, null, ['a']])('with the key %j is refused', (k) => {
    expect(refusal(body({ ...GOOD, v: 2, k })).message).toContain('k is a key');
  });

  it.each([
    ['an array', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['a string', '"v"'],
  ])('that is %s is refused', (_what, text) => {
    expect(refusal(body(text)).message).toContain('version 1');
  });

  it.each(['', '{', '{"v":1,"id":"a","n":3', '{v:1}', '{"v":1}}', '\u0000'])('of broken JSON %j is refused', (text) => {
    const error = refusal(body(text));
    expect(error.message).toContain('JSON');
    expect(error.cause).toBeInstanceOf(SyntaxError);
  });

  it.each([
    ['no id', { id: undefined }],
    ['a number as id', { id: 7 }],
    ['an empty id', { id: '' }],
    ['an id with a slash', { id: 'a/b' }],
    ['an id with a comma', { id: 'a,b' }],
    ['an id with braces', { id: '{a}' }],
    ['an id with a newline', { id: 'a\n' }],
    ['an id of 129 characters', { id: 'a'.repeat(129) }],
    ['an array as id', { id: ['a'] }],
    ['no count', { n: undefined }],
    ['a count of 0', { n: 0 }],
    ['a negative count', { n: -3 }],
    ['a fractional count', { n: 1.5 }],
    ['a count as text', { n: '3' }],
    ['a count above 2^53', { n: 2 ** 53 }],
  ])('with %s is refused', (_what, fields) => {
    expect(refusal(body({ ...GOOD, ...fields })).message).toContain('an id and a number of copies');
  });

  it.each([
    ['attempts of 0', { attempts: 0 }],
    ['attempts as text', { attempts: '3' }],
    ['fractional attempts', { attempts: 1.5 }],
    ['attempts of null', { attempts: null }],
    ['a backoff as text', { backoff: '1s' }],
    ['a backoff of null', { backoff: null }],
    ['a backoff of an unknown type', { backoff: { type: 'linear', delayMs: 5 } }],
    ['a backoff without its delay', { backoff: { type: 'fixed' } }],
    ['a backoff with a fractional delay', { backoff: { type: 'fixed', delayMs: 0.5 } }],
    ['a backoff longer than beanstalkd can hold', { backoff: { type: 'fixed', delayMs: 4_294_967_295_001 } }],
    [
      'an exponential backoff without its maximum',
      { backoff: { type: 'exponential', delayMs: 5, factor: 2, jitter: 0 } },
    ],
    [
      'a backoff with a factor below 1',
      { backoff: { type: 'exponential', delayMs: 5, factor: 0.5, maxMs: 9, jitter: 0 } },
    ],
    [
      'a backoff with a jitter above 1',
      { backoff: { type: 'exponential', delayMs: 5, factor: 2, maxMs: 9, jitter: 1.5 } },
    ],
    ['an unknown priority', { priority: 'urgent' }],
    ['a priority of the prototype', { priority: 'toString' }],
    ['a priority as number', { priority: 1 }],
    ['headers of null', { headers: null }],
    ['headers as text', { headers: 'a=b' }],
    ['a header that is a number', { headers: { a: 1 } }],
    ['a header that is an object', { headers: { a: {} } }],
    ['an expiry as number', { expires: 5 }],
    ['an expiry of null', { expires: null }],
    ['an expiry that is a list', { expires: [] }],
    ['an expiry of nothing', { expires: {} }],
    ['an expiry without time', { expires: { afterMs: 0, action: 'run' } }],
    ['an expiry with its time as text', { expires: { afterMs: '5', action: 'run' } }],
    ['an expiry of an unknown action', { expires: { afterMs: 5, action: 'x' } }],
    ['raw of false', { raw: false }],
    ['raw of 1', { raw: 1 }],
  ])('with %s is refused', (_what, fields) => {
    expect(refusal(body({ ...GOOD, ...fields })).message).toBe(
      `Expected a header whose ${Object.keys(fields).join()} has its type.`,
    );
  });

  it.each([null, 7, '', 'a/b', 'a b', ['g']])('with %j for its write is refused', (g) => {
    expect(refusal(body({ ...GOOD, g })).message).toContain('whose g is a word');
  });

  it('with headers that are a list is refused', () => {
    expect(() => decodeEnvelope(body({ ...GOOD, headers: ['a'] }))).toThrow(DqBodyError);
  });

  it('may have fields that a later release of the same version adds', () => {
    expect(decodeEnvelope(body({ ...GOOD, colour: 'red' }))).toMatchObject({ format: 'native', id: 'a' });
  });

  it('without an end of line is refused', () => {
    expect(refusal(body(GOOD, '')).message).toContain('no end of line');
    expect(refusal(Buffer.from(`${TIME}\u0001`)).message).toContain('no end of line');
    expect(refusal(body({ ...GOOD, headers: { long: 'x'.repeat(20_000) } })).message).toContain('no end of line');
  });

  it.each([
    ['as it usually is', nativePrefix(1_767_225_600_123, 'order-7', 3)],
    ['with more in it', nativePrefix(1_767_225_600_123, 'order-7', 3, 'g1', { headers: { a: 'b' } })],
  ])('cut off anywhere is refused, and never taken for another job: %s', (_what, prefix) => {
    const whole = Buffer.from(`${prefix}{"x":1}`);
    const end = whole.indexOf('\n') + 1;
    for (let length = 0; length < end; length++) {
      const cut = whole.subarray(0, length);
      if (length === TIME.length)
        expect(decodeEnvelope(cut)).toMatchObject({ format: 'plain', payload: Buffer.alloc(0) });
      else expect(refusal(cut)).toBeInstanceOf(DqBodyError);
    }
    for (let length = end; length <= whole.length; length++) {
      expect(decodeEnvelope(whole.subarray(0, length))).toMatchObject({ format: 'native', id: 'order-7' });
    }
  });

  it('is read byte by byte where it is the usual one, and means the same as to the reader of all others', () => {
    const meant = (header: string): unknown => {
      try {
        return decodeEnvelope(Buffer.from(`${TIME}\u0001${header}\n{}`, 'latin1'));
      } catch (error) {
        return String(error);
      }
    };
    const ids = Array.from({ length: 256 }, (_, code) => `a${String.fromCharCode(code)}`);
    for (const id of [...ids, '', 'a'.repeat(128), 'a'.repeat(129)]) {
      for (const count of ['3', '999999', '1000000', '0', '03', '1.5', '-1', '']) {
        const header = `{"v":1,"id":"${id}","n":${count}}`;
        expect([header, meant(header)]).toEqual([header, meant(header.replace('{', '{ '))]);
      }
    }
  });

  it('made of any bytes is understood or refused, and nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, newline) => {
        const rest = newline ? '\n' : '';
        try {
          decodeEnvelope(Buffer.concat([Buffer.from(`${TIME}\u0001`), Buffer.from(bytes), Buffer.from(rest)]));
        } catch (error) {
          expect(error).toBeInstanceOf(DqBodyError);
        }
      }),
    );
  });

  it('made of any JSON is understood or refused, and nothing else is thrown', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('v', 'id', 'n', 'attempts', 'headers', 'raw'), fc.jsonValue()),
        (head) => {
          try {
            expect(decodeEnvelope(body({ ...GOOD, ...head })).format).toBe('native');
          } catch (error) {
            expect(error).toBeInstanceOf(DqBodyError);
          }
        },
      ),
    );
  });
});
