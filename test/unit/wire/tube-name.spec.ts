import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DqTubeNameError } from '../../../lib/core/errors/argument.errors.js';
import { checkTubeName } from '../../../lib/core/wire/tube-name.js';

/** `name_chars` of beanstalkd's prot.c, its limit of 200 bytes, and its rule for the first character. */
const CHARS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-+/;.$_()';
function beanstalkdTakes(name: string): boolean {
  const bytes = Buffer.byteLength(name);
  return bytes >= 1 && bytes <= 200 && !name.startsWith('-') && Array.from(name).every((char) => CHARS.includes(char));
}

function passes(name: unknown): boolean {
  try {
    return checkTubeName(name) === name;
  } catch (error) {
    if (error instanceof DqTubeNameError) return false;
    throw error;
  }
}

describe('tube name', () => {
  it("follows beanstalkd's rule character by character, less the slash", () => {
    for (let code = 0; code < 0x180; code++) {
      const char = String.fromCharCode(code);
      expect([char, passes(`a${char}`)]).toEqual([char, beanstalkdTakes(`a${char}`) && char !== '/']);
      expect([char, passes(char)]).toEqual([char, beanstalkdTakes(char) && char !== '/']);
    }
  });

  it("follows beanstalkd's rule for any text, less the slash", () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.stringMatching(/^[-a+/;.$_()9 ,\n]{0,12}$/));
    fc.assert(
      fc.property(text, (name) => expect(passes(name)).toBe(beanstalkdTakes(name) && !name.includes('/'))),
      { numRuns: 500 },
    );
  });

  it('has at most 200 bytes', () => {
    expect(passes('t'.repeat(200))).toBe(true);
    expect(passes('t'.repeat(201))).toBe(false);
    expect(passes('')).toBe(false);
  });

  it.each(['123', 'true', 'null', '2020-01-01', 'orders.eu-west', '$_()', '+', ';'])('may be %s', (name) => {
    expect(checkTubeName(name)).toBe(name);
  });

  it.each([
    ['a command in it', 'x\r\ndelete 1'],
    ['a number', 5],
    ['null', null],
    ['undefined', undefined],
    ['an array', ['orders']],
  ])('is refused with %s', (_what, name) => {
    expect(() => checkTubeName(name)).toThrow(DqTubeNameError);
  });

  it('is refused with what came and why', () => {
    expect(() => checkTubeName('a/b')).toThrow(/got the string "a\/b"\. A "\/" or "," is refused because handles/);
    expect(() => checkTubeName('x'.repeat(5_000))).toThrow(/^.{0,300}$/);
  });
});
