import { describe, expect, it } from '@jest/globals';
import { DeletionReports } from '../../../lib/core/consumer/deletion-reports.js';
import { type RecentJob, RecentJobs } from '../../../lib/core/consumer/recent-jobs.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';

const COPIES = 3;

class Bed {
  readonly clock = new ManualClock();
  readonly store = new StubClaimStore();
  readonly reports = new DeletionReports('orders', this.store, this.clock);
  readonly #recent = new RecentJobs();
  #made = 0;

  job(): RecentJob {
    return this.#recent.add(`job-${this.#made++}`, COPIES);
  }

  /** So many jobs of which every copy is gone. */
  end(jobs: number): void {
    for (let at = 0; at < jobs; at++) {
      const job = this.job();
      for (let copy = 0; copy < COPIES; copy++) this.reports.gone(job);
    }
  }

  /** How many jobs each call told of. */
  get told(): number[] {
    return this.store.asked('account').map((requests) => (requests as unknown[]).length);
  }
}

describe('deletion reports', () => {
  it('of all that is gone since the last beat are told together, in groups of 500', async () => {
    const bed = new Bed();
    bed.end(1_200);
    expect([bed.reports.idle, bed.told]).toEqual([false, []]);
    bed.reports.onBeat();
    await bed.clock.settle();
    expect([bed.reports.idle, bed.told]).toEqual([true, [500, 500, 200]]);
    bed.reports.onBeat();
    expect(bed.told).toHaveLength(3);
  });

  it('of jobs of which some copies are gone are told after five seconds, and the rest once it is', async () => {
    const bed = new Bed();
    const beatAfter = async (ms: number): Promise<void> => {
      await bed.clock.advance(ms);
      bed.reports.onBeat();
      await bed.clock.settle();
    };
    const job = bed.job();
    bed.reports.gone(job);
    await beatAfter(4_999);
    expect(bed.told).toEqual([]);
    await beatAfter(1);
    expect(bed.store.asked('account')).toMatchObject([[{ copies: COPIES, gone: 1 }]]);
    bed.reports.gone(job);
    bed.reports.gone(job);
    await beatAfter(4_999);
    expect(bed.told).toEqual([1]);
    await beatAfter(1);
    expect(bed.store.asked('account')).toMatchObject([[{ copies: COPIES, gone: 1 }], [{ gone: 2 }]]);
  });

  it('are all told by a flush', async () => {
    const bed = new Bed();
    bed.end(600);
    bed.reports.gone(bed.job());
    await bed.reports.flush(1_000);
    expect(bed.told).toEqual([500, 101]);
  });

  it('go on after a call that failed, and a flush does not ask a store that is away for each group', async () => {
    const bed = new Bed();
    bed.store.away = true;
    bed.end(1_200);
    bed.reports.onBeat();
    await bed.clock.settle();
    expect(bed.told).toEqual([500]);
    await bed.reports.flush(1_000);
    expect(bed.told).toEqual([500, 500]);
    bed.store.away = false;
    await bed.reports.flush(1_000);
    expect(bed.told).toEqual([500, 500, 200]);
  });
});
