import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RunOutcome } from '../../../lib/core/consumer/outcome.js';
import { Run, type RunOwner } from '../../../lib/core/consumer/run.js';
import { DqTimeoutError } from '../../../lib/core/errors/run.errors.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { ManualClock } from '../../support/manual-clock.js';
import { heldJob } from './held-jobs.js';

const TIMEOUT = 1_000;

describe('timeout of a run', () => {
  let clock: ManualClock;
  let outcomes: RunOutcome[];
  let late: number[];
  let run: Run;
  /** What the handler waits for. */
  let answer: () => void;

  beforeEach(() => {
    clock = new ManualClock();
    outcomes = [];
    late = [];
    const owner: RunOwner = {
      ended: (_, outcome) => void outcomes.push(outcome),
      endedLate: (_, ms) => void late.push(ms),
    };
    const settings = resolveTube({ name: 'orders', timeout: TIMEOUT });
    run = new Run(heldJob(), 1, 3, undefined, settings, clock, owner);
    run.start(() => new Promise<void>((resolve) => (answer = resolve)));
  });

  it('ends it as failed, fires its signal, and tells how late its handler ended', async () => {
    await clock.advance(TIMEOUT - 1);
    expect(outcomes).toEqual([]);
    await clock.advance(1);
    expect(outcomes).toEqual([{ kind: 'failed', error: expect.any(DqTimeoutError) }]);
    expect(run.signal.reason).toBeInstanceOf(DqTimeoutError);
    await clock.advance(20);
    answer();
    await clock.settle();
    expect([outcomes.length, late]).toEqual([1, [20]]);
  });

  it('has no effect when the event loop stood still, and what the handler waited for lay in a socket', async () => {
    const turn: (() => void)[] = [];
    clock.defer = (run) => void turn.push(run);
    clock.pass(TIMEOUT);
    answer();
    await clock.settle();
    for (const act of turn) act();
    expect(outcomes).toEqual([{ kind: 'completed' }]);
    expect([late, run.signal.aborted, clock.timers]).toEqual([[], false, 0]);
  });
});
