import { beforeEach, describe, expect, it } from '@jest/globals';
import { DUE, MANY, MOST, type StubLane, TrailingBed } from './trailing-bed.js';

const LOOK_AFTER_MS = 200;

let bed: TrailingBed;
let leads: StubLane;
let ahead: StubLane;
let behind: StubLane;

beforeEach(() => {
  bed = new TrailingBed();
  ({ ahead, behind, leads } = bed);
});

describe('a lane that brings what another consumer has run', () => {
  beforeEach(() => {
    bed.begin(ahead);
    bed.late(behind);
  });

  it('waits while another one leads', () => {
    bed.begin(ahead);
    expect([bed.room(ahead), bed.room(behind)]).toEqual([Infinity, 0]);
  });

  it('does not wait when the other one brings the same', () => {
    bed.late(ahead);
    expect(bed.rooms).toEqual([Infinity, Infinity]);
  });

  it('does not wait when no fresh job has begun for 200 ms, whatever else came', async () => {
    await bed.clock.advance(LOOK_AFTER_MS);
    bed.late(behind);
    expect(bed.room(behind)).toBe(Infinity);
  });

  it('does not lead because one job is granted again and again', () => {
    const job = bed.brings(behind);
    for (let attempt = 0; attempt < MANY; attempt++) bed.trailing.ours(job);
    expect([bed.room(ahead), bed.room(behind)]).toEqual([Infinity, 0]);
  });

  it('leads once it is granted jobs and the other one is not', async () => {
    await bed.clock.advance(LOOK_AFTER_MS);
    for (let job = 0; job < MANY; job++) bed.begin(behind);
    bed.late(ahead);
    expect([bed.room(ahead), bed.room(behind)]).toEqual([0, Infinity]);
  });

  it.each([
    ['the same second', 999, 0],
    ['another second', 1_000, Infinity],
  ])('has the room of one that trails, or not, while jobs begin that are due in %s', (_, later, room) => {
    bed.begin(ahead, DUE + later);
    bed.late(behind);
    expect(bed.room(behind)).toBe(room);
  });

  it('trails by fewer jobs than its owner says, and sees by jobs of its own how far that is', () => {
    let last = 0;
    for (let job = 0; job < MOST; job++) last = bed.begin(ahead);
    bed.late(behind);
    expect(bed.room(behind)).toBe(Infinity);
    bed.met(behind, last);
    expect(bed.room(behind)).toBe(0);
  });
});

describe('of lanes that bring fresh jobs', () => {
  const endpoints = ['a:1', 'b:1', 'c:1', 'd:1', 'e:1'];

  /** The node that leads. */
  function lead(tube: string, among: string[]): string {
    const consumer = new TrailingBed(tube, among);
    for (const lane of consumer.lanes) consumer.begin(lane);
    const leads = consumer.lanes.filter((_, at) => consumer.rooms[at] === Infinity);
    expect(leads).toHaveLength(1);
    expect(consumer.rooms.filter((room) => room === 0)).toHaveLength(among.length - 1);
    return leads[0]!.node.endpoint;
  }

  it('one leads, the same in every consumer of the tube', () => {
    expect(lead('orders', endpoints.toReversed())).toBe(lead('orders', endpoints));
  });

  it('it leads as long as a quarter of its jobs is fresh, as where consumers lead with different nodes', () => {
    const [first, second] = leads === ahead ? [ahead, behind] : [behind, ahead];
    for (let job = 0; job < MANY; job++) {
      bed.begin(first);
      bed.late(first, DUE, 2);
      bed.begin(second);
      bed.begin(second);
      bed.late(second, DUE, 1);
    }
    expect([bed.room(first), bed.room(second)]).toEqual([Infinity, 0]);
    for (let job = 0; job < MANY; job++) {
      bed.begin(first);
      bed.late(first, DUE, 5);
      bed.begin(second);
    }
    expect([bed.room(first), bed.room(second)]).toEqual([0, Infinity]);
  });

  it('each leads for some tubes', () => {
    const leads = Array.from({ length: 100 }, (_, at) => lead(`tube-${at}`, endpoints));
    expect(new Set(leads)).toEqual(new Set(endpoints));
  });
});

describe('before a lane has brought anything', () => {
  it('it does not wait', () => {
    bed.begin(ahead);
    bed.begin(ahead);
    expect(bed.room(behind)).toBe(Infinity);
  });
});
