import { Batch } from '../base/batch.js';
import type { ClaimVerdict } from '../claims/claim-store.js';
import { GRANT_GOOD_MS } from '../claims/pause-claims.js';
import type { KeyCommitment } from '../claims/key-claims.js';
import { Fifo } from '../base/fifo.js';
import { BEAT_MS } from './beat.js';
import type { DueJobs } from './due-jobs.js';
import type { HeldJob } from './held-job.js';
import type { Orphans } from './orphans.js';
import type { Prefetch } from './prefetch.js';
import type { Runs } from './runs.js';
import type { Denial } from './job-book.js';
import { commitOf } from './roll-forward.js';
import type { TubeParts } from './tube-parts.js';

/** After so many answers in a row that came too late, the store is taken to be slow: what it grants begins all the same. */
const MOST_LATE = 3;

/** What the claim store said of a job. */
export interface DispatcherOwner {
  /** Its tube is known to be paused: what is granted goes back. */
  readonly isPaused: boolean;
  /** It is not ours to run, and goes its way by the verdict. */
  denied(job: HeldJob, verdict: Denial): void;
  /** The claim store did not answer: the claim may be ours or nobody's. */
  unanswered(job: HeldJob): void;
  /** Its tube is paused: what the claim was, it is. */
  paused(job: HeldJob): void;
  /** It was a dead letter, and is ours to run. */
  revived(job: HeldJob): void;
  /** Its producer had left it between its copies and their commit, which has been made up for: it is to be asked for again. */
  committed(job: HeldJob): void;
}

interface DispatcherParts extends Pick<TubeParts, 'settings' | 'holder' | 'store' | 'clock'> {
  readonly due: DueJobs;
  readonly orphans: Orphans;
  readonly runs: Runs;
  readonly prefetch: Prefetch;
}

interface Grant {
  readonly job: HeldJob;
  readonly attempt: number;
  /** When its claim was sent, of the monotonic clock: the lease began no earlier. */
  readonly sentAt: number;
}

/**
 * The way from due to running: a job that is ready is claimed when there is a slot for it, or soon will be; a granted job
 * starts as soon as a slot is free. Claims run ahead of the slots by what the handlers clear in 100 ms, so that
 * handlers need not wait for round trips.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts;
  readonly #owner: DispatcherOwner;
  readonly #claims: Batch<HeldJob, ClaimVerdict>;
  readonly #unborn: Batch<HeldJob, KeyCommitment>;
  readonly #granted = new Fifo<Grant>();
  #claiming = 0;
  #asked = 0;
  /** Answers in a row that took longer than a grant is good, and when the last of them was asked for. */
  #late = 0;
  #lateSince = -Infinity;
  #filling = false;
  #stopped = false;

  constructor(parts: DispatcherParts, owner: DispatcherOwner) {
    const { settings, holder, store, clock } = parts;
    this.#parts = parts;
    this.#owner = owner;
    this.#claims = new Batch(
      (jobs) => store.claim(settings.name, holder, jobs),
      (job, verdict, _error, sentAt) => this.#answered(job, verdict, sentAt),
      clock,
    );
    this.#unborn = new Batch(
      (jobs) =>
        store.commitKeys(
          settings.name,
          jobs.map((job) => commitOf(settings.name, job)),
        ),
      (job, commitment) => this.#committed(job, commitment),
      clock,
      1,
    );
  }

  /** Slots that nothing runs in or is about to. */
  get free(): number {
    return Math.max(0, this.#parts.settings.concurrency - this.busy);
  }

  get busy(): number {
    return this.#claiming + this.#granted.length + this.#parts.runs.running;
  }

  /** Claims that were asked for so far. */
  get asked(): number {
    return this.#asked;
  }

  get idle(): boolean {
    return this.#claiming === 0 && this.#granted.length === 0;
  }

  /** Claims what is ready, as far as slots go. */
  claim(): void {
    if (this.#stopped) return;
    const { concurrency } = this.#parts.settings;
    const orphan = this.busy < concurrency ? this.#parts.orphans.take() : undefined;
    if (orphan !== undefined) this.#claim(orphan);
    // All that is held, so that handlers need not wait for round trips.
    const most = this.#parts.orphans.waits ? concurrency : this.#parts.prefetch.limit;
    for (
      let job = this.#parts.due.peek();
      job !== undefined && this.#hasRoom(job, most);
      job = this.#parts.due.peek()
    ) {
      this.#parts.due.take();
      this.#claim(job);
    }
    this.#claims.flush();
  }

  /** Asks for jobs whose claim may be ours already, whatever slots there are. What is granted to one who has stopped goes back. */
  askAgain(jobs: readonly HeldJob[]): void {
    for (const job of jobs) this.#claim(job);
    this.#claims.flush();
  }

  /** A claim counts as an attempt even if its process dies before the start, so the only attempt is not claimed ahead. */
  #hasRoom({ header }: HeldJob, most: number): boolean {
    const { busy } = this;
    const { concurrency, attempts } = this.#parts.settings;
    return busy < concurrency || (busy < most && (header.attempts ?? attempts) > 1);
  }

  #claim(job: HeldJob): void {
    job.become('claiming');
    this.#claiming++;
    this.#asked++;
    this.#claims.add(job);
  }

  /** Starts granted jobs in the slots that are free, or gives them back. A handler may end before `start` returns; the loop sees to the next. */
  fill(): void {
    if (this.#filling) return;
    this.#filling = true;
    try {
      while (!this.#isShut && this.#parts.runs.running < this.#parts.settings.concurrency) {
        const grant = this.#granted.shift();
        if (grant === undefined) break;
        this.#begin(grant);
      }
    } finally {
      // Whatever happens with one job, the tube goes on.
      this.#filling = false;
    }
    if (this.#isShut) this.#giveBackGranted();
  }

  get #isShut(): boolean {
    return this.#stopped || this.#owner.isPaused;
  }

  /** Its tube may have been paused since a grant that is too old. The same holder that asks again gets the same attempt. */
  #begin({ job, attempt, sentAt }: Grant): void {
    const { runs, clock, settings } = this.#parts;
    // A lease that is half over might be lost before its first renewal.
    const longest = settings.leaseMs / 2;
    const goodMs = this.#late < MOST_LATE ? Math.min(GRANT_GOOD_MS, longest) : longest;
    if (clock.monotonic() - sentAt > longest) runs.giveBack(job, attempt);
    else if (!runs.start(job, attempt, sentAt, goodMs)) {
      job.attempt = attempt;
      this.#claim(job);
    }
  }

  /** What was granted before the last beat and still waits for a slot goes back: others may have one free. */
  onBeat(now: number): void {
    for (let oldest = this.#granted.peek(); oldest !== undefined; oldest = this.#granted.peek()) {
      if (now - oldest.sentAt < BEAT_MS) return;
      this.#granted.shift();
      this.#parts.runs.giveBack(oldest.job, oldest.attempt);
    }
  }

  /** Starts nothing more; what is granted, or will be, goes back. */
  stop(): void {
    this.#stopped = true;
    this.fill();
  }

  /** What is granted and has not begun goes back. */
  #giveBackGranted(): void {
    for (const { job, attempt } of this.#granted.drain()) this.#parts.runs.giveBack(job, attempt);
  }

  #answered(job: HeldJob, verdict: ClaimVerdict | undefined, sentAt: number): void {
    this.#claiming--;
    if (verdict === undefined) {
      this.#owner.unanswered(job);
      return;
    }
    this.#noteDelay(sentAt);
    job.takeover = false;
    if (verdict.kind === 'unborn') this.#commit(job);
    else if (verdict.kind === 'paused') this.#owner.paused(job);
    else if (verdict.kind !== 'granted') this.#owner.denied(job, verdict);
    else {
      job.granted(verdict);
      if (job.revived) this.#owner.revived(job);
      // Of a job that was moved only the store knew when it is due: the later clock wins, as for all others.
      const early = (job.movedMs ?? 0) - this.#parts.clock.now();
      if (early > 0) this.#parts.runs.giveBack(job, verdict.attempt, early);
      else this.#granted.push({ job, attempt: verdict.attempt, sentAt });
      this.fill();
    }
  }

  #noteDelay(sentAt: number): void {
    if (this.#parts.clock.monotonic() - sentAt <= GRANT_GOOD_MS) this.#late = 0;
    else if (sentAt !== this.#lateSince) {
      this.#late++;
      this.#lateSince = sentAt;
    }
  }

  /** On behalf of the producer that left it. Without a copy there is nothing to name; it comes back with the next one. */
  #commit(job: HeldJob): void {
    if (job.slot === undefined) this.#owner.denied(job, UNKNOWN_YET);
    else if (job.copies.length === 0) this.#owner.committed(job);
    else {
      this.#claiming++;
      this.#unborn.add(job);
    }
  }

  #committed(job: HeldJob, commitment: KeyCommitment | undefined): void {
    this.#claiming--;
    if (commitment === undefined) this.#owner.unanswered(job);
    else if (commitment.kind === 'refused') this.#owner.denied(job, UNKNOWN_YET);
    else this.#owner.committed(job);
  }
}

/** Whoever can commit it may do so any time: it is asked for again, as what runs elsewhere. */
const UNKNOWN_YET: Denial = { kind: 'running', ms: 0 };
