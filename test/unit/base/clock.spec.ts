import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { systemClock } from '../../../lib/core/base/clock.js';

const LONGEST = 2_147_483_647;
const DAY = 86_400_000;

describe('timer of the system clock', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it.each([0, 1, 900, LONGEST, LONGEST + 1, 25 * DAY, 3 * LONGEST + 17, 365 * DAY])(
    'of %d ms runs then, and once',
    (ms) => {
      let runs = 0;
      systemClock.after(ms, () => runs++);
      jest.advanceTimersByTime(Math.max(0, ms - 1));
      expect(runs).toBe(ms === 0 ? 1 : 0);
      jest.advanceTimersByTime(1);
      expect(runs).toBe(1);
      jest.advanceTimersByTime(LONGEST);
      expect(runs).toBe(1);
    },
  );

  it('would run at once above 2^31-1 ms if it were given to Node in one piece (control)', () => {
    let runs = 0;
    setTimeout(() => runs++, LONGEST + 1);
    jest.advanceTimersByTime(1);
    expect(runs).toBe(1);
  });

  it.each([10, 25 * DAY, 3 * LONGEST])('of %d ms does not run once it is cancelled, however late', (ms) => {
    let runs = 0;
    for (const part of [0, 0.4, 0.9]) {
      const timer = systemClock.after(ms, () => runs++);
      jest.advanceTimersByTime(Math.floor(ms * part));
      timer.cancel();
      timer.cancel();
    }
    jest.advanceTimersByTime(4 * LONGEST);
    expect(runs).toBe(0);
  });

  it('may be cancelled after it ran', () => {
    let runs = 0;
    const timer = systemClock.after(5, () => runs++);
    jest.advanceTimersByTime(5);
    timer.cancel();
    expect(runs).toBe(1);
  });

  it('of a negative time runs at once', () => {
    let runs = 0;
    systemClock.after(-5, () => runs++);
    jest.advanceTimersByTime(1);
    expect(runs).toBe(1);
  });
});

describe('system clock', () => {
  it('defers to the end of the turn, in order, after the promises of it', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.defer(() => order.push('deferred'));
      systemClock.defer(() => resolve());
      void Promise.resolve().then(() => order.push('promise'));
      order.push('now');
    });
    expect(order).toEqual(['now', 'promise', 'deferred']);
  });

  it('gives the wall clock and a clock that never steps back', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000);
    expect(Number.isInteger(systemClock.now())).toBe(true);
    let last = systemClock.monotonic();
    for (let look = 0; look < 1_000; look++) {
      const next = systemClock.monotonic();
      expect(next).toBeGreaterThanOrEqual(last);
      last = next;
    }
  });
});
