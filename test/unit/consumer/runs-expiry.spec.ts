import { beforeEach, describe, expect, it } from '@jest/globals';
import type { SettleRequest } from '../../../lib/core/claims/claim-store.js';
import { GRANT_GOOD_MS } from '../../../lib/core/claims/pause-claims.js';
import { Runs } from '../../../lib/core/consumer/runs.js';
import { type DqEvent, NOTHING_WANTED } from '../../../lib/core/base/events.js';
import type { DqExpires } from '../../../lib/core/options/dq-options.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { heldJob } from './held-jobs.js';

describe('a job that comes late', () => {
  let clock: ManualClock;
  let store: StubClaimStore;
  let events: DqEvent[];
  let ran: number[];

  beforeEach(() => {
    clock = new ManualClock();
    store = new StubClaimStore();
    events = [];
    ran = [];
  });

  /** Starts attempt `attempt` of a job that was due `lateMs` ago, and says how it was settled. */
  async function start(expires: DqExpires | undefined, lateMs: number, attempt = 1): Promise<unknown> {
    const settings = resolveTube({ name: 'orders', codec: 'raw', expires });
    const parts = {
      store,
      clock,
      random: () => 0,
      wanted: NOTHING_WANTED,
      report: (event: DqEvent) => void events.push(event),
    };
    const owner = {
      slotFreed: () => {},
      settled: () => {},
      refused: () => {},
      superseded: () => undefined,
      storeFailed: () => {},
    };
    const handler = { name: 'Jobs.run', run: (_: unknown, job: { attempt: number }) => void ran.push(job.attempt) };
    const holder = { token: 'me', leaseMs: 30_000 };
    const runs = new Runs({ ...parts, settings, handler, holder }, owner);
    runs.start(heldJob(clock.now() - lateMs), attempt, clock.monotonic(), GRANT_GOOD_MS);
    await clock.settle();
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
