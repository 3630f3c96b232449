import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Holder, SettleRequest } from '../../../lib/core/claims/claim-store.js';
import { GRANT_GOOD_MS } from '../../../lib/core/claims/pause-claims.js';
import { Runs } from '../../../lib/core/consumer/runs.js';
import { type DqEvent, NOTHING_WANTED } from '../../../lib/core/base/events.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { heldJob } from './held-jobs.js';

/** Another consumer has every job by the time its result is told. */
class Refusing extends StubClaimStore {
  override async settle(tube: string, holder: Holder, requests: readonly SettleRequest[]): Promise<readonly boolean[]> {
    await super.settle(tube, holder, requests);
    return requests.map(() => false);
  }
}

describe('what is told of a job that failed', () => {
  const thrown = new Error('no connection');
  let clock: ManualClock;
  let told: (DqEvent['type'] | 'settled' | 'refused')[];
  let events: DqEvent[];

  beforeEach(() => {
    clock = new ManualClock();
    told = [];
    events = [];
  });

  function runsOn(store: StubClaimStore, attempts: number): Runs {
    const settings = resolveTube({ name: 'orders', codec: 'raw', attempts });
    const report = (event: DqEvent): void => {
      events.push(event);
      told.push(event.type);
    };
    const owner = {
      slotFreed: () => {},
      settled: () => void told.push('settled'),
      refused: () => void told.push('refused'),
      superseded: () => undefined,
      storeFailed: () => {},
    };
    const run = (): never => {
      throw thrown;
    };
    const parts = { store, clock, random: () => 0, report, wanted: NOTHING_WANTED };
    const holder = { token: 'me', leaseMs: 30_000 };
    return new Runs({ ...parts, settings, handler: { name: 'Jobs.run', run }, holder }, owner);
  }

  async function start(runs: Runs): Promise<void> {
    runs.start(heldJob(clock.now()), 1, clock.monotonic(), GRANT_GOOD_MS);
    await clock.settle();
  }

  it.each([
    ['job-dead', 1],
    ['job-failed', 2],
  ] as const)('%s: the handler and what it threw', async (type, attempts) => {
    await start(runsOn(new StubClaimStore(), attempts));
    expect(told).toEqual([type, 'settled']);
    expect(events).toMatchObject([{ type, tube: 'orders', handler: 'Jobs.run', attempt: 1, error: thrown }]);
  });

  it.each([
    ['job-dead', 1],
    ['job-failed', 2],
  ] as const)('%s: at once, also while the claim store is away, and once', async (type, attempts) => {
    const store = new StubClaimStore();
    store.away = true;
    const runs = runsOn(store, attempts);
    await start(runs);
    expect(told).toEqual([type]);
    store.away = false;
    runs.settleAgain();
    await clock.settle();
    expect(told).toEqual([type, 'settled']);
  });

  it.each([
    ['job-dead', 1],
    ['job-failed', 2],
  ] as const)('%s: and that it does not stand, when another consumer has the job', async (type, attempts) => {
    await start(runsOn(new Refusing(), attempts));
    expect(told).toEqual([type, 'result-refused', 'refused']);
    const [first, refused] = events as { readonly id?: string; readonly attempt?: number }[];
    expect([refused?.id, refused?.attempt]).toEqual([first?.id, first?.attempt]);
  });
});
