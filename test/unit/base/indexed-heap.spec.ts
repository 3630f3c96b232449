import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { IndexedHeap, type Ranked } from '../../../lib/core/base/indexed-heap.js';

const inOrder = (jobs: Iterable<Ranked>): Ranked[] =>
  [...jobs].toSorted((one, other) => one.rank - other.rank || one.order - other.order);

describe('an indexed heap', () => {
  it('has the first by rank and order at its top, whatever was put in and taken out of its middle', () => {
    const step = fc.record({
      rank: fc.constantFrom(0, 1, 2, 4_294_967_295, 1.8e12),
      takes: fc.boolean(),
      which: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const heap = new IndexedHeap<Ranked>();
        const jobs = new Set<Ranked>();
        for (const [at, { rank, takes, which }] of steps.entries()) {
          const taken = [...jobs][which % Math.max(1, jobs.size)];
          if (takes && taken !== undefined) {
            heap.remove(taken);
            jobs.delete(taken);
          } else {
            const job = { rank, order: at, index: 0 };
            heap.push(job);
            jobs.add(job);
          }
          expect([heap.length, heap.first]).toEqual([jobs.size, inOrder(jobs)[0]]);
        }
        for (const job of inOrder(jobs)) {
          expect(heap.first).toBe(job);
          heap.remove(job);
        }
        expect(heap.first).toBeUndefined();
      }),
    );
  });
});
