// One copy of a job that is held for long rests on its node, so that it comes up should this process fall silent.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { LEASE_SECONDS, StandbyBed } from './standby-bed.js';

const RESTED = ['a:1', 'release', 7, LEASE_SECONDS];
/** A copy on each node. */
const BOTH = { 'a:1': 7, 'b:1': 9 };

let bed: StandbyBed;

beforeEach(() => {
  bed = new StandbyBed();
});

describe('a job that is held for more than a second', () => {
  it('puts one copy back for the length of a lease, and one only', async () => {
    const { copies } = await bed.rest();
    await bed.beatAfter(500);
    expect(bed.told('release')).toEqual([RESTED]);
    expect(copies).toHaveLength(1);
  });

  it.each<[string, () => Promise<void>, number]>([
    ['before (control)', () => bed.runs(BOTH), 999],
    ['while it waits for its time, or to be tried again', () => bed.comesUp(BOTH), 1_001],
    [
      'when it has one copy here, which alone brings it back at once when this process ends',
      () => bed.runs({ 'a:1': 7 }),
      1_001,
    ],
  ])('not %s', async (_when, comes, ms) => {
    await comes();
    await bed.beatAfter(ms);
    expect(bed.told('release')).toEqual([]);
  });

  it('not when another consumer runs it', async () => {
    await bed.runs(BOTH);
    bed.job!.setAside(true);
    await bed.beatAfter(1_001);
    expect(bed.told('release')).toEqual([]);
  });

  it('not on a full disk, which would lose hold of it', async () => {
    bed.full.add('a:1').add('b:1');
    await bed.rest();
    expect(bed.told('release')).toEqual([]);
    expect(bed.job!.copies).toHaveLength(2);
  });

  it('but where the disk of its first copy is full, the next one', async () => {
    bed.full.add('a:1');
    await bed.rest();
    expect(bed.told('release')).toEqual([['b:1', 'release', 9, LEASE_SECONDS]]);
    expect(bed.job!.copies.map(({ number }) => number)).toEqual([7]);
  });

  it('and another one when a disk filled up after it was asked, so that its node lost hold of the first', async () => {
    bed.fills.add('a:1');
    await bed.rest();
    await bed.comesUp({ 'b:1': 11 });
    await bed.beatAfter(500);
    expect(bed.told('release')).toEqual([RESTED, ['b:1', 'release', 9, LEASE_SECONDS]]);
  });

  it('not when it ended while the node was asked', async () => {
    await bed.runs(BOTH);
    await bed.clock.advance(1_001);
    const job = bed.job!;
    bed.standby.onBeat();
    await bed.ends(job);
    expect(bed.told('release')).toEqual([]);
  });
});

describe('a copy that rests', () => {
  it('is deleted with the others', async () => {
    const job = await bed.rest();
    await bed.ends(job);
    expect(bed.told('delete')).toEqual([
      ['a:1', 'delete', 7],
      ['b:1', 'delete', 9],
    ]);
    expect(bed.acknowledger.recent('job-1')).toMatchObject({ copies: 2, gone: 2 });
  });

  it('is not named on another connection: a node that was restarted gives the number to another job', async () => {
    const job = await bed.rest();
    bed.stubs[0]!.die();
    await bed.clock.advance(1_000);
    expect(bed.stubs[0]!.connections.length).toBeGreaterThan(1);
    await bed.ends(job);
    expect(bed.told('delete', 'kick-job')).toEqual([['b:1', 'delete', 9]]);
  });

  it('comes up at once when its job is given back', async () => {
    const job = await bed.rest();
    await bed.goesBack(job, 0);
    expect(bed.told('release', 'kick-job')).toEqual([RESTED, ['a:1', 'kick-job', 7], ['b:1', 'release', 9, 0]]);
  });

  it('comes up at once when the last copy that was held is lost', async () => {
    // The claim store does not answer.
    bed.book.doubt(await bed.rest('claiming'));
    bed.stubs[1]!.die();
    await bed.clock.settle();
    expect(bed.told('kick-job')).toEqual([['a:1', 'kick-job', 7]]);
    expect(bed.job).toBeUndefined();
  });

  it('comes up at once when its job is to run before it would, and one copy alone was left to bring it in time', async () => {
    const job = await bed.rest();
    await bed.goesBack(job, 10_000);
    expect(bed.told('kick-job')).toEqual([['a:1', 'kick-job', 7]]);
  });

  it('is left to rest when its job is to run later', async () => {
    const job = await bed.rest();
    await bed.goesBack(job, 60_000);
    expect(bed.told('kick-job')).toEqual([]);
  });

  it('joins its job when it comes up, and is put back anew', async () => {
    const job = await bed.rest();
    await bed.comesUp({ 'a:1': 7 });
    expect([job.copies.length, job.standby]).toEqual([2, []]);
    await bed.beatAfter(0);
    expect(job.standby).toHaveLength(1);
    expect(bed.told('release')).toHaveLength(2);
  });

  it('is followed by another before it comes up, where the job has a third: there is no moment without one', async () => {
    const job = await bed.rest();
    await bed.comesUp({ 'b:1': 10 });
    const up = new Map<number, number>();
    for (let beats = 0; beats < 200; beats++) {
      // The moment before a beat, out of step with what comes up.
      await bed.clock.advance(700);
      for (const { args, sentAt } of bed.stubs.flatMap((stub) => stub.named('release'))) {
        up.set(args[0] as number, sentAt + LEASE_SECONDS * 1_000);
      }
      const now = bed.clock.monotonic();
      expect(Math.max(...up.values())).toBeGreaterThan(now);
      // Each comes up on its node, and is reserved at once.
      for (const copy of [...job.standby]) {
        if ((up.get(copy.number) as number) <= now) await bed.comesUp({ [copy.lane.node.endpoint]: copy.number });
      }
      await bed.beatAfter(0);
    }
    expect(bed.told('release').length).toBeGreaterThan(2);
  });

  it('keeps its lane open until its job has ended', async () => {
    const job = await bed.rest();
    const needed = (): boolean => bed.lanes[0]!.isNeeded(() => true);
    expect(needed()).toBe(true);
    bed.acknowledger.delete(job);
    await bed.clock.settle();
    expect(needed()).toBe(false);
  });
});
