import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { JobHeap } from '../../../../lib/embedded/node/job-heap.js';
import { StoredJob } from '../../../../lib/embedded/node/stored-job.js';
import { Tube } from '../../../../lib/embedded/node/tube.js';

const tube = new Tube('heap');

function jobOf(rank: number, id: number): StoredJob {
  const job = new StoredJob(id, tube, 0, 0, 1, '', 0, 0);
  job.rank = rank;
  job.order = id;
  return job;
}

const inOrder = (jobs: Iterable<StoredJob>): StoredJob[] =>
  [...jobs].toSorted((one, other) => one.rank - other.rank || one.order - other.order);

describe('a heap of jobs', () => {
  it('has the first by rank and order at its top, whatever was put in and taken out of its middle', () => {
    const step = fc.record({
      rank: fc.constantFrom(0, 1, 2, 4_294_967_295, 1.8e12),
      takes: fc.boolean(),
      which: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const heap = new JobHeap();
        const jobs = new Set<StoredJob>();
        for (const [at, { rank, takes, which }] of steps.entries()) {
          const taken = [...jobs][which % Math.max(1, jobs.size)];
          if (takes && taken !== undefined) {
            heap.remove(taken);
            jobs.delete(taken);
          } else {
            const job = jobOf(rank, at);
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
