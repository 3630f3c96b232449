import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DqPayloadError } from '../../../lib/core/errors/argument.errors.js';
import { type DqCodec, encodePayload, jsonCodec, rawCodec } from '../../../lib/core/wire/codec.js';

function refusal(data: unknown, codec: DqCodec = jsonCodec): DqPayloadError {
  try {
    encodePayload(codec, data);
  } catch (error) {
    if (error instanceof DqPayloadError) return error;
    throw error;
  }
  throw new Error('the payload was taken');
}

describe('JSON codec', () => {
  it('gives back any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (data) => {
        const payload = encodePayload(jsonCodec, data);
        expect(jsonCodec.decode(Buffer.from(payload))).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });

  it('writes UTF-8, lone surrogates too', () => {
    for (const text of ['grün', '😀', '\ud800', 'a\u0000b', '\u2028']) {
      expect(jsonCodec.decode(Buffer.from(encodePayload(jsonCodec, text)))).toBe(text);
    }
  });

  it('leaves __proto__ an ordinary key', () => {
    const data = JSON.parse('{"__proto__":{"admin":true}}') as object;
    const decoded = jsonCodec.decode(Buffer.from(encodePayload(jsonCodec, data))) as { admin?: unknown };
    expect(decoded.admin).toBeUndefined();
    expect(Object.keys(decoded)).toEqual(['__proto__']);
  });

  it('refuses a BigInt, and says what to do', () => {
    const error = refusal({ list: [{ id: 1n }] });
    expect(error.message).toContain('BigInt. Convert BigInt and class instances to plain values, and break cycles.');
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it.each([
    ['undefined', undefined, 'undefined'],
    ['a function', () => 'x', 'a function'],
    ['a symbol', Symbol('s'), 'a symbol'],
    ['a toJSON that gives nothing', { toJSON: () => undefined }, 'an object of Object'],
  ])('refuses %s, and gives no advice that does not fit', (_what, data, what) => {
    const error = refusal(data);
    expect(error.message).toMatch(/, but JSON has no form for .*; give null or an object instead\.$/);
    expect(error.message).toContain(`for ${what};`);
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it('refuses what its own toJSON throws, even when that is no Error', () => {
    const thrower = {
      toJSON() {
        // oxlint-disable-next-line typescript/only-throw-error -- what a caller's code may do
        throw 'no';
      },
    };
    const error = refusal(thrower);
    expect(error.message).toContain('the string "no"');
    expect(error.cause).toBe('no');
  });

  it('does not decode what is no JSON', () => {
    for (const text of ['', '{', 'undefined', '\u0000']) expect(() => jsonCodec.decode(Buffer.from(text))).toThrow();
  });
});

describe('raw codec', () => {
  it('carries text and bytes as they are, and gives bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.string({ unit: 'grapheme' }), (bytes, text) => {
        const data = Buffer.from(bytes);
        expect(encodePayload(rawCodec, data)).toBe(data);
        expect(rawCodec.decode(Buffer.from(encodePayload(rawCodec, text)))).toEqual(Buffer.from(text));
      }),
    );
  });

  it.each([{}, 7, null, undefined, ['a'], 1n])('refuses %p', (data) => {
    expect(refusal(data, rawCodec).message).toMatch(/, but a raw tube carries a Buffer or a string, not [^.]+\.$/);
  });
});

describe("a tube's own codec", () => {
  const upper: DqCodec = { encode: (data) => String(data).toUpperCase(), decode: (payload) => payload.toString() };

  it('is asked for everything but a Buffer', () => {
    expect(encodePayload(upper, 'abc')).toBe('ABC');
    const bytes = Buffer.from('abc');
    expect(encodePayload(upper, bytes)).toBe(bytes);
    expect(encodePayload(jsonCodec, bytes)).toBe(bytes);
  });

  it('may give a Buffer', () => {
    const bytes = Buffer.from([1, 2, 3]);
    expect(encodePayload({ ...upper, encode: () => bytes }, 'abc')).toBe(bytes);
  });

  it.each([
    ['nothing', undefined, 'the codec returned undefined'],
    ['a promise', Promise.resolve('x'), 'the codec returned an object of Promise'],
    ['a number', 7, 'the codec returned the number 7'],
    ['a Uint8Array', new Uint8Array(2), 'the codec returned an object of Uint8Array'],
  ])('is refused when it gives %s', (_what, given: unknown, reason) => {
    const codec: DqCodec = { ...upper, encode: () => given as string };
    expect(refusal('abc', codec).message).toContain(`${reason}; it must return a string or a Buffer.`);
  });

  it('is refused with what it throws as the cause', () => {
    const cause = new RangeError('schema says no');
    const codec: DqCodec = {
      ...upper,
      encode: () => {
        throw cause;
      },
    };
    expect(refusal('abc', codec).cause).toBe(cause);
    expect(refusal('abc', codec).message).toContain('schema says no');
  });
});
