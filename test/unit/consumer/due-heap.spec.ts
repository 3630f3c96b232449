import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { DueHeap } from '../../../lib/core/consumer/due-heap.js';
import type { HeldJob } from '../../../lib/core/consumer/held-job.js';
import { heldJob } from './held-jobs.js';

function popAll(heap: DueHeap): HeldJob[] {
  const all: HeldJob[] = [];
  for (let job = heap.pop(); job !== undefined; job = heap.pop()) all.push(job);
  return all;
}

describe('due heap', () => {
  it('gives jobs in the order of their moments, as sorting would', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 })), (moments) => {
        const heap = new DueHeap();
        for (const moment of moments) heap.push(heldJob(moment));
        expect(heap.length).toBe(moments.length);
        expect(popAll(heap).map(({ notBefore }) => notBefore)).toEqual(moments.toSorted((a, b) => a - b));
        expect([heap.length, heap.peek(), heap.pop()]).toEqual([0, undefined, undefined]);
      }),
    );
  });

  it('gives jobs of one moment in the order in which they came', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 })), (moments) => {
        const heap = new DueHeap();
        const jobs = moments.map((moment) => heldJob(moment));
        for (const job of jobs) heap.push(job);
        // The sort of JavaScript keeps the order of what is equal.
        expect(popAll(heap)).toEqual(jobs.toSorted((one, other) => one.notBefore - other.notBefore));
      }),
    );
  });

  it('gives no job twice and loses none, whatever is pushed and popped in between', () => {
    const step = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant('pop' as const), fc.constant('peek' as const));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = new DueHeap();
        let model: HeldJob[] = [];
        for (const what of steps) {
          if (typeof what === 'number') {
            const job = heldJob(what);
            heap.push(job);
            model.push(job);
            continue;
          }
          const first = what === 'pop' ? heap.pop() : heap.peek();
          expect(first?.notBefore).toBe(model.map(({ notBefore }) => notBefore).toSorted((a, b) => a - b)[0]);
          if (what === 'pop') model = model.filter((job) => job !== first);
          expect(heap.length).toBe(model.length);
        }
        expect(new Set(popAll(heap))).toEqual(new Set(model));
      }),
    );
  });

  it('drops jobs that left meanwhile when they come up', () => {
    const entry = fc.record({ moment: fc.nat(100), left: fc.boolean() });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const heap = new DueHeap();
        const jobs = entries.map(({ moment }) => heldJob(moment));
        for (const job of jobs) heap.push(job);
        entries.forEach(({ left }, at) => {
          if (left) (jobs[at] as HeldJob).become('left');
        });
        const stay = entries.filter(({ left }) => !left).map(({ moment }) => moment);
        expect(heap.peek()?.notBefore).toBe(stay.toSorted((a, b) => a - b)[0]);
        expect(popAll(heap).map(({ notBefore }) => notBefore)).toEqual(stay.toSorted((a, b) => a - b));
        expect(heap.length).toBe(0);
      }),
    );
  });
});
