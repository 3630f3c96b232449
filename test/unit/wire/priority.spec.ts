import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DqPriorityError } from '../../../lib/core/errors/argument.errors.js';
import { LATEST_DUE_MS } from '../../../lib/core/wire/due-time.js';
import {
  checkPriority,
  type DqPriority,
  isPriority,
  priorityField,
  spareField,
} from '../../../lib/core/wire/priority.js';

const BANDS: readonly DqPriority[] = ['high', 'normal', 'low'];
const band = fc.constantFrom(...BANDS);
const rank = fc.nat(20);
const anyDue = fc.integer({ min: 0, max: LATEST_DUE_MS });
/** Where thirty bits of seconds from 2020 on reach, with room for the spares of the last job. */
const EPOCH_MS = Date.UTC(2020, 0, 1);
const END_MS = EPOCH_MS + (2 ** 30 - 1 - 12) * 1000;
const dueInRange = fc.integer({ min: EPOCH_MS, max: END_MS });

describe('priority field', () => {
  it('is always a number that beanstalkd takes', () => {
    fc.assert(
      fc.property(band, anyDue, (priority, dueMs) => {
        const field = priorityField(priority, dueMs);
        expect(Number.isInteger(field) && field >= 0 && field <= 2 ** 32 - 1).toBe(true);
      }),
    );
  });

  it('puts every copy of a high job before every normal one, and that before every low one', () => {
    fc.assert(
      fc.property(anyDue, anyDue, rank, (one, other, spare) => {
        expect(priorityField('high', one, spare)).toBeLessThan(priorityField('normal', other));
        expect(priorityField('normal', one, spare)).toBeLessThan(priorityField('low', other));
      }),
    );
  });

  it('puts a spare where a job would stand that is due 4 s later, and the next one 8 s', () => {
    const [due, later] = [EPOCH_MS + 5_000, EPOCH_MS + 9_000];
    expect([0, 1, 2].map((spare) => priorityField('low', due, spare) - priorityField('low', due))).toEqual([0, 4, 8]);
    expect(priorityField('low', due, 1)).toBe(priorityField('low', later));
    expect(spareField(priorityField('high', due), 2)).toBe(priorityField('high', due, 2));
  });

  it('orders the jobs of a band by their due second', () => {
    fc.assert(
      fc.property(band, dueInRange, dueInRange, (priority, one, other) => {
        const [first, second] = [Math.floor(one / 1000), Math.floor(other / 1000)];
        const order = priorityField(priority, one) - priorityField(priority, other);
        expect(Math.sign(order)).toBe(Math.sign(first - second));
      }),
    );
  });

  it('shares one value within a second', () => {
    expect(priorityField('normal', EPOCH_MS + 5_000)).toBe(priorityField('normal', EPOCH_MS + 5_999));
    expect(priorityField('normal', EPOCH_MS + 6_000)).toBe(priorityField('normal', EPOCH_MS + 5_999) + 1);
  });

  it('stays at the ends of its band before 2020 and after 2054', () => {
    for (const priority of BANDS) {
      expect(priorityField(priority, 0)).toBe(priorityField(priority, EPOCH_MS));
      expect(priorityField(priority, LATEST_DUE_MS)).toBe(priorityField(priority, END_MS));
      expect(priorityField(priority, END_MS)).toBe(priorityField(priority, END_MS - 1000) + 1);
    }
    expect(new Date(END_MS).getUTCFullYear()).toBe(2054);
  });

  it('would leave its band without the clamps (control)', () => {
    const unclamped = 2 ** 30 + Math.floor(LATEST_DUE_MS / 1000) - EPOCH_MS / 1000;
    expect(unclamped).toBeGreaterThan(priorityField('low', EPOCH_MS));
  });
});

describe('priority', () => {
  it.each(BANDS)('may be %s', (priority) => {
    expect(checkPriority(priority)).toBe(priority);
  });

  it.each(['', 'High', 'HIGH', 'urgent', 'toString', '__proto__', 'constructor', 0, 1, null, undefined, ['high'], {}])(
    'must not be %p',
    (priority) => {
      expect(isPriority(priority)).toBe(false);
      expect(() => checkPriority(priority)).toThrow(DqPriorityError);
      expect(() => checkPriority(priority)).toThrow(/Expected priority 'high', 'normal' or 'low', got /);
    },
  );
});
