import { describe, expect, it } from '@jest/globals';
import type { ClaimRequest, ClaimVerdict, Holder } from '../../../lib/core/claims/claim-store.js';
import { GRANT_GOOD_MS } from '../../../lib/core/claims/pause-claims.js';
import { identify } from '../../../lib/core/claims/job-identity.js';
import type { KeyCommit, KeyCommitment } from '../../../lib/core/claims/key-claims.js';
import { DqClaimStoreError } from '../../../lib/core/errors/connection.errors.js';
import { DueJobs } from '../../../lib/core/consumer/due-jobs.js';
import { Copy, type CopyHolder, HeldJob } from '../../../lib/core/consumer/held-job.js';
import { Orphans } from '../../../lib/core/consumer/orphans.js';
import { Prefetch } from '../../../lib/core/consumer/prefetch.js';
import type { Runs } from '../../../lib/core/consumer/runs.js';
import { Dispatcher } from '../../../lib/core/consumer/dispatcher.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { type JobHeader, nativePrefix } from '../../../lib/core/wire/envelope.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { bring, heldJob } from './held-jobs.js';

/** Claims are granted when the test says so. */
class WaitingStore extends StubClaimStore {
  answer: () => void = () => undefined;
  /** In place of what is granted. */
  told: readonly ClaimVerdict[] | undefined;
  readonly commits: (readonly KeyCommit[])[] = [];
  committing: KeyCommitment = { kind: 'scheduled' };

  override async claim(
    tube: string,
    holder: Holder,
    requests: readonly ClaimRequest[],
  ): Promise<readonly ClaimVerdict[]> {
    const verdicts = await super.claim(tube, holder, requests);
    await new Promise<void>((resolve) => (this.answer = resolve));
    return this.told ?? verdicts;
  }

  override async commitKeys(_tube: string, requests: readonly KeyCommit[]): Promise<readonly KeyCommitment[]> {
    this.commits.push(requests);
    await Promise.resolve();
    if (this.away) throw new DqClaimStoreError('away');
    return requests.map(() => this.committing);
  }
}

class Bed {
  readonly clock = new ManualClock();
  readonly store = new WaitingStore();
  readonly started: HeldJob[] = [];
  readonly givenBack: HeldJob[] = [];
  /** For how long, each. */
  readonly backFor: (number | undefined)[] = [];
  readonly committed: HeldJob[] = [];
  readonly unanswered: HeldJob[] = [];
  readonly paused: HeldJob[] = [];
  readonly denied: (readonly [HeldJob, ClaimVerdict])[] = [];
  readonly starts: Dispatcher;
  readonly orphans = new Orphans(this.clock);
  readonly prefetch: Prefetch;
  readonly runs = { running: 0 };
  readonly #due = new DueJobs(this.clock, () => undefined);

  #blockMs = 0;

  constructor(attempts = 5, concurrency = 1, leaseMs = 2_000) {
    this.prefetch = new Prefetch(concurrency);
    const settings = { ...resolveTube({ name: 'orders', attempts, concurrency }), leaseMs };
    const runs = Object.assign(this.runs, {
      start: (job: HeldJob, _attempt: number, sentAt: number, goodMs: number) => {
        if (this.clock.monotonic() - sentAt > goodMs) return false;
        this.started.push(job);
        this.runs.running++;
        this.clock.standStill(this.#blockMs);
        return true;
      },
      giveBack: (job: HeldJob, _attempt: number, ms?: number) => {
        this.givenBack.push(job);
        this.backFor.push(ms);
      },
    });
    const { store, clock, orphans, prefetch } = this;
    const holder = { token: 'me', leaseMs };
    const parts = { settings, holder, store, clock, due: this.#due, orphans, runs: runs as unknown as Runs, prefetch };
    this.starts = new Dispatcher(parts, {
      denied: (job, verdict) => void this.denied.push([job, verdict]),
      isPaused: false,
      unanswered: (job) => void this.unanswered.push(job),
      paused: (job) => void this.paused.push(job),
      revived: () => undefined,
      committed: (job) => void this.committed.push(job),
    });
  }

  /** Each start holds the event loop for so long. */
  block(ms: number): void {
    this.#blockMs = ms;
  }

  /** So many jobs are due; they may say something for themselves. */
  add(count: number, header?: JobHeader): void {
    for (let at = 0; at < count; at++) this.#due.add(heldJob(0, header), 0);
    this.#due.advance();
  }

  /** A job with a key is due, of which two copies are here. */
  addKeyed(): HeldJob {
    const body = Buffer.from(`${nativePrefix(0, 'id-of-it', 3, undefined, undefined, 'order-1')}null`);
    const job = new HeldJob(identify('orders', body), 'normal');
    for (const number of [7, 8]) {
      const lane = { node: { endpoint: `node-${number}:11300` }, setAside: () => undefined } as unknown as CopyHolder;
      job.copies.push(new Copy(lane, number, body, 0));
    }
    this.#due.add(job, 0);
    this.#due.advance();
    return job;
  }

  /** Claims what is due, and lets the store answer. */
  async claimed(...told: readonly ClaimVerdict[]): Promise<void> {
    this.store.told = told;
    this.starts.claim();
    await this.clock.settle();
    this.store.answer();
    await this.clock.settle();
  }

  /** A run ends, and its slot is free. */
  end(): void {
    this.runs.running--;
    this.starts.fill();
    this.starts.claim();
  }

  /** Handlers take a millisecond: jobs are claimed ahead of their slots. */
  measure(): void {
    for (let run = 0; run < 100; run++) this.prefetch.took(1);
  }
}

describe('starts', () => {
  it.each([
    [900, 1, 0],
    // Suspended, or starved: the answer lay in the socket while the lease ran.
    [1_100, 0, 1],
    [60_000, 0, 1],
  ])(
    'count a lease from when its claim was sent: answered after %i ms, %i start and %i go back',
    async (ms, start, back) => {
      const bed = new Bed();
      bed.add(1);
      bed.starts.claim();
      await bed.clock.advance(ms);
      bed.store.answer();
      await bed.clock.settle();
      expect([bed.started.length, bed.givenBack.length]).toEqual([start, back]);
    },
  );

  it('claim no more than there are slots where a job has one attempt only', async () => {
    const bed = new Bed(1, 2);
    bed.add(50);
    bed.starts.claim();
    await bed.clock.settle();
    expect(bed.starts.busy).toBe(2);
  });

  it('claim no job ahead of its slot that says itself that it has one attempt only', async () => {
    const bed = new Bed(5, 2);
    bed.measure();
    bed.add(50, { attempts: 1 });
    bed.starts.claim();
    await bed.clock.settle();
    expect(bed.starts.busy).toBe(2);
  });

  it('would claim it ahead if it had more (control)', async () => {
    const bed = new Bed(1, 2);
    bed.measure();
    bed.add(50, { attempts: 3 });
    bed.starts.claim();
    await bed.clock.settle();
    expect(bed.starts.busy).toBeGreaterThan(2);
  });

  it('keep the next slot for a job whose consumer died, although a line stands there that would take them all', async () => {
    const bed = new Bed(5, 2);
    bed.measure();
    bed.add(500);
    bed.starts.claim();
    await bed.clock.settle();
    const claimed = bed.starts.busy;
    expect(claimed).toBeGreaterThan(2);
    bed.store.answer();
    await bed.clock.settle();
    const orphan = bring(heldJob(), 'claiming');
    bed.orphans.add(orphan);
    bed.starts.claim();
    // What was claimed already runs first; nothing is claimed in its place.
    for (let ended = 0; ended < claimed - 1; ended++) {
      expect(orphan.state).toBe('orphaned');
      bed.end();
    }
    expect([bed.started.length, orphan.state]).toEqual([claimed, 'claiming']);
  });
});

describe('a grant that is older than a second', () => {
  /** With a lease that is not half over by then. */
  async function answeredAfter(bed: Bed, ms: number): Promise<void> {
    await bed.clock.advance(ms);
    bed.store.answer();
    await bed.clock.settle();
  }

  it.each([
    [GRANT_GOOD_MS, 1, 1],
    [GRANT_GOOD_MS + 1, 0, 2],
  ])('answered after %i ms: %i start, after %i claims', async (ms, started, claims) => {
    const bed = new Bed(5, 1, 30_000);
    bed.add(1);
    bed.starts.claim();
    await answeredAfter(bed, ms);
    expect([bed.started.length, bed.starts.asked, bed.givenBack]).toEqual([started, claims, []]);
  });

  it('is asked for again, and begins with the answer to that', async () => {
    const bed = new Bed(5, 1, 30_000);
    bed.add(1);
    bed.starts.claim();
    await answeredAfter(bed, 1_500);
    await answeredAfter(bed, 10);
    expect([bed.started.length, bed.starts.asked, bed.givenBack, bed.starts.idle]).toEqual([1, 2, [], true]);
  });

  it('is not begun behind a handler that held the event loop: each turn begins one at least', async () => {
    const bed = new Bed(5, 3, 30_000);
    bed.block(1_500);
    bed.add(3);
    bed.starts.claim();
    const starts = [];
    for (let turn = 0; turn < 3; turn++) {
      await answeredAfter(bed, 10);
      starts.push(bed.started.length);
    }
    expect([starts, bed.givenBack]).toEqual([[1, 2, 3], []]);
  });

  it('begins all the same where the store has taken longer than a second three times in a row', async () => {
    const bed = new Bed(5, 1, 30_000);
    bed.add(1);
    bed.starts.claim();
    for (let answer = 0; answer < 2; answer++) await answeredAfter(bed, 1_500);
    expect(bed.started).toHaveLength(0);
    await answeredAfter(bed, 1_500);
    expect([bed.started.length, bed.starts.asked]).toEqual([1, 3]);
  });

  it('does not begin where one of them came in time (control)', async () => {
    const bed = new Bed(5, 3, 30_000);
    bed.add(1);
    bed.starts.claim();
    for (const ms of [1_500, 1_500]) await answeredAfter(bed, ms);
    await answeredAfter(bed, 10);
    bed.add(1);
    bed.starts.claim();
    await answeredAfter(bed, 1_500);
    expect([bed.started.length, bed.starts.asked]).toEqual([1, 5]);
  });

  it('leaves the attempt with the job where its tube is paused by then, so that it is given back', async () => {
    const bed = new Bed(5, 1, 30_000);
    bed.add(1);
    bed.starts.claim();
    await answeredAfter(bed, 1_500);
    bed.store.told = [{ kind: 'paused' }];
    await answeredAfter(bed, 10);
    expect(bed.paused.map(({ attempt }) => attempt)).toEqual([1]);
    expect([bed.started, bed.starts.idle]).toEqual([[], true]);
  });
});

describe('starts of jobs with keys', () => {
  const HANDLE = 'node-7:11300/orders/7,node-8:11300/orders/8,id-of-it';

  it('name their slots when they are claimed', async () => {
    const bed = new Bed();
    const job = bed.addKeyed();
    await bed.claimed({ kind: 'granted', attempt: 1 });
    expect(bed.store.calls[0]?.request).toMatchObject([{ key: 'dq:{orders}:id-of-it', slot: 'dq:{orders}@order-1' }]);
    expect(bed.started).toEqual([job]);
  });

  it('commit what its producer left, with the copies that are here, and have it asked for again', async () => {
    const bed = new Bed();
    const job = bed.addKeyed();
    await bed.claimed({ kind: 'unborn' });
    const commit = { slot: 'dq:{orders}@order-1', id: 'id-of-it', dueMs: 0, handle: HANDLE, reserved: undefined };
    expect(bed.store.commits).toEqual([[commit]]);
    expect([bed.committed, bed.started, bed.starts.idle]).toEqual([[job], [], true]);
  });

  it('have nothing but what is doubtful where that is not answered', async () => {
    const bed = new Bed();
    const job = bed.addKeyed();
    bed.starts.claim();
    await bed.clock.settle();
    bed.store.told = [{ kind: 'unborn' }];
    bed.store.away = true;
    bed.store.answer();
    await bed.clock.settle();
    expect([bed.committed, bed.unanswered, bed.starts.idle]).toEqual([[], [job], true]);
  });

  it('are looked for again where that is refused, and the store is not taken to be away', async () => {
    const bed = new Bed();
    const job = bed.addKeyed();
    bed.store.committing = { kind: 'refused', error: new DqClaimStoreError('of a later release') };
    await bed.claimed({ kind: 'unborn' });
    expect(bed.denied).toEqual([[job, { kind: 'running', ms: 0 }]]);
    expect([bed.committed, bed.unanswered, bed.starts.idle]).toEqual([[], [], true]);
  });

  it.each([
    // The clock of Redis is ahead of this one: the later one wins.
    [700, 0, [700]],
    [0, 1, []],
    [-700, 1, []],
  ])('moved to %i ms from now by this clock: %i start, others go back for so long', async (ms, started, back) => {
    const bed = new Bed();
    const job = bed.addKeyed();
    const movedMs = bed.clock.now() + ms;
    await bed.claimed({ kind: 'granted', attempt: 1, movedMs });
    expect([bed.started.length, bed.backFor, job.dueMs]).toEqual([started, back, movedMs]);
  });
});
