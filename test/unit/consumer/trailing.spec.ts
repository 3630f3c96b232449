import { beforeEach, describe, expect, it } from '@jest/globals';
import { DUE, MANY, MOST, type StubLane, TrailingBed } from './trailing-bed.js';

/** What a lane takes to see whether its node has something urgent. */
const LOOK = 32;
const LOOK_AFTER_MS = 200;
const KEPT_BUSY_MS = 70;
/** What a lane that begins to lead has to fill the slots. */
const LEAD_MS = 50;

let bed: TrailingBed;
let leads: StubLane;
let ahead: StubLane;
let behind: StubLane;

/** One lane began so many jobs; the other brought a copy of the first. */
function backlog(jobs: number, due: (at: number) => number = () => DUE): void {
  const first = bed.begin(ahead, due(0));
  bed.met(behind, first);
  for (let at = 1; at < jobs; at++) bed.begin(ahead, due(at));
  bed.woken = 0;
}

beforeEach(() => {
  bed = new TrailingBed();
  ({ ahead, behind, leads } = bed);
});

describe('a lane that brings what was met', () => {
  it('waits while another one leads and every slot is taken', () => {
    backlog(2);
    expect([bed.room(ahead), bed.room(behind)]).toEqual([Infinity, 0]);
  });

  it('takes a few copies every 200 ms while jobs begin', async () => {
    backlog(2);
    await bed.clock.advance(LOOK_AFTER_MS - 1);
    bed.begin(ahead);
    expect(bed.room(behind)).toBe(0);
    await bed.clock.advance(1);
    expect(bed.room(behind)).toBe(LOOK);
    bed.met(behind, 2);
    expect(bed.room(behind)).toBe(0);
  });

  it('does not wait when no job has begun for 200 ms', async () => {
    backlog(2);
    await bed.clock.advance(LOOK_AFTER_MS - 1);
    bed.met(behind, 1);
    expect(bed.room(behind)).toBe(0);
    await bed.clock.advance(1);
    expect(bed.room(behind)).toBe(Infinity);
  });

  it('does not wait once not every slot was taken for 70 ms, and is woken for that', async () => {
    backlog(2);
    expect(bed.room(behind)).toBe(0);
    await bed.clock.advance(1);
    expect(bed.room(behind, 1)).toBe(0);
    await bed.clock.advance(KEPT_BUSY_MS - 2);
    expect([bed.woken, bed.room(behind, 1)]).toEqual([0, 0]);
    await bed.clock.advance(1);
    expect([bed.woken, bed.room(behind, 1)]).toEqual([1, Infinity]);
  });

  it('does not wait then before the other one has brought fresh jobs again', async () => {
    backlog(2);
    bed.room(behind);
    await bed.clock.advance(KEPT_BUSY_MS);
    bed.begin(ahead);
    bed.room(behind, 1);
    expect(bed.room(behind)).toBe(Infinity);
    for (let job = 0; job < MANY; job++) bed.begin(ahead);
    expect(bed.room(behind)).toBe(0);
  });

  it('leaves no timer', () => {
    backlog(2);
    bed.room(behind);
    expect(bed.room(behind, 1)).toBe(0);
    expect(bed.clock.timers).toBe(1);
    bed.trailing.close();
    expect(bed.clock.timers).toBe(0);
  });

  it('does not wait for one that has brought nothing for 200 ms', async () => {
    backlog(2);
    await bed.clock.advance(LOOK_AFTER_MS - 1);
    bed.met(behind, 1);
    for (let job = 0; job < MANY; job++) bed.begin(behind);
    expect(bed.room(behind)).toBe(leads === ahead ? 0 : Infinity);
    await bed.clock.advance(1);
    expect(bed.room(behind)).toBe(Infinity);
  });

  it('does not wait for one that brings what is less urgent, whichever begins jobs', () => {
    backlog(2);
    for (let job = 0; job < LOOK; job++) bed.begin(behind, DUE, 'high');
    expect(bed.room(behind)).toBe(Infinity);
    bed.begin(ahead);
    expect(bed.room(behind)).toBe(Infinity);
  });

  it.each([
    [1_000, LEAD_MS],
    [20, 20],
  ])('does not wait once the node of the other one, which flowed for %i ms, ran dry %i ms ago', async (flowed, ms) => {
    backlog(2);
    bed.runsDry(ahead, flowed);
    await bed.clock.advance(ms - 1);
    expect(bed.room(behind)).toBe(0);
    await bed.clock.advance(1);
    expect(bed.room(behind)).toBe(Infinity);
  });

  it('does not wait for one whose connection was lost', () => {
    backlog(2);
    bed.runsDry(ahead, 0);
    expect(bed.room(behind)).toBe(Infinity);
  });

  it('does not wait for one that ran dry where slots have been free for 70 ms', async () => {
    backlog(2);
    bed.room(behind);
    await bed.clock.advance(KEPT_BUSY_MS);
    bed.runsDry(ahead, 1_000);
    expect(bed.room(behind, 1)).toBe(Infinity);
  });

  it('waits for one that ran dry where slots have been free for less', async () => {
    backlog(2);
    bed.room(behind);
    await bed.clock.advance(15);
    bed.runsDry(ahead, 1_000);
    await bed.clock.advance(LEAD_MS - 10);
    expect(bed.room(behind, 1)).toBe(0);
  });

  it('waits as long when the other one has brought a few more since, but not when its connection was lost', async () => {
    backlog(2);
    bed.runsDry(ahead, 1_000);
    await bed.clock.advance(LEAD_MS / 2);
    bed.flows(ahead);
    await bed.clock.advance(1);
    bed.runsDry(ahead, 1);
    await bed.clock.advance(LEAD_MS / 2 - 2);
    expect(bed.room(behind)).toBe(0);
    bed.runsDry(ahead, 0);
    expect(bed.room(behind)).toBe(Infinity);
  });

  it('is woken when the other one leads no more, however soon that is', async () => {
    backlog(2);
    bed.room(behind);
    expect(bed.room(behind, 1)).toBe(0);
    await bed.clock.advance(10);
    bed.runsDry(ahead, 20);
    expect(bed.room(behind, 1)).toBe(0);
    await bed.clock.advance(19);
    expect(bed.woken).toBe(0);
    await bed.clock.advance(1);
    expect([bed.woken, bed.room(behind, 1)]).toEqual([1, Infinity]);
  });

  it('waits for up to 50 ms when the other one begins to lead while slots are free, and is woken', async () => {
    backlog(2);
    expect(bed.room(behind, 1)).toBe(Infinity);
    bed.flows(ahead);
    await bed.clock.advance(1);
    expect([bed.room(ahead, 1), bed.room(behind, 1)]).toEqual([Infinity, 0]);
    await bed.clock.advance(LEAD_MS - 2);
    expect([bed.room(behind, 1), bed.woken]).toEqual([0, 0]);
    await bed.clock.advance(1);
    expect([bed.room(behind, 1), bed.woken]).toEqual([Infinity, 1]);
  });

  it('leaves the other one its lead when that began a moment ago', async () => {
    backlog(2);
    bed.room(behind);
    await bed.clock.advance(KEPT_BUSY_MS - 1);
    bed.flows(ahead);
    await bed.clock.advance(1);
    expect([bed.room(behind, 1), bed.room(behind)]).toEqual([0, 0]);
  });

  it('takes the lead of one that began to lead and had time enough', async () => {
    backlog(2);
    bed.room(behind);
    await bed.clock.advance(KEPT_BUSY_MS - LEAD_MS);
    bed.flows(ahead);
    await bed.clock.advance(LEAD_MS);
    bed.room(behind, 1);
    expect(bed.room(behind)).toBe(Infinity);
  });

  it('takes the lead of one that ran dry, too, when slots were not kept busy', async () => {
    backlog(2);
    bed.room(behind);
    await bed.clock.advance(KEPT_BUSY_MS - 1);
    bed.runsDry(ahead, 1_000);
    await bed.clock.advance(1);
    bed.room(behind, 1);
    bed.flows(ahead);
    expect(bed.room(behind)).toBe(Infinity);
  });

  it('is woken when the other one brings what was met', () => {
    backlog(2);
    expect(bed.room(behind)).toBe(0);
    bed.met(ahead, 1);
    expect(bed.woken).toBe(1);
    expect(bed.room(behind)).toBe(Infinity);
  });

  it('leads once the other one brings what was met', () => {
    backlog(2);
    for (let job = 0; job < MANY; job++) bed.begin(behind);
    bed.met(ahead, 3);
    expect([bed.room(ahead), bed.room(behind)]).toEqual([0, Infinity]);
  });

  it.each([
    [MOST, 0],
    [MOST + 1, Infinity],
  ])('and trails by one less than %i jobs has room for %d', (jobs, room) => {
    backlog(jobs);
    expect(bed.room(behind)).toBe(room);
  });

  it.each([
    ['the same second', 999, 0],
    ['another second', 1_000, Infinity],
  ])('has the room of one that trails, or not, while jobs begin that are due in %s', (_, later, room) => {
    backlog(3, (at) => DUE + (at === 2 ? later : 0));
    expect(bed.room(behind)).toBe(room);
  });
});
