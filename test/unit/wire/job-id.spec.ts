import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { nativeClaimKey } from '../../../lib/core/claims/claim-key.js';
import { DqJobIdError } from '../../../lib/core/errors/argument.errors.js';
import { formatHandle, parseHandle } from '../../../lib/core/wire/handle.js';
import { checkJobId, isJobId, newJobId } from '../../../lib/core/wire/job-id.js';

const ALLOWED = /^[A-Za-z0-9._~:@+=-]{1,128}$/;

describe('a new job id', () => {
  it('is 22 characters that stand for 128 bits, and passes its own check', () => {
    for (let count = 0; count < 600; count++) {
      const id = newJobId();
      expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(Buffer.from(id, 'base64url')).toHaveLength(16);
      expect(checkJobId(id)).toBe(id);
    }
  });

  it('is never given twice, over many refills of its pool', () => {
    const ids = new Set<string>();
    for (let count = 0; count < 20_000; count++) ids.add(newJobId());
    expect(ids.size).toBe(20_000);
  });

  it('uses all of its bits', () => {
    const seen = Buffer.alloc(16);
    const missing = Buffer.alloc(16, 0xff);
    for (let count = 0; count < 300; count++) {
      Buffer.from(newJobId(), 'base64url').forEach((byte, at) => {
        seen[at] = (seen[at] as number) | byte;
        missing[at] = (missing[at] as number) & byte;
      });
    }
    expect([...seen]).toEqual(Array.from({ length: 16 }, () => 0xff));
    expect([...missing]).toEqual(Array.from({ length: 16 }, () => 0));
  });
});

describe("a caller's own job id", () => {
  it('may have 1 to 128 of the allowed characters', () => {
    fc.assert(fc.property(fc.stringMatching(ALLOWED), (id) => expect(checkJobId(id)).toBe(id)));
    expect(isJobId('a'.repeat(128))).toBe(true);
    expect(isJobId('a'.repeat(129))).toBe(false);
    expect(isJobId('')).toBe(false);
  });

  it.each([
    ['an emoji', '😀'],
    ['a number', 7],
    ['null', null],
    ['undefined', undefined],
    ['an array', ['a']],
    ['a String object', Object('a')],
  ])('must not have or be %s', (_what, id) => {
    expect(isJobId(id)).toBe(false);
    expect(() => checkJobId(id)).toThrow(DqJobIdError);
  });

  it('has no other characters: a brace would move it to another slot of a Redis Cluster', () => {
    for (let code = 0; code < 0x180; code++) {
      const char = String.fromCharCode(code);
      for (const id of [char, `a${char}`, `a${char}b`]) expect([id, isJobId(id)]).toEqual([id, ALLOWED.test(id)]);
    }
    expect(Array.from('{}/, \n\r\0"\\ü').filter((char) => ALLOWED.test(char))).toEqual([]);
  });

  it('that passes goes through a handle, a JSON header and a claim key unchanged', () => {
    fc.assert(
      fc.property(fc.stringMatching(ALLOWED), fc.stringMatching(ALLOWED), (id, other) => {
        expect(parseHandle(formatHandle([{ endpoint: 'a:1', tube: 't', number: 1 }], id)).id).toBe(id);
        expect(JSON.stringify(id)).toBe(`"${id}"`);
        expect(nativeClaimKey('t', id) === nativeClaimKey('t', other)).toBe(id === other);
      }),
    );
  });

  it('is refused with what came and what to do', () => {
    expect(() => checkJobId('a/b')).toThrow(/got the string "a\/b"\. Encode other characters, for example/);
    expect(() => checkJobId(42)).toThrow(/got the number 42\. Give String\(42\)\.$/);
    expect(() => checkJobId(42n)).toThrow(/got the bigint 42\. Give String\(42\)\.$/);
    for (const id of [NaN, null, {}]) expect(() => checkJobId(id)).toThrow(/\. Give a string\.$/);
    expect(checkJobId(String(42))).toBe('42');
  });
});
