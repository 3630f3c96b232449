import type { ClaimRequest, ClaimVerdict, Holder } from '../../../lib/core/claims/claim-store.js';
import { identify } from '../../../lib/core/claims/job-identity.js';
import type { KeyCommit, KeyCommitment } from '../../../lib/core/claims/key-claims.js';
import { Dispatcher } from '../../../lib/core/consumer/dispatcher.js';
import { DueJobs } from '../../../lib/core/consumer/due-jobs.js';
import { Copy, type CopyHolder, HeldJob } from '../../../lib/core/consumer/held-job.js';
import { Orphans } from '../../../lib/core/consumer/orphans.js';
import { Prefetch } from '../../../lib/core/consumer/prefetch.js';
import type { Runs } from '../../../lib/core/consumer/runs.js';
import { DqClaimStoreError } from '../../../lib/core/errors/connection.errors.js';
import { resolveTube } from '../../../lib/core/options/resolve-tube.js';
import { type JobHeader, nativePrefix } from '../../../lib/core/wire/envelope.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { heldJob } from './held-jobs.js';

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

/** A dispatcher of which the test sees what starts and what goes back. */
export class DispatcherBed {
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

  /** So many jobs are due, and are asked for. */
  ask(count: number): void {
    this.add(count);
    this.starts.claim();
  }

  /** Claims what is due; the store has not answered yet. */
  async claims(): Promise<void> {
    this.starts.claim();
    await this.clock.settle();
  }

  /** The store answers after so long. */
  async answered(ms = 0): Promise<void> {
    await this.clock.advance(ms);
    this.store.answer();
    await this.clock.settle();
  }

  /** Claims what is due, and is told that. */
  async claimed(...told: readonly ClaimVerdict[]): Promise<void> {
    this.store.told = told;
    await this.claims();
    await this.answered();
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
