import { type DqEvent, NOTHING_WANTED } from '../../../lib/core/base/events.js';
import type { ClaimStore, Holder } from '../../../lib/core/claims/claim-store.js';
import { GRANT_GOOD_MS } from '../../../lib/core/claims/pause-claims.js';
import type { HeldJob } from '../../../lib/core/consumer/held-job.js';
import type { Handler } from '../../../lib/core/consumer/run.js';
import { Runs } from '../../../lib/core/consumer/runs.js';
import type { DqTubeOptions } from '../../../lib/core/options/dq-options.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { ManualClock } from '../../support/manual-clock.js';
import { heldJob } from './held-jobs.js';

export const ME: Holder = { token: 'me', leaseMs: 30_000 };

/** The runs of one consumer, and what they tell. */
export class RunsBed {
  readonly runs: Runs;
  readonly events: DqEvent[] = [];
  /** Types of the events, and what became of each result, in order. */
  readonly told: string[] = [];

  constructor(
    store: ClaimStore,
    run: Handler,
    own: Partial<DqTubeOptions> = {},
    readonly clock = new ManualClock(),
  ) {
    const owner = {
      slotFreed: () => {},
      settled: () => void this.told.push('settled'),
      refused: () => void this.told.push('refused'),
      superseded: () => undefined,
      storeFailed: () => {},
    };
    const report = (event: DqEvent): void => {
      this.events.push(event);
      this.told.push(event.type);
    };
    const settings = resolveTube({ name: 'orders', codec: 'raw', ...own });
    const parts = { store, clock, random: () => 0, report, wanted: NOTHING_WANTED };
    this.runs = new Runs({ ...parts, settings, handler: { name: 'Jobs.run', run }, holder: ME }, owner);
  }

  async start(job: HeldJob = heldJob(this.clock.now()), attempt = 1): Promise<void> {
    this.runs.start(job, attempt, this.clock.monotonic(), GRANT_GOOD_MS);
    await this.clock.settle();
  }
}
