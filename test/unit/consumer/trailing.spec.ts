import { describe, expect, it } from '@jest/globals';
import { Copy } from '../../../lib/core/consumer/held-job.js';
import type { Lane } from '../../../lib/core/consumer/lane.js';
import { Trailing } from '../../../lib/core/consumer/trailing.js';
import { ManualClock } from '../../support/manual-clock.js';

const DUE = 1_767_225_600_000;
const MOST = 1_000;
/** What a lane takes to see whether its node has something urgent. */
const LOOK = 32;
const LOOK_AFTER_MS = 200;

/** Two lanes: one brought so many jobs, the other a copy of the first of them. */
class Bed {
  readonly clock = new ManualClock();
  readonly trailing = new Trailing(this.clock);
  readonly ahead = {} as Lane;
  readonly behind = {} as Lane;

  constructor(jobs: number, due: (at: number) => number = () => DUE) {
    const first = this.trailing.begin(this.copy(this.ahead), due(0));
    for (let at = 1; at < jobs; at++) this.trailing.begin(this.copy(this.ahead), due(at));
    this.trailing.met(this.copy(this.behind), first);
  }

  copy(lane: Lane): Copy {
    return new Copy(lane, 1, Buffer.alloc(0), this.clock.monotonic());
  }

  room(lane: Lane, free = 0): number {
    return this.trailing.room(lane, free, MOST);
  }
}

describe('a lane', () => {
  it('waits while another one is ahead and every slot is taken', () => {
    const bed = new Bed(2);
    expect([bed.room(bed.ahead), bed.room(bed.behind)]).toEqual([Infinity, 0]);
  });

  it('takes a few copies while a slot is free', () => {
    const bed = new Bed(2);
    expect(bed.room(bed.behind, 1)).toBe(LOOK);
  });

  it('takes a few copies every 200 ms while jobs begin', async () => {
    const bed = new Bed(2);
    await bed.clock.advance(LOOK_AFTER_MS - 1);
    bed.trailing.begin(bed.copy(bed.ahead), DUE);
    expect(bed.room(bed.behind)).toBe(0);
    await bed.clock.advance(1);
    expect(bed.room(bed.behind)).toBe(LOOK);
    bed.trailing.met(bed.copy(bed.behind), 2);
    expect(bed.room(bed.behind)).toBe(0);
  });

  it('does not wait when no job has begun for 200 ms', async () => {
    const bed = new Bed(2);
    await bed.clock.advance(LOOK_AFTER_MS - 1);
    bed.trailing.met(bed.copy(bed.behind), 1);
    expect(bed.room(bed.behind)).toBe(0);
    await bed.clock.advance(1);
    expect(bed.room(bed.behind)).toBe(Infinity);
  });

  it('does not wait once it begins a job itself', () => {
    const bed = new Bed(2);
    bed.trailing.begin(bed.copy(bed.behind), DUE);
    expect([bed.room(bed.ahead), bed.room(bed.behind)]).toEqual([0, Infinity]);
  });

  it('does not wait for one that is at the same job', () => {
    const bed = new Bed(1);
    expect([bed.room(bed.ahead), bed.room(bed.behind)]).toEqual([Infinity, Infinity]);
  });

  it('does not wait before it has brought anything', () => {
    expect(new Bed(2).room({} as Lane)).toBe(Infinity);
  });

  it.each([
    [MOST, 0],
    [MOST + 1, Infinity],
  ])('that trails by one less than %i jobs has room for %d', (jobs, room) => {
    const bed = new Bed(jobs);
    expect(bed.room(bed.behind)).toBe(room);
  });

  it.each([
    ['the same second', 999, 0],
    ['another second', 1_000, Infinity],
  ])('has the room of one that trails, or not, while jobs begin that are due in %s', (_, later, room) => {
    const bed = new Bed(3, (at) => DUE + (at === 2 ? later : 0));
    expect(bed.room(bed.behind)).toBe(room);
  });
});
