import { keyOfName } from '../claims/claim-key.js';
import type { AccountRequest, ClaimStore } from '../claims/claim-store.js';
import type { Clock } from '../base/clock.js';
import type { RecentJob } from './recent-jobs.js';

/** A job of which only some copies are gone is told after this time: in a backlog the others come up later, and are told with them. */
const PARTIAL_AFTER_MS = 5_000;
/** In one call: more would hold the store for too long in one piece. */
const MOST_TOLD = 500;

/**
 * Tells the claim store how many copies of ended jobs are gone, so that it knows how long each claim must be kept. Never in a
 * hurry: a report that is late or lost only makes a claim stay longer.
 */
export class DeletionReports {
  readonly #tube: string;
  readonly #store: ClaimStore;
  readonly #clock: Clock;
  /** Each has copies that are gone and not told. */
  #gone: RecentJob[] = [];
  #due: RecentJob[] = [];
  #telling: Promise<void> | undefined;
  #tellUntil = Infinity;

  constructor(tube: string, store: ClaimStore, clock: Clock) {
    this.#tube = tube;
    this.#store = store;
    this.#clock = clock;
  }

  get idle(): boolean {
    return this.#gone.length === 0 && this.#due.length === 0;
  }

  /** A copy of the job was deleted from its node. */
  gone(job: RecentJob): void {
    if (job.gone++ > 0) return;
    job.goneSince = this.#clock.monotonic();
    this.#gone.push(job);
  }

  onBeat(): void {
    this.#takeDue(this.#clock.monotonic() - PARTIAL_AFTER_MS);
    if (this.#due.length > 0) void this.#tell();
  }

  /** Tells what there is, as far as that goes within so many milliseconds and one call more. Never rejects. */
  async flush(ms: number): Promise<void> {
    this.#tellUntil = this.#clock.monotonic() + ms;
    await this.#telling;
    this.#takeDue(Infinity);
    await this.#tell();
  }

  #takeDue(before: number): void {
    const later: RecentJob[] = [];
    for (const job of this.#gone) (job.gone >= job.copies || job.goneSince <= before ? this.#due : later).push(job);
    this.#gone = later;
  }

  /** A group at a time. What the store does not answer is not told again. Never rejects. */
  async #tell(): Promise<void> {
    await (this.#telling ??= this.#tellAll());
  }

  async #tellAll(): Promise<void> {
    try {
      while (this.#due.length > 0 && this.#clock.monotonic() < this.#tellUntil) {
        const jobs = this.#due.slice(0, MOST_TOLD);
        this.#due = this.#due.slice(MOST_TOLD);
        await this.#store.account(
          this.#tube,
          jobs.map((job) => this.#take(job)),
        );
      }
    } catch {
      // The next beat begins with the next group.
    } finally {
      this.#telling = undefined;
    }
  }

  #take(job: RecentJob): AccountRequest {
    const { name, copies, gone } = job;
    job.gone = 0;
    return { key: keyOfName(this.#tube, name), copies, gone };
  }
}
