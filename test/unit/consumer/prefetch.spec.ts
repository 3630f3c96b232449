import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Prefetch } from '../../../lib/core/consumer/prefetch.js';

function paced(concurrency: number, ms: number, runs = 500): Prefetch {
  const prefetch = new Prefetch(concurrency);
  for (let run = 0; run < runs; run++) prefetch.took(ms);
  return prefetch;
}

describe('prefetch', () => {
  it('lets as many jobs wait as the handlers clear in 100 ms', () => {
    expect(paced(10, 9.9).readyLimit(0)).toBe(101);
    expect(paced(20, 9.9).readyLimit(0)).toBe(202);
    expect(paced(20, 99).readyLimit(0)).toBe(20);
    expect(paced(10, 60_000).readyLimit(0)).toBe(0);
  });

  it('lets no job wait behind slow handlers, but fills every free slot', () => {
    const prefetch = paced(10, 60_000);
    for (const free of [0, 1, 10]) expect(prefetch.readyLimit(free)).toBe(free);
  });

  it('would hold them for seconds with a fixed count ahead (control)', () => {
    const fixed = 100;
    const clearedInMs = (fixed / 10) * 60_000;
    expect(clearedInMs).toBeGreaterThan(100_000);
    expect(paced(10, 60_000).readyLimit(0)).toBeLessThan(fixed);
  });

  it('holds jobs that are not due yet for the second by which they come early', () => {
    expect(paced(10, 9.9).earlyLimit(0)).toBe(1_111);
    expect(paced(10, 60_000).earlyLimit(0)).toBe(0);
    expect(paced(10, 60_000).earlyLimit(1)).toBe(256);
  });

  it('never reaches further ahead than 250 jobs that are due, and 10,000 that are not', () => {
    const prefetch = paced(100_000, 0);
    expect([prefetch.readyLimit(0), prefetch.earlyLimit(0)]).toEqual([250, 10_000]);
  });

  it('lets all stay that came early, when they are due', () => {
    const prefetch = paced(100_000, 0);
    expect(prefetch.keepLimit(0)).toBeGreaterThanOrEqual(prefetch.readyLimit(0) + prefetch.earlyLimit(0));
  });

  it('says that it was measured after some runs, or once nothing ends', () => {
    expect(paced(10, 1, 19).measured).toBe(false);
    expect(paced(10, 1, 20).measured).toBe(true);
    const stuck = paced(10, 1, 0);
    stuck.stuckFor(500);
    expect(stuck.measured).toBe(true);
  });

  it('is not thrown off by one long run among many short ones', () => {
    const prefetch = paced(10, 1);
    const before = prefetch.readyLimit(0);
    prefetch.took(60_000);
    expect(prefetch.readyLimit(0)).toBeGreaterThan(before / 5);
  });

  it('would be by an arithmetic mean (control)', () => {
    const mean = 0.9 * 1 + 0.1 * 60_000;
    expect((10 / mean) * 100).toBeLessThan(1);
  });

  it('slows down at once while nothing ends, and recovers with the next end', () => {
    const prefetch = paced(10, 1);
    prefetch.stuckFor(5_000);
    expect(prefetch.readyLimit(0)).toBe(0);
    prefetch.took(1);
    expect(prefetch.readyLimit(0)).toBe(250);
  });

  it('claims nothing ahead before it has measured, and then a round trip ahead', () => {
    expect(paced(10, 1, 19).claimAhead()).toBe(0);
    expect(paced(10, 0.99).claimAhead()).toBe(101);
    expect(paced(1_000, 0.01).claimAhead()).toBe(500);
    expect(paced(10, 1_000).claimAhead()).toBe(0);
  });

  it('gives whole numbers within its bounds, whatever handlers take', () => {
    const took = fc.array(fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(0)), { maxLength: 50 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        took,
        fc.nat(100_000),
        fc.nat(100_000),
        (slots, all, stuck, free) => {
          const prefetch = new Prefetch(slots);
          for (const ms of all) prefetch.took(ms);
          prefetch.stuckFor(stuck);
          for (const [limit, most] of [
            [prefetch.readyLimit(free), Math.max(free, 250)],
            [prefetch.keepLimit(free), 2 * Math.max(free, 10_000)],
            [prefetch.earlyLimit(free), 10_000],
            [prefetch.claimAhead(), 500],
          ] as const) {
            expect(Number.isInteger(limit) && limit >= 0 && limit <= most).toBe(true);
          }
        },
      ),
    );
  });
});
