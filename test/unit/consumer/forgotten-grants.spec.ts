// A claim store comes back with an older state: it has forgotten that it granted an attempt, and has not been told of it yet.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DqJob } from '../../../lib/core/consumer/dq-job.js';
import { ClaimTable } from '../../../lib/embedded/claims/claim-table.js';
import { MemoryClaimStore } from '../../../lib/embedded/claims/memory-claim-store.js';
import { again, asking, B, RETENTION_MS } from '../../contract/claim-lab.js';
import { Gate } from '../../support/gate.js';
import { ManualClock } from '../../support/manual-clock.js';
import { heldJob } from './held-jobs.js';
import { ME, RunsBed } from './runs-bed.js';

describe('a second attempt that the claim store has forgotten to have granted', () => {
  let clock: ManualClock;
  let table: ClaimTable;
  let gate: Gate;
  let jobs: DqJob[];
  let bed: RunsBed;

  beforeEach(() => {
    clock = new ManualClock();
    table = new ClaimTable(RETENTION_MS, clock);
    gate = new Gate();
    jobs = [];
    const run = (_: unknown, job: DqJob): Promise<void> => {
      jobs.push(job);
      return gate.opened;
    };
    bed = new RunsBed(new MemoryClaimStore(table), run, {}, clock);
  });

  /** The key of one that runs, with the claim as it was before. */
  async function forgotten(): Promise<string> {
    const job = heldJob(clock.now());
    const { key } = job;
    table.claim(ME, asking(key, clock.now()));
    table.settle(ME, { key, attempt: 1, outcome: again(0), copies: 3 });
    const before = table.snapshot();
    expect(table.claim(ME, asking(key, clock.now()))).toEqual({ kind: 'granted', attempt: 2 });
    table.restore(before);
    await bed.start(job, 2);
    return key;
  }

  it('is renewed', async () => {
    const key = await forgotten();
    clock.pass(ME.leaseMs / 2);
    await bed.runs.renew();
    expect(jobs[0]!.signal.aborted).toBe(false);
    expect(table.claim(B, asking(key, clock.now()))).toMatchObject({ kind: 'running' });
  });

  it('is settled', async () => {
    const key = await forgotten();
    gate.open();
    await clock.settle();
    expect(bed.told).toEqual(['settled']);
    expect(table.claim(B, asking(key, clock.now()))).toEqual({ kind: 'done' });
  });

  it('is lost all the same where another has begun that attempt since (control)', async () => {
    const key = await forgotten();
    expect(table.claim(B, asking(key, clock.now()))).toEqual({ kind: 'granted', attempt: 2 });
    clock.pass(ME.leaseMs / 2);
    await bed.runs.renew();
    expect(jobs[0]!.signal.aborted).toBe(true);
    gate.open();
    await clock.settle();
    expect(bed.told).toEqual(['result-refused', 'refused']);
  });
});
