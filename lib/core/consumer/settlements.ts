import { Batch } from '../base/batch.js';
import type { ClaimStore, Holder, SettleOutcome, SettleRequest } from '../claims/claim-store.js';
import type { Clock } from '../base/clock.js';
import type { Report } from '../events.js';
import type { HeldJob } from './held-job.js';

/** What happens to a job when the claim store has heard of its run. */
export interface SettlementsOwner {
  /** The outcome stands in the claim store. */
  settled(job: HeldJob, outcome: SettleOutcome, attempt: number): void;
  /** The claim store says that another has the job, or ended it. */
  refused(job: HeldJob): void;
  /** The claim store did not answer; `again()` is expected when it does. */
  storeFailed(): void;
}

interface Unsettled extends SettleRequest {
  readonly job: HeldJob;
}

const CALLS = 2;

/**
 * The outcomes of one tube's runs on their way to the claim store. What it does not answer is kept and told again until it does; the
 * copies stay held as long.
 */
export class Settlements {
  readonly #tube: string;
  readonly #report: Report;
  readonly #owner: SettlementsOwner;
  readonly #batch: Batch<Unsettled, boolean>;
  #kept: Unsettled[] = [];
  #untold = 0;

  constructor(
    tube: string,
    holder: Holder,
    parts: { readonly store: ClaimStore; readonly clock: Clock; readonly report: Report },
    owner: SettlementsOwner,
  ) {
    this.#tube = tube;
    this.#report = parts.report;
    this.#owner = owner;
    this.#batch = new Batch(
      (requests) => parts.store.settle(tube, holder, requests),
      (request, result, error) => this.#answered(request, result, error),
      CALLS,
      parts.clock,
    );
  }

  /** Those that the claim store has not acknowledged. */
  get untold(): number {
    return this.#untold;
  }

  /** True when none is under way or kept. */
  get idle(): boolean {
    return this.#kept.length === 0 && this.#batch.idle;
  }

  add(job: HeldJob, attempt: number, outcome: SettleOutcome): void {
    this.#untold++;
    this.#batch.add({ job, key: job.key, attempt, outcome, copies: job.copiesAsked });
  }

  /** The claim store answers again: tells it what it has not heard. */
  again(): void {
    const kept = this.#kept;
    this.#kept = [];
    for (const request of kept) this.#batch.add(request);
  }

  #answered(request: Unsettled, result: boolean | undefined, error: unknown): void {
    if (error !== undefined) {
      this.#kept.push(request);
      this.#owner.storeFailed();
      return;
    }
    this.#untold--;
    const { job, attempt, outcome } = request;
    if (result === true) this.#owner.settled(job, outcome, attempt);
    else {
      this.#report({ type: 'result-refused', tube: this.#tube, id: job.id, attempt });
      this.#owner.refused(job);
    }
  }
}
