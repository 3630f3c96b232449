import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { backoffRule } from '../../../lib/core/options/backoff.js';
import type { DqBackoff } from '../../../lib/core/options/dq-options.js';
import { DqOptionsError } from '../../../lib/core/errors/argument.errors.js';
import { LONGEST_DELAY_MS } from '../../../lib/core/wire/due-time.js';
import { seededRandom } from '../../support/seeded-random.js';

const never = (): number => 0;
const always = (): number => 1 - Number.EPSILON;

function rule(backoff: unknown): ReturnType<typeof backoffRule> {
  return backoffRule(backoff as DqBackoff, 'backoff of tube "orders"');
}

describe('fixed backoff', () => {
  it('is always the same', () => {
    const wait = rule({ type: 'fixed', delay: '2s' });
    for (const attempt of [1, 2, 1_000_000]) expect(wait(attempt, undefined, always)).toBe(2_000);
  });
});

describe('exponential backoff', () => {
  it('grows by its factor up to its maximum', () => {
    const wait = rule({ type: 'exponential', delay: 1_000, factor: 3, max: '30s', jitter: 0 });
    expect([1, 2, 3, 4, 5, 900_000].map((attempt) => wait(attempt, undefined, never))).toEqual([
      1_000, 3_000, 9_000, 27_000, 30_000, 30_000,
    ]);
  });

  it('doubles, up to an hour, and takes off at most a fifth by default', () => {
    const wait = rule({ type: 'exponential', delay: '1s' });
    expect([1, 2, 3, 13].map((attempt) => wait(attempt, undefined, never))).toEqual([1_000, 2_000, 4_000, 3_600_000]);
    expect(wait(1, undefined, always)).toBe(800);
  });

  it('stays between what its jitter leaves and the full wait', () => {
    const options = fc.record({
      delay: fc.integer({ min: 1, max: 10_000 }),
      factor: fc.double({ min: 1, max: 10, noNaN: true }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      attempt: fc.integer({ min: 1, max: 1_000_000 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(options, ({ delay, factor, jitter, attempt, seed }) => {
        const wait = rule({ type: 'exponential', delay, factor, jitter })(attempt, undefined, seededRandom(seed));
        const full = Math.min(3_600_000, delay * factor ** (attempt - 1));
        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(full * (1 - jitter)));
        expect(wait).toBeLessThanOrEqual(Math.ceil(full));
      }),
    );
  });

  it('is a number even when its delay is 0 and its factor has run over', () => {
    expect(rule({ type: 'exponential', delay: 0 })(2_000, undefined, never)).toBe(0);
  });
});

describe("a user's own backoff", () => {
  it('is asked with the attempt and its error', () => {
    const error = new Error('no');
    expect(rule((attempt: number, cause: unknown) => (cause === error ? attempt * 10 : 0))(3, error, never)).toBe(30);
  });

  it.each([NaN, Infinity, -1, undefined, '5s', null])('waits a minute when it returns %p', (value) => {
    expect(rule(() => value)(1, undefined, never)).toBe(60_000);
  });

  it('waits a minute when it throws, so that the job is not lost over it', () => {
    const thrower = (): number => {
      throw new Error('bug');
    };
    expect(rule(thrower)(1, undefined, never)).toBe(60_000);
  });

  it('is rounded, and bounded by what beanstalkd can hold', () => {
    expect(rule(() => 10.4)(1, undefined, never)).toBe(10);
    expect(rule(() => 1e300)(1, undefined, never)).toBe(LONGEST_DELAY_MS);
  });
});

describe('backoff', () => {
  it.each<[string, string, unknown]>([
    ['a number', '', 5],
    ['a text', '', 'exponential'],
    ['null', '', null],
    ['undefined', '', undefined],
    ['an array', '', []],
    ['no type', 'type', { delay: 5 }],
    ['an unknown type', 'type', { type: 'linear', delay: 5 }],
    ['no delay', 'delay', { type: 'fixed' }],
    ['a negative delay', 'delay', { type: 'fixed', delay: -1 }],
    ['a delay longer than beanstalkd can hold', 'delay', { type: 'fixed', delay: LONGEST_DELAY_MS + 1 }],
    ['a delay of NaN', 'delay', { type: 'exponential', delay: NaN }],
    ['an infinite delay', 'delay', { type: 'exponential', delay: Infinity }],
    ['a delay that is no duration', 'delay', { type: 'exponential', delay: 'soon' }],
    ['a factor below 1', 'factor', { type: 'exponential', delay: 5, factor: 0.5 }],
    ['a factor of NaN', 'factor', { type: 'exponential', delay: 5, factor: NaN }],
    ['an infinite factor', 'factor', { type: 'exponential', delay: 5, factor: Infinity }],
    ['a factor in text', 'factor', { type: 'exponential', delay: 5, factor: '2' }],
    ['a jitter above 1', 'jitter', { type: 'exponential', delay: 5, jitter: 1.1 }],
    ['a negative jitter', 'jitter', { type: 'exponential', delay: 5, jitter: -0.1 }],
    ['a jitter of NaN', 'jitter', { type: 'exponential', delay: 5, jitter: NaN }],
    ['a maximum below its delay', 'max', { type: 'exponential', delay: '2h' }],
    ['a maximum that is no duration', 'max', { type: 'exponential', delay: 5, max: 'never' }],
    ['an infinite maximum', 'max', { type: 'exponential', delay: 5, max: Infinity }],
    ['a maximum longer than beanstalkd can hold', 'max', { type: 'exponential', delay: 5, max: LONGEST_DELAY_MS + 1 }],
  ])('is refused with %s, under the name of the part', (_what, part, backoff) => {
    expect(() => rule(backoff)).toThrow(DqOptionsError);
    const where = part === '' ? 'backoff' : `${part} in backoff`;
    expect(() => rule(backoff)).toThrow(new RegExp(`^Expected ${where} of tube "orders" to be .*, got .+\\.$`));
  });

  it('is refused with a misspelt key', () => {
    expect(() => rule({ type: 'exponential', delay: 5, factr: 3 })).toThrow(DqOptionsError);
  });
});
