import { describe, expect, it } from '@jest/globals';
import type { HeldJob, HeldState } from '../../../lib/core/consumer/held-job.js';
import { Orphans } from '../../../lib/core/consumer/orphans.js';
import { ManualClock } from '../../support/manual-clock.js';
import { bring, heldJob } from './held-jobs.js';

function lineUp(count: number): { clock: ManualClock; orphans: Orphans; jobs: HeldJob[] } {
  const clock = new ManualClock();
  const orphans = new Orphans(clock);
  const jobs = Array.from({ length: count }, () => heldJob());
  for (const job of jobs) orphans.add(bring(job, 'claiming'));
  return { clock, orphans, jobs };
}

/** Takes the next, as a consumer does. */
function take(orphans: Orphans, state: HeldState = 'running'): HeldJob | undefined {
  const job = orphans.take();
  return job && bring(job, state);
}

describe('orphans', () => {
  it('are taken over in the order in which they came, and asked for as takeovers', () => {
    const { orphans, jobs } = lineUp(2);
    expect(take(orphans, 'left')).toBe(jobs[0]);
    expect(jobs.map(({ takeover }) => takeover)).toEqual([true, false]);
    expect(take(orphans, 'left')).toBe(jobs[1]);
    expect(take(orphans)).toBeUndefined();
  });

  it.each(['claiming', 'doubtful', 'running'] as const)('wait while the one before is %s', (state) => {
    const { orphans, jobs } = lineUp(2);
    take(orphans, state);
    expect(take(orphans)).toBeUndefined();
    jobs[0]!.become('left');
    expect(take(orphans)).toBe(jobs[1]);
  });

  it.each(['waiting', 'ready'] as const)('wait while the one before is to be asked for again, %s', (state) => {
    const { orphans, jobs } = lineUp(2);
    take(orphans, state);
    expect(take(orphans)).toBeUndefined();
    // The claim store has answered: it runs elsewhere.
    jobs[0]!.takeover = false;
    expect(take(orphans)).toBe(jobs[1]);
  });

  it('do not wait for one that has run for ten seconds', async () => {
    const { clock, orphans, jobs } = lineUp(2);
    take(orphans);
    await clock.advance(9_999);
    expect(take(orphans)).toBeUndefined();
    await clock.advance(1);
    expect(take(orphans)).toBe(jobs[1]);
  });

  it('that went back to their nodes are passed over', () => {
    const { orphans, jobs } = lineUp(3);
    jobs[0]!.become('left');
    jobs[1]!.become('left');
    expect(take(orphans)).toBe(jobs[2]);
  });

  it('may come back to the end of the line', () => {
    const { orphans, jobs } = lineUp(2);
    orphans.add(take(orphans, 'claiming')!);
    expect([take(orphans, 'left'), take(orphans)]).toEqual([jobs[1], jobs[0]]);
  });
});
