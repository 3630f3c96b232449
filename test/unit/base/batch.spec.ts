import { beforeEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Batch } from '../../../lib/core/base/batch.js';
import { ManualClock } from '../../support/manual-clock.js';

interface Call {
  readonly requests: readonly number[];
  answer(): void;
  fail(error: Error): void;
}

/** A batch whose calls are answered by the test: each request by its tenfold. */
class Bed {
  readonly clock = new ManualClock();
  readonly calls: Call[] = [];
  readonly settled: [number, number | undefined, unknown][] = [];
  readonly batch: Batch<number, number>;
  underWay = 0;
  mostUnderWay = 0;

  constructor(calls: number) {
    this.batch = new Batch<number, number>(
      (requests) => this.#call(requests),
      (request, result, error) => this.settled.push([request, result, error]),
      this.clock,
      calls,
    );
  }

  add(from: number, to: number): void {
    for (let request = from; request < to; request++) this.batch.add(request);
  }

  #call(requests: readonly number[]): Promise<readonly number[]> {
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    return new Promise((resolve, reject) => {
      this.calls.push({
        requests,
        answer: () => {
          this.underWay--;
          resolve(requests.map((request) => request * 10));
        },
        fail: (error) => {
          this.underWay--;
          reject(error);
        },
      });
    });
  }
}

describe('batch', () => {
  let bed: Bed;

  beforeEach(() => {
    bed = new Bed(2);
  });

  it('gathers the requests of one turn into one call', async () => {
    bed.add(0, 40);
    expect(bed.calls).toEqual([]);
    await bed.clock.settle();
    expect(bed.calls.map(({ requests }) => requests.length)).toEqual([40]);
    bed.calls[0]?.answer();
    await bed.clock.settle();
    expect(bed.settled).toEqual(Array.from({ length: 40 }, (_, at) => [at, at * 10, undefined]));
    expect(bed.batch.idle).toBe(true);
  });

  it('would make one call for each without that (control)', async () => {
    for (let request = 0; request < 3; request++) {
      bed.add(request, request + 1);
      await bed.clock.settle();
      bed.calls.at(-1)?.answer();
      await bed.clock.settle();
    }
    expect(bed.calls.map(({ requests }) => requests)).toEqual([[0], [1], [2]]);
  });

  it('gathers what comes while all its calls are under way, and sends it with the first answer', async () => {
    for (let turn = 0; turn < 5; turn++) {
      bed.add(turn * 10, turn * 10 + 10);
      await bed.clock.settle();
    }
    expect(bed.calls.map(({ requests }) => requests.length)).toEqual([10, 10]);
    expect(bed.batch.idle).toBe(false);
    bed.calls[1]?.answer();
    await bed.clock.settle();
    expect(bed.calls.map(({ requests }) => requests.length)).toEqual([10, 10, 30]);
  });

  it('sends at most 250 requests in one call', async () => {
    bed.add(0, 850);
    await bed.clock.settle();
    expect(bed.calls.map(({ requests }) => requests.length)).toEqual([250, 250]);
    for (let answered = 0; answered < bed.calls.length; answered++) {
      bed.calls[answered]?.answer();
      await bed.clock.settle();
    }
    expect(bed.calls.map(({ requests }) => requests.length)).toEqual([250, 250, 250, 100]);
    expect(bed.settled).toHaveLength(850);
  });

  it('settles each request of a call that failed with its error, and goes on', async () => {
    const error = new Error('away');
    bed.add(0, 3);
    await bed.clock.settle();
    bed.calls[0]?.fail(error);
    bed.add(3, 4);
    await bed.clock.settle();
    expect(bed.settled).toEqual([0, 1, 2].map((request) => [request, undefined, error]));
    bed.calls[1]?.answer();
    await bed.clock.settle();
    expect(bed.settled.at(-1)).toEqual([3, 30, undefined]);
  });

  it('lets what waits fail with the call that failed, so that nothing waits for one deadline after the other', async () => {
    const error = new Error('away');
    bed.add(0, 501);
    await bed.clock.settle();
    bed.add(501, 510);
    bed.calls[0]?.fail(error);
    await bed.clock.settle();
    expect(bed.calls.map(({ requests }) => requests.length)).toEqual([250, 250]);
    expect(bed.settled).toHaveLength(260);
    expect(bed.settled.every(([, , one]) => one === error)).toBe(true);
    bed.calls[1]?.answer();
    bed.add(510, 511);
    await bed.clock.settle();
    bed.calls[2]?.answer();
    await bed.clock.settle();
    expect(bed.settled.at(-1)).toEqual([510, 5_100, undefined]);
    expect(bed.batch.idle).toBe(true);
  });

  it('sends at once when it is flushed', async () => {
    bed.add(0, 5);
    bed.batch.flush();
    expect(bed.calls).toHaveLength(1);
    await bed.clock.settle();
    expect(bed.calls).toHaveLength(1);
  });

  it('takes requests that are made while others are settled', async () => {
    const clock = new ManualClock();
    const sizes: number[] = [];
    let left = 5;
    const batch: Batch<number, number> = new Batch<number, number>(
      (requests) => {
        sizes.push(requests.length);
        return Promise.resolve(requests);
      },
      () => {
        if (left-- > 0) batch.add(left);
      },
      clock,
      1,
    );
    batch.add(0);
    await clock.settle();
    expect(sizes).toEqual([1, 1, 1, 1, 1, 1]);
    expect(batch.idle).toBe(true);
  });

  it('settles every request once, in its call, with never more calls under way than it may have', async () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 900 }) }),
      fc.constantFrom('answer', 'fail', 'turn'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 3 }), async (steps, calls) => {
        const bed = new Bed(calls);
        let added = 0;
        let ended = 0;
        for (const what of steps) {
          if (typeof what === 'object') bed.add(added, (added += what.add));
          else if (what === 'turn') await bed.clock.settle();
          else if (what === 'answer') bed.calls[ended < bed.calls.length ? ended++ : -1]?.answer();
          else bed.calls[ended < bed.calls.length ? ended++ : -1]?.fail(new Error('no'));
        }
        await bed.clock.settle();
        for (; ended < bed.calls.length; ended++) {
          bed.calls[ended]?.answer();
          await bed.clock.settle();
        }
        expect(bed.settled.map(([request]) => request).toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: added }, (_, at) => at),
        );
        expect(bed.mostUnderWay).toBeLessThanOrEqual(calls);
        expect(bed.calls.every(({ requests }) => requests.length <= 250)).toBe(true);
        expect(bed.batch.idle).toBe(true);
        for (const [request, result, error] of bed.settled) {
          expect(error === undefined ? result : undefined).toBe(error === undefined ? request * 10 : undefined);
        }
      }),
      { numRuns: 50 },
    );
  });
});
