import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { nativePrefix } from '../../../lib/core/wire/envelope.js';
import { isJobId } from '../../../lib/core/wire/job-id.js';
import { readUsualHeader } from '../../../lib/core/wire/usual-header.js';

const MARKER = 20;
const usual = (id: string, copies: number): Buffer =>
  Buffer.from(`${nativePrefix(1_767_225_600_123, id, copies)}{"x":1}`);
const read = (header: string) => readUsualHeader(Buffer.from(header), 0);

describe('the usual header', () => {
  it('is read as it was written, and tells where the payload begins', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9._~:@+=-]{1,128}$/),
        fc.integer({ min: 1, max: 999_999 }),
        (id, copies) => {
          const body = usual(id, copies);
          const header = readUsualHeader(body, MARKER);
          expect(header).toMatchObject({ id, copies });
          expect(body.subarray(header?.end).toString()).toBe('{"x":1}');
        },
      ),
    );
  });

  it('takes the ids that the checks let pass, and no others', () => {
    for (let code = 0; code < 256; code++) {
      const id = `a${String.fromCharCode(code)}`;
      const body = Buffer.from(`\u0001{"v":1,"id":"${id}","n":3}\n`, 'latin1');
      expect(readUsualHeader(body, 0) !== undefined).toBe(isJobId(id));
    }
  });

  it.each([
    ['nothing', ''],
    ['no marker', '{"v":1,"id":"a","n":3}\n'],
    ['another version', '\u0001{"v":2,"id":"a","n":3}\n'],
    ['an empty id', '\u0001{"v":1,"id":"","n":3}\n'],
    ['an id of 129 characters', `\u0001{"v":1,"id":"${'a'.repeat(129)}","n":3}\n`],
    ['no count', '\u0001{"v":1,"id":"a","n":}\n'],
    ['a count of 0', '\u0001{"v":1,"id":"a","n":0}\n'],
    ['a count that begins with 0', '\u0001{"v":1,"id":"a","n":03}\n'],
    ['a count of seven digits', '\u0001{"v":1,"id":"a","n":1000000}\n'],
    ['a fraction', '\u0001{"v":1,"id":"a","n":1.5}\n'],
    ['something more', '\u0001{"v":1,"id":"a","n":3,"g":"x"}\n'],
    ['no end of line', '\u0001{"v":1,"id":"a","n":3}'],
    ['spaces', '\u0001{"v": 1,"id":"a","n":3}\n'],
  ])('leaves %s to the whole reader', (_what, header) => {
    expect(read(header)).toBeUndefined();
  });

  it('leaves what was cut off anywhere to the whole reader', () => {
    const whole = '\u0001{"v":1,"id":"order-7","n":3}\n';
    expect(read(whole)).toMatchObject({ id: 'order-7', copies: 3 });
    for (let end = 0; end < whole.length; end++) expect(read(whole.slice(0, end))).toBeUndefined();
  });
});
