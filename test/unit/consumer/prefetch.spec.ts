import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Prefetch } from '../../../lib/core/consumer/prefetch.js';

function paced(concurrency: number, ms: number, runs = 500): Prefetch {
  const prefetch = new Prefetch(concurrency);
  for (let run = 0; run < runs; run++) prefetch.took(ms);
  return prefetch;
}

describe('prefetch', () => {
  it('is what the handlers clear in 100 ms', () => {
    expect(paced(10, 9.9).limit).toBe(101);
    expect(paced(20, 9.9).limit).toBe(202);
    expect(paced(20, 66).limit).toBe(30);
  });

  it('lets no job wait behind slow handlers, but fills every slot', () => {
    for (const prefetch of [paced(10, 60_000), new Prefetch(10)]) expect(prefetch.limit).toBe(10);
  });

  it('holds jobs that are not due yet for the two seconds by which they may come early', () => {
    expect(paced(10, 9.9).early(0)).toBe(91 * 20);
    expect(paced(10, 60_000).early(0)).toBe(0);
    expect(paced(10, 60_000).early(1)).toBe(250);
  });

  it('is never more than 250, unless there are as many slots', () => {
    for (const ms of [0, 0.001, 0.1]) {
      expect(paced(100, ms).limit).toBe(250);
      expect(paced(100_000, ms).limit).toBe(100_000);
    }
  });

  it('is not thrown off by one long run among many short ones', () => {
    const prefetch = paced(10, 6);
    const before = prefetch.limit;
    prefetch.took(60_000);
    expect(prefetch.limit).toBeGreaterThan(before / 5);
  });

  it('shrinks at once while nothing ends, and grows with the next end', () => {
    const prefetch = paced(10, 1);
    prefetch.stuckFor(5_000);
    expect(prefetch.limit).toBe(10);
    prefetch.took(1);
    expect(prefetch.limit).toBe(250);
  });

  it('gives whole numbers within its bounds, whatever handlers take', () => {
    const took = fc.array(fc.oneof(fc.double({ min: 0, max: 1e9, noNaN: true }), fc.constant(0)), { maxLength: 50 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), took, fc.nat(100_000), fc.nat(1), (slots, all, stuck, free) => {
        const prefetch = new Prefetch(slots);
        for (const ms of all) prefetch.took(ms);
        prefetch.stuckFor(stuck);
        const { limit } = prefetch;
        expect(Number.isInteger(limit) && limit >= slots && limit <= Math.max(slots, 250)).toBe(true);
        const early = prefetch.early(free);
        expect(Number.isInteger(early) && early >= 250 * free && early <= 5_000).toBe(true);
      }),
    );
  });
});
