import { describe, expect, it } from '@jest/globals';
import type { DqEvent } from 'nestjs-dq';
import { Meters } from '../../lib/dashboard/meters.js';
import { ManualClock } from '../support/manual-clock.js';

const ATTEMPT = { tube: 'orders', id: 'a', handler: 'Orders.run', attempt: 1 } as const;
const completed = (lateMs: number, tookMs: number, more: object = {}): DqEvent =>
  Object.assign({ type: 'job-completed', lateMs, tookMs, ...ATTEMPT } as const, more);

function meters(minutes = 1): { readonly all: Meters; readonly clock: ManualClock } {
  const clock = new ManualClock();
  return { all: new Meters(minutes, clock), clock };
}

describe('meters', () => {
  it('count attempts by what they came to, in the step in which they ended', () => {
    const { all, clock } = meters();
    const error = new Error('no');
    all.add(completed(0, 1));
    all.add(completed(0, 1, { tube: 'mails' }));
    clock.standStill(10_000);
    all.add({ type: 'job-failed', ...ATTEMPT, retryMs: 1, error, tookMs: 1, lateMs: 1 });
    all.add({ type: 'job-dead', ...ATTEMPT, reason: 'no', error, tookMs: 1, lateMs: 1 });
    clock.standStill(10_000);
    const { completed: ended, failed, dead, times } = all.show('orders');
    expect([ended.slice(-2), failed.slice(-2), dead.slice(-2)]).toEqual([
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
    expect(all.show().completed.slice(-2)).toEqual([2, 0]);
    expect([times.length, (times[1] ?? 0) - (times[0] ?? 0)]).toEqual([6, 10_000]);
  });

  it('leave out the step that is not over, and forget what is older than they go back', () => {
    const { all, clock } = meters();
    all.add(completed(0, 1));
    expect(all.show().completed).toEqual([0, 0, 0, 0, 0, 0]);
    clock.standStill(60_000);
    expect(all.show().completed).toEqual([1, 0, 0, 0, 0, 0]);
    clock.standStill(10_000);
    expect(all.show().completed).toEqual([0, 0, 0, 0, 0, 0]);
    all.add(completed(0, 1));
    clock.standStill(10_000);
    expect(all.show().completed).toEqual([0, 0, 0, 0, 0, 1]);
  });

  it.each([0, 1, 7, 100, 5_000, 60_000, 900_000])('tell %i ms right to a third', (ms) => {
    const { all, clock } = meters();
    for (let count = 0; count < 100; count++) all.add(completed(ms, ms));
    clock.standStill(10_000);
    const { lateP50, lateP99, tookP50, tookP99 } = all.show();
    for (const list of [lateP50, lateP99, tookP50, tookP99]) {
      expect(list.at(-2)).toBeNull();
      expect(Math.abs((list.at(-1) ?? NaN) - ms)).toBeLessThanOrEqual(ms / 3);
    }
  });

  it('tell the few that are late apart from the many that are not', () => {
    const { all, clock } = meters();
    for (let count = 0; count < 98; count++) all.add(completed(1, 1));
    for (let count = 0; count < 2; count++) all.add(completed(4_000, 1));
    clock.standStill(10_000);
    const { lateP50, lateP99 } = all.show();
    expect(lateP50.at(-1)).toBe(1);
    expect(lateP99.at(-1)).toBeGreaterThan(2_000);
  });

  it('take no lateness of a retry, which waits on purpose, and no time of a handler that was not called', () => {
    const { all, clock } = meters();
    all.add(completed(60_000, 5, { attempt: 2 }));
    all.add({ type: 'job-dead', ...ATTEMPT, attempt: 2, reason: 'it expired', tookMs: 0, lateMs: 1 });
    clock.standStill(10_000);
    const { lateP50, tookP50, dead } = all.show();
    expect([lateP50.at(-1), dead.at(-1)]).toEqual([null, 1]);
    expect(tookP50.at(-1)).toBeGreaterThan(3);
  });
});
