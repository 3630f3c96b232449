import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { faultText, shown, textOf } from '../../../lib/core/errors/shown.js';

class Order {
  readonly iban = 'DE02120300000000202051';
}

describe('a value in an error text', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['abc', 'the string "abc"'],
    ['a\r\nb', String.raw`the string "a\r\nb"`],
    [7, 'the number 7'],
    [NaN, 'the number NaN'],
    [-0.5, 'the number -0.5'],
    [7n, 'the bigint 7'],
    [true, 'the boolean true'],
    [() => 1, 'a function'],
    [Symbol('s'), 'a symbol'],
    [[1, 2], 'an array of 2'],
    [new Date(0), 'the Date 1970-01-01T00:00:00.000Z'],
    [new Date(NaN), 'an invalid Date'],
    [{}, 'an object of Object'],
    [Object.create(null), 'an object of no class'],
    [new Order(), 'an object of Order'],
  ])('%p is %s', (value, text) => {
    expect(shown(value)).toBe(text);
  });

  it('is cut short when it is long', () => {
    expect(shown('x'.repeat(10_000))).toBe(`the string "${'x'.repeat(80)}..."`);
  });

  it('stays on one line and short, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary', maxLength: 500 })), (value) => {
        const text = shown(value);
        expect(text.split(String.fromCharCode(10))).toHaveLength(1);
        expect(text.length).toBeLessThan(600);
      }),
    );
  });

  it('never shows what is inside an object', () => {
    for (const value of [new Order(), [new Order()], { order: new Order() }])
      expect(shown(value)).not.toContain('DE02');
  });
});

describe('the text of something thrown', () => {
  it('is the message of an error, and the short form of anything else', () => {
    expect(textOf(new Error('no'))).toBe('no');
    expect(textOf('no')).toBe('the string "no"');
    expect(textOf(undefined)).toBe('undefined');
    expect(textOf(new Order())).toBe('an object of Order');
  });
});

describe('the text of an error without a message', () => {
  // As Node makes it for a host of several addresses.
  const nowhere = new AggregateError([
    new Error('connect ECONNREFUSED ::1:1'),
    new Error('connect ECONNREFUSED 127.0.0.1:1'),
  ]);

  it('is that of the errors in it', () => {
    for (const text of [textOf(nowhere), faultText(nowhere)])
      expect(text).toBe('connect ECONNREFUSED ::1:1, connect ECONNREFUSED 127.0.0.1:1');
  });

  it('is its name when there is nothing else, and never a value that was thrown', () => {
    expect(textOf(new TypeError())).toBe('TypeError');
    for (const odd of [new AggregateError([]), new AggregateError(['DE02120300000000202051', { iban: 'DE02' }])])
      expect(faultText(odd)).toBe('AggregateError');
  });
});

describe('the text of what a handler threw', () => {
  it('is the message of an error, the text of a string, and of an object no more than its type, since it may be the payload', () => {
    expect(faultText(new Error('no'))).toBe('no');
    const others = [5, null, undefined, new Order(), { iban: 'DE02' }, ['DE02'], Symbol('DE02')];
    for (const thrown of others) expect(faultText(thrown)).not.toContain('DE02');
    expect(faultText('x')).toBe('the string "x" was thrown, which is not an Error');
    expect(faultText('x'.repeat(10_000)).length).toBeLessThan(300);
    expect(faultText(new Order())).toBe('an object of Order was thrown, which is not an Error');
  });
});
