import { beforeEach, describe, expect, it } from '@jest/globals';
import { DueJobs } from '../../../lib/core/consumer/due-jobs.js';
import { ManualClock } from '../../support/manual-clock.js';
import { heldJob } from './held-jobs.js';

describe('jobs held until they are due', () => {
  let clock: ManualClock;
  let due: DueJobs;
  let wakes: number[];

  beforeEach(() => {
    clock = new ManualClock(1_000_000);
    wakes = [];
    due = new DueJobs(clock, () => {
      wakes.push(clock.now() - 1_000_000);
      due.advance();
    });
  });

  function add(inMs: number): ReturnType<typeof heldJob> {
    const job = heldJob();
    due.add(job, clock.now() + inMs);
    due.advance();
    return job;
  }

  it('are ready at their moment, not before', () => {
    const [late, soon] = [add(700), add(300)];
    clock.pass(299);
    expect(due.take()).toBeUndefined();
    clock.pass(1);
    expect([due.take(), due.take()]).toEqual([soon, undefined]);
    clock.pass(400);
    expect(due.take()).toBe(late);
    expect([wakes, clock.timers]).toEqual([[300, 700], 0]);
  });

  it('are ready at once when they are due already', () => {
    const job = add(-5);
    expect(due.ready).toBe(1);
    expect(due.take()).toBe(job);
    expect(clock.timers).toBe(0);
  });

  it('keep one timer, for the first of them', () => {
    for (const inMs of [900, 500, 700, 100, 800]) {
      add(inMs);
      expect(clock.timers).toBe(1);
    }
    clock.pass(1_000);
    expect(wakes).toEqual([100, 500, 700, 800, 900]);
  });

  it('are not started early when it was put back', () => {
    add(900);
    clock.step(-60_000);
    clock.pass(59_000);
    expect(due.ready).toBe(0);
    clock.pass(1_900);
    expect(due.ready).toBe(1);
  });

  it('are passed by when they left while they waited or stood in the line', () => {
    const [waiting, standing, last] = [add(10), add(0), add(0)];
    waiting.become('left');
    standing.become('left');
    clock.pass(20);
    expect([due.take(), due.take()]).toEqual([last, undefined]);
  });

  it('are given back when they have stood in the line from one look to the next, and not before', () => {
    const jobs = [0, 1, 2].map(() => add(0));
    expect(due.takeStale()).toEqual([]);
    jobs[1]!.become('left');
    const [late] = [add(0)];
    expect(due.take()).toBe(jobs[0]);
    expect(due.takeStale()).toEqual([jobs[2]]);
    expect([due.ready, due.take(), due.take()]).toEqual([1, late, undefined]);
  });

  it('leave no timer behind when they are closed', () => {
    add(500);
    due.close();
    expect(clock.timers).toBe(0);
    clock.pass(1_000);
    expect(wakes).toEqual([]);
  });
});
