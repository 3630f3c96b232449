import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DqHandleError } from '../../../lib/core/errors/argument.errors.js';
import { formatHandle, parseHandle } from '../../../lib/core/wire/handle.js';

const endpoint = fc.oneof(
  fc.tuple(fc.domain(), fc.integer({ min: 1, max: 65_535 })).map(([host, port]) => `${host}:${port}`),
  fc.ipV4().map((host) => `${host}:11300`),
  fc.ipV6().map((host) => `[${host}]:11300`),
);
const tube = fc.stringMatching(/^[A-Za-z0-9+;.$_()][A-Za-z0-9+;.$_()-]{0,199}$/);
const jobId = fc.stringMatching(/^[A-Za-z0-9._~:@+=-]{1,128}$/);
const number = fc.integer({ min: 1, max: 2 ** 53 - 1 });

describe('handle', () => {
  it('comes back as it was formatted', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(endpoint, number), { minLength: 1, maxLength: 5 }), tube, jobId, (at, name, id) => {
        const copies = at.map(([where, copy]) => ({ endpoint: where, tube: name, number: copy }));
        expect(parseHandle(formatHandle(copies, id))).toEqual({ tube: name, copies, id });
      }),
    );
  });

  it('has the form that dq splits at commas and slashes', () => {
    const text = formatHandle(
      [
        { endpoint: '10.0.0.1:11300', tube: 'orders', number: 7 },
        { endpoint: '[::1]:11300', tube: 'orders', number: 12 },
      ],
      'order-1',
    );
    expect(text).toBe('10.0.0.1:11300/orders/7,[::1]:11300/orders/12,order-1');
    // dq's Revoke takes what has three fields between slashes, and passes by the rest.
    expect(text.split(',').filter((part) => part.split('/').length === 3)).toHaveLength(2);
  });

  it('of dq itself has no id', () => {
    expect(parseHandle('10.0.0.1:11300/orders/7,10.0.0.2:11300/orders/9')).toEqual({
      tube: 'orders',
      copies: [
        { endpoint: '10.0.0.1:11300', tube: 'orders', number: 7 },
        { endpoint: '10.0.0.2:11300', tube: 'orders', number: 9 },
      ],
      id: undefined,
    });
    expect(parseHandle('localhost:11300/orders/7').id).toBeUndefined();
  });

  it('of a plain tube ends in an md5', () => {
    const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
    expect(parseHandle(`10.0.0.1:11300/orders/7,${md5}`).id).toBe(md5);
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', { toString: () => 'a:1/t/1,x' }],
    ['an array', ['a:1/t/1,x']],
    ['nothing', ''],
    ['an id alone', 'order-1'],
    ['two ids', 'a:1/t/1,x,y'],
    ['an id in front', 'x,a:1/t/1'],
    ['an id between', 'a:1/t/1,x,b:1/t/2'],
    ['an empty part', 'a:1/t/1,,x'],
    ['a comma at the end', 'a:1/t/1,'],
    ['two fields', 'a:1/t,x'],
    ['four fields', 'a:1/t/1/2,x'],
    ['an empty tube', 'a:1//1,x'],
    ['an empty endpoint', '/t/1,x'],
    ['no number', 'a:1/t/,x'],
    ['a negative number', 'a:1/t/-1,x'],
    ['a fractional number', 'a:1/t/1.5,x'],
    ['a number of letters', 'a:1/t/one,x'],
    ['an exponent', 'a:1/t/1e3,x'],
    ['a number above 2^53', 'a:1/t/9007199254740993,x'],
    ['a number of 17 digits', 'a:1/t/10000000000000000,x'],
    ['two tubes', 'a:1/t/1,b:1/u/2,x'],
    ['a space', 'a:1/t/1, x'],
    ['a newline at the end', 'a:1/t/1,x\n'],
    ['a newline in the tube', 'a:1/t\ndelete 1/1,x'],
    ['an id of 129 characters', `a:1/t/1,${'x'.repeat(129)}`],
    ['a tube of 201 characters', `a:1/${'t'.repeat(201)}/1,x`],
  ])('is not read from %s', (_what, text) => {
    expect(() => parseHandle(text)).toThrow(DqHandleError);
  });

  it('cut off anywhere is refused, or names the same tube and nodes and never another', () => {
    const copies = [1, 2, 3].map((node) => ({ endpoint: `10.0.0.${node}:11300`, tube: 'orders', number: 10 * node }));
    const whole = formatHandle(copies, 'order-1');
    let read = 0;
    for (let length = 0; length < whole.length; length++) {
      let found;
      try {
        found = parseHandle(whole.slice(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(DqHandleError);
        continue;
      }
      read++;
      expect(found.tube).toBe('orders');
      const nodes = copies.map((copy) => copy.endpoint);
      expect(found.copies.map((copy) => copy.endpoint)).toEqual(nodes.slice(0, found.copies.length));
    }
    expect(read).toBeGreaterThan(0);
  });

  it('is refused with what came and what to do', () => {
    expect(() => parseHandle('nonsense')).toThrow(
      'Expected a handle as delay() returned it (endpoint/tube/number,...,id), got the string "nonsense". Store it whole.',
    );
    expect(() => parseHandle(Promise.resolve('a:1/orders/7,id'))).toThrow(
      'got an object of Promise. Did you forget await?',
    );
    expect(() => parseHandle('x'.repeat(10_000))).toThrow(/^.{0,250}$/);
  });

  it('made of any text is read or refused, and nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a:1/,\n x.]{0,30}$/), (text) => {
        try {
          expect(formatHandle(parseHandle(text).copies, parseHandle(text).id ?? '')).toContain(parseHandle(text).tube);
        } catch (error) {
          expect(error).toBeInstanceOf(DqHandleError);
        }
      }),
    );
  });
});
