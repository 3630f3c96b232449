import { describe, expect, it } from '@jest/globals';
import { DeletionReports } from '../../../lib/core/consumer/deletion-reports.js';
import { type RecentJob, RecentJobs } from '../../../lib/core/consumer/recent-jobs.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';

const COPIES = 3;

class Bed {
  readonly clock = new ManualClock();
  readonly store = new StubClaimStore();
  readonly accounts = new DeletionReports('orders', this.store, this.clock);
  readonly #recent = new RecentJobs();
  #made = 0;

  job(): RecentJob {
    return this.#recent.add(`job-${this.#made++}`, COPIES);
  }

  /** So many jobs of which every copy is gone. */
  end(jobs: number): void {
    for (let at = 0; at < jobs; at++) {
      const job = this.job();
      for (let copy = 0; copy < COPIES; copy++) this.accounts.gone(job);
    }
  }

  /** How many jobs each call told of. */
  get told(): number[] {
    return this.store.asked('account').map((requests) => (requests as unknown[]).length);
  }
}

describe('accounts', () => {
  it('of all that ended within a second are told together, in groups of 500', async () => {
    const bed = new Bed();
    bed.end(700);
    await bed.clock.advance(999);
    expect(bed.told).toEqual([]);
    bed.end(500);
    await bed.clock.advance(1);
    expect(bed.told).toEqual([500, 500, 200]);
    await bed.clock.advance(1_000);
    expect(bed.clock.timers).toBe(0);
  });

  it('do not wait for the end of the second when there are 20,000', async () => {
    const bed = new Bed();
    bed.end(19_999);
    await bed.clock.settle();
    expect(bed.told).toEqual([]);
    bed.end(1);
    await bed.clock.settle();
    expect(bed.told).toEqual(Array.from({ length: 40 }, () => 500));
  });

  it('of jobs of which some copies are gone are told after five seconds, and the rest once it is', async () => {
    const bed = new Bed();
    const job = bed.job();
    bed.accounts.gone(job);
    await bed.clock.advance(4_999);
    expect(bed.told).toEqual([]);
    await bed.clock.advance(1_001);
    expect(bed.store.asked('account')).toMatchObject([[{ copies: COPIES, gone: 1 }]]);
    bed.accounts.gone(job);
    bed.accounts.gone(job);
    await bed.clock.advance(6_000);
    expect(bed.store.asked('account')).toMatchObject([[{ gone: 1 }], [{ gone: 2 }]]);
  });

  it('are all told by a flush', async () => {
    const bed = new Bed();
    bed.end(600);
    bed.accounts.gone(bed.job());
    bed.accounts.close();
    await bed.accounts.flush();
    expect(bed.told).toEqual([500, 101]);
    expect(bed.clock.timers).toBe(0);
  });

  it('go on after a call that failed, and a flush does not ask a store that is away for each group', async () => {
    const bed = new Bed();
    bed.store.away = true;
    bed.end(1_200);
    await bed.clock.advance(1_000);
    expect(bed.told).toEqual([500]);
    await bed.accounts.flush();
    expect(bed.told).toEqual([500, 500]);
    bed.store.away = false;
    await bed.accounts.flush();
    expect(bed.told).toEqual([500, 500, 200]);
    bed.accounts.close();
  });
});
