// A job that comes late, by what its tube says of that.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DqEvent } from '../../../lib/core/base/events.js';
import type { SettleRequest } from '../../../lib/core/claims/claim-store.js';
import type { DqExpires } from '../../../lib/core/options/dq-options.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { heldJob } from './held-jobs.js';
import { RunsBed } from './runs-bed.js';

describe('a job that comes late', () => {
  let events: readonly DqEvent[];
  let ran: number[];
  beforeEach(() => void (ran = []));

  /** Starts attempt `attempt` of a job that was due `lateMs` ago, and says how it was settled. */
  async function start(expires: DqExpires | undefined, lateMs: number, attempt = 1): Promise<unknown> {
    const store = new StubClaimStore();
    const bed = new RunsBed(store, (_, job) => void ran.push(job.attempt), { expires });
    events = bed.events;
    await bed.start(heldJob(bed.clock.now() - lateMs), attempt);
    return (store.asked('settle') as SettleRequest[][]).flat().map(({ outcome }) => outcome.kind)[0];
  }

  it('runs, however late it is, when nothing was said about it', async () => {
    expect(await start(undefined, 86_400_000)).toBe('done');
    expect([ran, events]).toEqual([[1], []]);
  });

  it.each(['skip', 'bury'] as const)('runs while it is in time: %s', async (action) => {
    expect(await start({ after: '1s', action }, 1_000)).toBe('done');
    expect([ran, events]).toEqual([[1], []]);
  });

  it('is skipped, and that is reported', async () => {
    expect(await start({ after: '1s', action: 'skip' }, 1_001)).toBe('done');
    expect([ran, events]).toMatchObject([[], [{ type: 'job-skipped', lateMs: 1_001 }]]);
  });

  it('is buried, and that is reported', async () => {
    expect(await start({ after: '1s', action: 'bury' }, 1_001)).toBe('dead');
    expect([ran, events]).toMatchObject([[], [{ type: 'job-dead', handler: 'Jobs.run', error: undefined }]]);
  });

  it('runs all the same when it shall', async () => {
    expect(await start({ after: '1s', action: 'run' }, 60_000)).toBe('done');
    expect(ran).toEqual([1]);
  });

  it('holds for every attempt: a retry that comes too late is skipped as well', async () => {
    expect(await start({ after: '1s', action: 'skip' }, 2_000, 2)).toBe('done');
    expect(ran).toEqual([]);
  });
});
