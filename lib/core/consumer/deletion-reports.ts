import { keyOfName } from '../claims/claim-key.js';
import type { AccountRequest, ClaimStore } from '../claims/claim-store.js';
import type { Clock, Timer } from '../base/clock.js';
import { Fifo } from '../base/fifo.js';
import type { RecentJob } from './recent-jobs.js';

/** Jobs whose copies are all deleted are told this often. Sooner would be when handlers have the most to do. */
const TELL_AFTER_MS = 1_000;
/** Of which, in a call, so many: more would hold the store for too long in one piece. */
const MOST_JOBS = 500;
/** So many are not kept for later. */
const MOST_UNTOLD = 20_000;
/** What is left when a consumer stops is told for so long, and one call more. */
const FLUSH_MS = 2_000;
/** A job of which only some copies were seen is told after this time: the others are probably another consumer's. */
const PARTIAL_AFTER_MS = 5_000;

/**
 * Tells the claim store how many copies of ended jobs are gone, so that it knows how long each claim must be kept. Never in a
 * hurry: an account that is late or lost only makes a claim stay longer.
 */
export class DeletionReports {
  readonly #tube: string;
  readonly #store: ClaimStore;
  readonly #clock: Clock;
  readonly #partial = new Fifo<RecentJob>();
  #whole: AccountRequest[] = [];
  #timer: Timer | undefined;
  #closed = false;
  #telling: Promise<void> | undefined;
  #tellUntil = Infinity;

  constructor(tube: string, store: ClaimStore, clock: Clock) {
    this.#tube = tube;
    this.#store = store;
    this.#clock = clock;
  }

  /** A copy of the job was deleted from its node. */
  gone(job: RecentJob): void {
    job.gone++;
    if (job.gone >= job.copies && job.copies > 0) {
      this.#whole.push(this.#take(job));
      if (this.#whole.length >= MOST_UNTOLD) void this.#tell();
    } else if (job.goneSince === undefined) {
      job.goneSince = this.#clock.monotonic();
      this.#partial.push(job);
    }
    if (!this.#closed) this.#timer ??= this.#clock.after(TELL_AFTER_MS, () => this.#onTimer());
  }

  /** Tells nothing more by itself; what is not told only makes claims stay longer. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Tells what there is, partial or not, as far as that goes within about two seconds. Never rejects. */
  async flush(): Promise<void> {
    this.#takePartial(Infinity);
    this.#tellUntil = this.#clock.monotonic() + FLUSH_MS;
    await this.#telling;
    await this.#tell();
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#takePartial(this.#clock.monotonic() - PARTIAL_AFTER_MS);
    void this.#tell();
    if (this.#partial.length > 0 || this.#whole.length > 0) {
      this.#timer = this.#clock.after(TELL_AFTER_MS, () => this.#onTimer());
    }
  }

  #takePartial(before: number): void {
    for (let job = this.#partial.peek(); job !== undefined; job = this.#partial.peek()) {
      if (job.goneSince !== undefined && job.goneSince > before) return;
      this.#partial.shift();
      if (job.gone > 0) this.#whole.push(this.#take(job));
    }
  }

  /** Tells all that is whole, a group at a time. What the store does not answer is not told again. Never rejects. */
  async #tell(): Promise<void> {
    if (this.#whole.length === 0) return;
    await (this.#telling ??= this.#tellAll());
  }

  async #tellAll(): Promise<void> {
    try {
      do {
        const requests = this.#whole;
        this.#whole = requests.length > MOST_JOBS ? requests.splice(MOST_JOBS) : [];
        await this.#store.account(this.#tube, requests);
      } while (this.#whole.length > 0 && this.#clock.monotonic() < this.#tellUntil);
    } catch {
      // The next second begins with the next group.
    } finally {
      this.#telling = undefined;
    }
  }

  #take(job: RecentJob): AccountRequest {
    const { name, copies, gone } = job;
    job.gone = 0;
    job.goneSince = undefined;
    return { key: keyOfName(this.#tube, name), copies, gone };
  }
}
