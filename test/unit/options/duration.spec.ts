import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DqDateError, DqDelayError, DqPastTimeError } from '../../../lib/core/errors/argument.errors.js';
import { checkDelay, checkDueTime, durationAdvice, readDuration } from '../../../lib/core/options/duration.js';
import { LONGEST_DELAY_MS, LATEST_DUE_MS } from '../../../lib/core/wire/due-time.js';

const NOW = 1_767_225_600_000;
const DAY = 86_400_000;
const YEAR = 31_557_600_000;

const NO_DURATIONS: readonly (readonly [string, unknown])[] = [
  ['NaN', NaN],
  ['a negative number', -1],
  ['infinity', Infinity],
  ['minus infinity', -Infinity],
  ['2^53', 2 ** 53],
  ['nothing', ''],
  ['a space', ' '],
  ['a word', 'soon'],
  ['a unit alone', 's'],
  ['zero without a unit', '0'],
  ['a number without a unit', '30'],
  ['a number and a space', '30 '],
  ['a capital M, which is a minute, a month or a million', '1M'],
  ['MS', '500MS'],
  ['a word in another case', '2 Minutes'],
  ['two units', '1m 30s'],
  ['an unknown unit', '5 fortnights'],
  ['a negative text', '-1s'],
  ['an exponent', '1e3'],
  ['hexadecimal', '0x10'],
  ['a text over 100 characters', '1'.repeat(101)],
  ['a text too large for a number', '999999999999y'],
  ['null', null],
  ['undefined', undefined],
  ['true', true],
  ['a BigInt', 5n],
  ['an array', [5]],
  ['an object', { ms: 5 }],
  ['a Number object', Object(5)],
  ['a function', () => 5],
];

describe('duration', () => {
  it.each([
    [0, 0],
    [900, 900],
    ['0s', 0],
    ['100ms', 100],
    ['90s', 90_000],
    ['1.5s', 1_500],
    ['30m', 1_800_000],
    ['30 minutes', 1_800_000],
    ['7d', 7 * DAY],
    ['2w', 14 * DAY],
    ['1y', YEAR],
  ])('%p is %d ms', (given, ms) => {
    expect(readDuration(given)).toBe(ms);
  });

  it('is any whole number of milliseconds as it stands', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (ms) => {
        expect(readDuration(ms)).toBe(ms);
        expect(readDuration(-ms - 1)).toBeUndefined();
      }),
    );
  });

  it.each([
    [0.1 * 3 * 1_000, 301],
    [0.5, 1],
    [1_000 / 3, 334],
    [0.3 - 0.1 * 3, 0],
    ['0.0001s', 1],
    ['0.07h', 252_001],
  ])('is the next whole millisecond when it comes out as %p', (given, ms) => {
    expect(readDuration(given)).toBe(ms);
  });

  it.each(NO_DURATIONS)('is not %s', (_what, given) => {
    expect(readDuration(given)).toBeUndefined();
  });

  it('that is a string without a unit, or with an unclear one, is refused with the units there are', () => {
    const units = / A string ends in a unit, in lower case: ms, s, m \(minutes\), h, d, w, y, or the words for them\./;
    for (const text of ['30', '1M']) {
      expect(() => checkDelay(text)).toThrow(new RegExp(`got the string "${text}"\\.${units.source}`));
    }
    expect(checkDelay('1m')).toBe(60_000);
    expect(durationAdvice(-1)).toBe('');
  });

  it('has the units that the advice names', () => {
    const named = /in lower case: (.*), or the words/
      .exec(durationAdvice('x'))?.[1]
      ?.replace(' (minutes)', '')
      .split(', ');
    expect(named).toEqual(['ms', 's', 'm', 'h', 'd', 'w', 'y']);
    for (const unit of named ?? []) expect(readDuration(`1${unit}`)).toBeGreaterThan(0);
  });

  it('is never anything but whole milliseconds, whatever text comes', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^-?\d{0,20}\.?\d{0,8} ?(ms|s|m|h|d|w|y|years)?$/));
    fc.assert(
      fc.property(text, (given) => {
        const read = readDuration(given);
        expect(read === undefined || (Number.isSafeInteger(read) && read >= 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('delay', () => {
  it.each([
    ['no time', 0, 0],
    ['900 ms', 900, 900],
    ['25 days, more than one timer of Node can hold', '25d', 25 * DAY],
    ['136 years', '136y', 136 * YEAR],
    ['the most that beanstalkd holds', LONGEST_DELAY_MS, (2 ** 32 - 1) * 1000],
  ])('may be %s', (_what, delay, ms) => {
    expect(checkDelay(delay)).toBe(ms);
  });

  it.each([...NO_DURATIONS, ['1 ms more than beanstalkd holds', LONGEST_DELAY_MS + 1], ['200 years', '200y']])(
    'must not be %s',
    (_what, delay) => {
      expect(() => checkDelay(delay)).toThrow(DqDelayError);
      expect(() => checkDelay(delay)).toThrow(/^Expected a delay of whole milliseconds from 0 to .* got .*\.$/);
    },
  );
});

describe('due time of a job', () => {
  it.each([
    ['this very millisecond', NOW],
    ['a Date', new Date(NOW + 5)],
    ['25 days from now', NOW + 25 * DAY],
    ['136 years from now', NOW + 136 * YEAR],
    ['the most that beanstalkd holds', NOW + LONGEST_DELAY_MS],
  ])('may be %s', (_what, when) => {
    expect(checkDueTime(when, NOW)).toBe(Number(when));
  });

  it('is the next whole millisecond when it comes out as a fraction', () => {
    expect(checkDueTime(NOW + 0.25, NOW)).toBe(NOW + 1);
    expect(checkDueTime(NOW - 0.5, NOW)).toBe(NOW);
    expect(() => checkDueTime(NOW / 1_000 + 0.5, NOW)).toThrow(/as seconds/);
  });

  it.each([
    ['an invalid Date', new Date(NaN)],
    ['NaN', NaN],
    ['infinity', Infinity],
    ['a negative number', -1],
    ['a text', '2030-01-01T00:00:00Z'],
    ['digits in a text', String(NOW + 5)],
    ['null', null],
    ['undefined', undefined],
    ['an object with getTime', { getTime: () => NOW + 5 }],
    ['a BigInt', BigInt(NOW + 5)],
    ['200 years from now', NOW + 200 * YEAR],
    ['the last Date there is', new Date(8.64e15)],
    ['the end of int64 nanoseconds', LATEST_DUE_MS + 1],
    ['1 ms more than beanstalkd holds', NOW + LONGEST_DELAY_MS + 1],
  ])('must not be %s', (_what, when) => {
    expect(() => checkDueTime(when, NOW)).toThrow(DqDateError);
    expect(() => checkDueTime(when, NOW)).toThrow(/^Expected a due time .* got .*\.$/);
  });

  it.each(['2030-01-01', '2030-01-01T00:00:00.000Z', '2030-01-01 10:00:00+02:00'])(
    'is to be made a Date of when it is written as %s',
    (text) => {
      expect(() => checkDueTime(text, NOW)).toThrow(`got the string "${text}". Give new Date('${text}').`);
    },
  );

  it.each(['tomorrow', '2030-13-01', String(NOW + 5), '2030', null])('is given no such advice for %p', (when) => {
    expect(() => checkDueTime(when, NOW)).toThrow(/, got [^.]+\.$/);
  });

  it.each([
    ['one millisecond ago', NOW - 1],
    ['a Date of last year', new Date(NOW - YEAR)],
    ['a Date in 1970, which nobody takes for seconds', new Date(NOW / 1000)],
    ['a number below any seconds since 2001, such as a delay of a week', 7 * DAY],
    ['a number in 1971', 31_536_000_000],
    ['zero', 0],
  ])('must not be %s', (_what, when) => {
    expect(() => checkDueTime(when, NOW)).toThrow(DqPastTimeError);
    expect(() => checkDueTime(when, NOW)).toThrow(/ ms ago\. Use delay\(data, 0\) to run at once\.$/);
  });

  it.each([
    ['now', NOW / 1000],
    ['in an hour', NOW / 1000 + 3_600],
    ['in 2001', 1_000_000_000],
    ['in 2969', 31_535_999_999],
  ])('must not be in seconds, such as %s', (_what, seconds) => {
    expect(() => checkDueTime(seconds, NOW)).toThrow(DqDateError);
    expect(() => checkDueTime(seconds, NOW)).toThrow(
      `got the number ${seconds}, which is in 1970 as milliseconds, and ${new Date(seconds * 1000).toISOString()} as seconds. ` +
        'Give seconds * 1000, or a Date; for a time from now use delay.',
    );
  });

  it('may be in 1970 while the clock is there, as that of a test may be', () => {
    expect(checkDueTime(2_000_000_000, 1_999_999_999)).toBe(2_000_000_000);
    expect(checkDueTime(2_000_000_000, 0)).toBe(2_000_000_000);
    expect(() => checkDueTime(2_000_000_000, 2_000_000_001)).toThrow(DqPastTimeError);
  });

  it('is bounded by int64 nanoseconds even when the delay would be short enough', () => {
    const late = LATEST_DUE_MS - 10;
    expect(checkDueTime(LATEST_DUE_MS, late)).toBe(LATEST_DUE_MS);
    expect(() => checkDueTime(LATEST_DUE_MS + 1, late)).toThrow(DqDateError);
  });
});
