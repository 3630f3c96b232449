import { beforeEach, describe, expect, it } from '@jest/globals';
import { Fetcher, type FetcherLane } from '../../../lib/core/consumer/fetcher.js';
import type { Reply } from '../../../lib/core/cluster/node-connection.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubNode } from '../../support/stub-node.js';

const TIMED_OUT: Reply = { kind: 'TIMED_OUT' };

class Lane implements FetcherLane {
  room = 10_000;
  empty = false;
  busy = false;
  readonly taken: { readonly number: number; readonly since: number }[] = [];
  warnings = 0;
  quiets = 0;

  took(number: number, _body: Buffer, since: number): void {
    this.taken.push({ number, since });
  }
  warned(): void {
    this.warnings++;
  }
  quiet(): void {
    this.quiets++;
  }
}

let clock: ManualClock;
let node: StubNode;
let lane: Lane;
let reserving: Fetcher;
let answered: number;

beforeEach(() => {
  clock = new ManualClock();
  node = new StubNode('node-1:11300', clock, () => undefined);
  lane = new Lane();
  reserving = new Fetcher(lane, clock);
  answered = 0;
  reserving.start(node.dial({ onAnswering: () => {}, onClosed: () => {} }));
});

/** Seconds that each reserve sent so far waits on the node. */
const sent = (): number[] => node.named('reserve').map(({ args: [seconds] }) => seconds as number);
const copy = (): Reply => ({ kind: 'RESERVED', id: answered, body: Buffer.from('x') });

/** Answers the oldest reserves that are not answered yet. */
function answer(count: number, reply: () => Reply = copy): void {
  for (let left = count; left > 0; left--) node.named('reserve')[answered++]!.answer(reply());
}

describe('reserving', () => {
  it('begins with a burst of two, and doubles it while all come back with copies', () => {
    expect(sent()).toEqual([0, 0]);
    answer(1);
    expect(sent()).toHaveLength(2 + 4);
    expect(reserving.underWay).toBe(5);
  });

  it('sends the next burst when a quarter of one is answered, so that the node never waits for it', () => {
    while (sent().length < 2_000) answer(1);
    const before = sent().length;
    const left = reserving.underWay;
    answer(left - 187);
    expect(sent()).toHaveLength(before + 250);
    expect(reserving.underWay).toBe(187 + 250);
  });

  it('takes no more than there is room for, what is under way counted', () => {
    lane.room = 3;
    answer(1);
    expect(reserving.underWay).toBe(3);
    lane.room = 0;
    answer(3);
    expect(reserving.underWay).toBe(0);
    reserving.wake();
    expect(reserving.underWay).toBe(0);
    lane.room = 5;
    reserving.wake();
    expect(reserving.underWay).toBe(5);
  });

  it('asks for as many as came, once one found nothing', () => {
    answer(1);
    answer(2);
    const open = reserving.underWay;
    answer(open, () => TIMED_OUT);
    expect(lane.taken).toHaveLength(3);
    expect(reserving.underWay).toBe(3);
  });

  it('blocks when nothing came: a second, or five while nothing is held', () => {
    answer(2, () => TIMED_OUT);
    expect(sent().slice(2)).toEqual([1]);
    lane.empty = true;
    answer(1, () => TIMED_OUT);
    expect(sent().slice(3)).toEqual([5]);
    answer(1);
    expect(sent().slice(4)).toEqual([0, 0]);
  });

  it('lingers before it blocks while the lane is busy, and asks at growing distances', async () => {
    lane.busy = true;
    answer(2, () => TIMED_OUT);
    for (const pause of [2, 4, 8, 8, 8, 8]) {
      const before = sent().length;
      await clock.advance(pause - 1);
      expect(sent()).toHaveLength(before);
      await clock.advance(1);
      expect(sent().slice(before)).toEqual([0]);
      answer(1, () => TIMED_OUT);
    }
    expect(sent().at(-1)).toBe(1);
  });

  it('waits a moment after a warning that a reservation ends soon', async () => {
    answer(2, () => ({ kind: 'DEADLINE_SOON' }));
    expect(lane.warnings).toBe(2);
    expect(reserving.underWay).toBe(0);
    await clock.advance(100);
    expect(reserving.underWay).toBeGreaterThan(0);
  });

  it('tells since when a copy is held: the moment its burst was sent, or that a waiting reserve was answered', async () => {
    await clock.advance(40);
    answer(1);
    expect(lane.taken[0]?.since).toBe(0);
    answer(reserving.underWay, () => TIMED_OUT);
    answer(reserving.underWay, () => TIMED_OUT);
    expect(sent().at(-1)).toBe(1);
    await clock.advance(500);
    answer(1);
    expect(lane.taken.at(-1)?.since).toBe(540);
  });

  it('sends nothing more once it is stopped, and still takes what was asked for', () => {
    reserving.stop();
    answer(2);
    expect(lane.taken).toHaveLength(2);
    expect(lane.quiets).toBe(1);
    expect(reserving.underWay).toBe(0);
    expect(sent()).toHaveLength(2);
    expect(clock.timers).toBe(0);
  });
});
