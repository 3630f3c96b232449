import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Fifo } from '../../../lib/core/base/fifo.js';

describe('fifo', () => {
  it('does what an array does with push, shift, peek and drain', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant('push' as const) },
      { weight: 3, arbitrary: fc.constant('shift' as const) },
      { weight: 1, arbitrary: fc.constant('peek' as const) },
      { weight: 1, arbitrary: fc.constant('drain' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        steps.forEach((what, value) => {
          if (what === 'push') {
            fifo.push(value);
            model.push(value);
          } else if (what === 'shift') expect(fifo.shift()).toBe(model.shift());
          else if (what === 'peek') expect(fifo.peek()).toBe(model[0]);
          else {
            expect(fifo.drain()).toEqual(model);
            model = [];
          }
          expect(fifo.length).toBe(model.length);
        });
      }),
    );
  });

  it('keeps its order over tens of thousands of items that never run out', () => {
    const fifo = new Fifo<number>();
    let pushed = 0;
    let shifted = 0;
    for (let round = 0; round < 20_000; round++) {
      for (let more = 0; more < 3; more++) fifo.push(++pushed);
      for (let fewer = 0; fewer < 2; fewer++) expect(fifo.shift()).toBe(++shifted);
    }
    expect(fifo.length).toBe(20_000);
    expect(fifo.drain()).toEqual(Array.from({ length: 20_000 }, (_, at) => shifted + 1 + at));
  });
});
