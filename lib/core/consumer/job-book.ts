import { type ClaimVerdict, type SettleOutcome, leavesNoClaim } from '../claims/claim-store.js';
import type { JobIdentity } from '../claims/job-identity.js';
import { TOO_LATE } from '../claims/retention.js';
import type { Clock } from '../base/clock.js';
import type { DqPriority } from '../wire/priority.js';
import type { Acknowledger } from './acknowledger.js';
import { LOOK_AFTER_MS } from './beat.js';
import { type DueJobs, HELD_WAIT_MS } from './due-jobs.js';
import { type Copy, HeldJob } from './held-job.js';
import type { Orphans } from './orphans.js';

/** A longer wait of what a Go consumer would throw away is spent here too. */
const LOCKED_WAIT_MS = 60_000;
const FIRST_LOOK_MS = 50;

/** What is not granted, and is not to be made up for first. */
export type Denial = Exclude<ClaimVerdict, { readonly kind: 'granted' | 'unborn' | 'paused' }>;

type Again = Extract<SettleOutcome, { readonly kind: 'again' }>;

/** What the book needs, and who it asks. */
export interface JobBookParts {
  readonly clock: Clock;
  readonly due: DueJobs;
  readonly orphans: Orphans;
  readonly acknowledger: Acknowledger;
  /** False while it may not be kept waiting here: the consumer stops, the claim store is away, or the tube paused. */
  readonly mayKeep: (job: HeldJob) => boolean;
}

/**
 * The jobs of which this process holds copies, by name, from their first copy until they leave: held until a moment, kept aside,
 * lined up as orphans, doubtful. Where the consumer may keep nothing, what would be held goes back to its node at once.
 */
export class JobBook {
  readonly #parts: JobBookParts;
  readonly #jobs = new Map<string, HeldJob>();
  /** Since when each is doubtful, oldest first. */
  readonly #doubtful = new Map<HeldJob, number>();

  constructor(parts: JobBookParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#jobs.size;
  }

  find(name: string): HeldJob | undefined {
    return this.#jobs.get(name);
  }

  /** Those that were here at a moment of the monotonic clock already. */
  *heldSince(moment: number): Iterable<HeldJob> {
    // In the order in which they came.
    for (const job of this.#jobs.values()) {
      if (job.since > moment) return;
      yield job;
    }
  }

  /** A job begins with its first copy, to be held until it is due. */
  begin(identity: JobIdentity, usual: DqPriority, copy: Copy): HeldJob {
    const job = new HeldJob(identity, usual, this.#parts.clock.monotonic());
    job.copies.push(copy);
    copy.job = job;
    this.#jobs.set(job.name, job);
    this.hold(job, job.dueMs);
    return job;
  }

  /** One more copy of a job that is here. */
  join(job: HeldJob, copy: Copy, copies: number): void {
    job.copiesAsked = Math.max(job.copiesAsked, copies);
    job.copies.push(copy);
    copy.job = job;
    if (job.aside) copy.lane.setAside(copy, true);
    const rested = job.standby.findIndex(({ lane, number }) => lane === copy.lane && number === copy.number);
    if (rested >= 0) for (const up of job.standby.splice(rested, 1)) copy.lane.wakeStandby(up, false);
  }

  /** A copy is its lane's no more. Without a copy there is nothing to run: the job comes back with the next one. */
  lost(copy: Copy): void {
    const { job } = copy;
    if (job === undefined) return;
    copy.job = undefined;
    const at = job.copies.indexOf(copy);
    if (at >= 0) job.copies.splice(at, 1);
    if (job.copies.length === 0 && job.idle) this.giveBack(job, 0);
  }

  /** Puts a job back to waiting, until a moment of the wall clock. */
  hold(job: HeldJob, notBefore: number): void {
    if (this.#parts.mayKeep(job)) this.#parts.due.add(job, notBefore);
    else this.giveBack(job, 0);
  }

  /** Its run came to that it is to be tried again. At once means: by whoever has a slot, which may be another consumer. */
  again(job: HeldJob, attempt: number, outcome: Again): void {
    const { key, plain, revived, askedMs } = job;
    job.locked = plain && !leavesNoClaim({ key, attempt, outcome }, revived || askedMs !== undefined);
    if (outcome.ms > 0 || job.locked) this.wait(job, outcome.ms);
    else this.giveBack(job, 0);
  }

  /** It is to be tried again in `ms`: held when that is soon, or when a Go consumer might get it, else released until then. */
  wait(job: HeldJob, ms: number): void {
    const soon = ms <= HELD_WAIT_MS;
    const here = soon || (mayWaitLong(job, ms) && this.#parts.mayKeep(job));
    if (!here || job.copies.length === 0) this.giveBack(job, ms);
    else {
      if (!soon) job.setAside(true);
      this.hold(job, this.#parts.clock.now() + ms);
    }
  }

  /**
   * The claim store did not grant it:
   * - running elsewhere: it is kept aside and asked for again, at first soon, then every 2 s.
   * - orphaned: it is kept aside until its turn to be taken over; see {@link Orphans}.
   * - waiting or early: it is held for up to 2 s, or for up to a minute when it is locked, else released until then.
   * - done, revoked, or a Go consumer's: its copies are deleted.
   * - dead or expired: its copies are buried.
   */
  denied(job: HeldJob, verdict: Denial): void {
    const { acknowledger } = this.#parts;
    job.attempt = 0;
    job.doubted = false;
    job.locked = job.plain && (verdict.kind === 'waiting' || verdict.kind === 'orphaned');
    switch (verdict.kind) {
      case 'running':
        this.lookAgain(job);
        break;
      case 'orphaned':
        this.#orphaned(job);
        break;
      case 'waiting':
      case 'early':
        this.wait(job, verdict.ms);
        break;
      case 'dead':
        this.forget(job);
        acknowledger.bury(job, 'the job was given up', true);
        break;
      case 'expired':
        this.forget(job);
        acknowledger.bury(job, TOO_LATE, false);
        break;
      default:
        this.forget(job);
        acknowledger.delete(job);
    }
  }

  /** Another consumer runs it: it is asked for again, at first soon. */
  lookAgain(job: HeldJob): void {
    if (job.copies.length === 0) {
      this.giveBack(job, 0);
      return;
    }
    job.setAside(true);
    const ms = Math.min(LOOK_AFTER_MS, FIRST_LOOK_MS * 2 ** Math.min(job.looks++, 10));
    this.hold(job, this.#parts.clock.now() + ms);
  }

  /** Its consumer died: it waits for its turn. */
  #orphaned(job: HeldJob): void {
    if (job.copies.length === 0 || !this.#parts.mayKeep(job)) {
      this.giveBack(job, 0);
      return;
    }
    job.setAside(true);
    this.#parts.orphans.add(job);
  }

  /** The claim store did not answer: its copies stay until it does. */
  doubt(job: HeldJob): void {
    job.become('doubtful');
    this.#doubtful.set(job, this.#parts.clock.monotonic());
  }

  /** True while anything is doubtful. */
  get doubts(): boolean {
    return [...this.#doubtful.keys()].some(({ state }) => state === 'doubtful');
  }

  /** The claim store is back: takes what is doubtful, to be asked for again. */
  doubtNoMore(): readonly HeldJob[] {
    const jobs = [...this.#doubtful.keys()].filter(({ state }) => state === 'doubtful');
    this.#doubtful.clear();
    return jobs;
  }

  /**
   * The store stays away: a claim that was ours is over by now, and another consumer may be able to ask. Not for a plain job: what may
   * be its claim locks Go consumers out, which may be able to ask as well.
   */
  giveBackDoubtful(leaseMs: number): void {
    const now = this.#parts.clock.monotonic();
    for (const [job, since] of this.#doubtful) {
      if (now - since < leaseMs) return;
      if (job.plain) continue;
      this.#doubtful.delete(job);
      if (job.state === 'doubtful') this.giveBack(job, 0);
    }
  }

  /** What stood in the line at the last beat already goes back: others may have a slot for it. */
  giveBackStale(): void {
    for (const job of this.#parts.due.takeStale()) {
      if (job.locked) this.hold(job, this.#parts.clock.now());
      else this.giveBack(job, 0);
    }
  }

  /** Takes what is neither running nor about to out of the books, if it `may` go. */
  forgetIdle(may: (job: HeldJob) => boolean): readonly HeldJob[] {
    const idle = [...this.#jobs.values()].filter((job) => job.idle && may(job));
    for (const job of idle) this.forget(job);
    return idle;
  }

  /** Lets a job go, so that it is back here or elsewhere when `ms` have passed. */
  giveBack(job: HeldJob, ms: number): void {
    this.forget(job);
    this.#parts.acknowledger.release(job, ms);
  }

  /** Takes a job out of this process' books. Its copies are the caller's to send away. */
  forget(job: HeldJob): void {
    this.#jobs.delete(job.name);
    job.become('left');
    job.setAside(false);
  }
}

/** A Go consumer that got a copy before would throw it away. */
function mayWaitLong({ locked, copies }: HeldJob, ms: number): boolean {
  return locked && ms <= LOCKED_WAIT_MS && !copies.some(({ lane }) => lane.crowded);
}
