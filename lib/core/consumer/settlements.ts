import { Batch } from '../base/batch.js';
import type { HistoryEntry, SettleAnswer, SettleOutcome, SettleRequest } from '../claims/claim-store.js';
import type { HeldJob } from './held-job.js';
import { commitAgain } from './roll-forward.js';
import type { TubeParts } from './tube-parts.js';

/** What happens to a job when the claim store has heard of its run. */
export interface SettlementsOwner {
  /** The outcome stands in the claim store. */
  settled(job: HeldJob, outcome: SettleOutcome, attempt: number): void;
  /** The claim store says that another has the job, or ended it. */
  refused(job: HeldJob): void;
  /** Its key went to another job while it ran, so the claim store has revoked it in place of a further attempt. */
  superseded(job: HeldJob): void;
  /** The claim store did not answer; `again()` is expected when it does. */
  storeFailed(): void;
}

interface Unsettled extends SettleRequest {
  readonly job: HeldJob;
  /** It was refused, and its lease was told again. */
  readonly retold?: true;
}

/**
 * The outcomes of one tube's runs on their way to the claim store. What it does not answer is kept and told again until it does; the
 * copies stay held as long.
 */
export class Settlements {
  readonly #parts: Pick<TubeParts, 'settings' | 'report'>;
  readonly #owner: SettlementsOwner;
  readonly #batch: Batch<Unsettled, SettleAnswer>;
  /** Leases of those that were refused. */
  readonly #leases: Batch<Unsettled, boolean>;
  #kept: Unsettled[] = [];
  #untold = 0;

  constructor(parts: Pick<TubeParts, 'settings' | 'holder' | 'store' | 'clock' | 'report'>, owner: SettlementsOwner) {
    const { settings, holder, store, clock } = parts;
    this.#parts = parts;
    this.#owner = owner;
    this.#batch = new Batch(
      (requests) => store.settle(settings.name, holder, requests, settings.history),
      (request, result, error) => this.#answered(request, result, error),
      clock,
    );
    this.#leases = new Batch(
      async (requests) => {
        const jobs = requests.map(({ job }) => job);
        await commitAgain(store, settings.name, jobs);
        const leases = requests.map(({ key, attempt }) => ({ key, attempt, toldAgain: true }));
        return store.renew(settings.name, holder, leases);
      },
      (request, held, error) => this.#retold(request, held, error),
      clock,
    );
  }

  /** Those that the claim store has not acknowledged. */
  get untold(): number {
    return this.#untold;
  }

  /** True when none is under way or kept. */
  get idle(): boolean {
    return this.#kept.length === 0 && this.#batch.idle && this.#leases.idle;
  }

  /** `entry`: what its tube's history is told of it. */
  add(job: HeldJob, attempt: number, outcome: SettleOutcome, entry?: HistoryEntry): void {
    this.#untold++;
    this.#batch.add({ job, key: job.key, slot: job.slot, attempt, outcome, copies: job.copiesAsked, entry });
  }

  /** The claim store answers again: tells it what it has not heard. */
  again(): void {
    const kept = this.#kept;
    this.#kept = [];
    for (const request of kept) this.#batch.add(request);
  }

  #answered(request: Unsettled, result: SettleAnswer | undefined, error: unknown): void {
    if (error !== undefined) this.#keep(request);
    else if (result === true) {
      this.#untold--;
      this.#owner.settled(request.job, request.outcome, request.attempt);
    } else if (result === 'superseded') this.#superseded(request);
    else if (request.retold) this.#refused(request);
    else this.#leases.add(request);
  }

  /** A store that has forgotten that it granted the attempt refuses its outcome too; with the lease told again, it does not. */
  #retold(request: Unsettled, held: boolean | undefined, error: unknown): void {
    if (error !== undefined) this.#keep(request);
    else if (held === true) this.#batch.add({ ...request, retold: true });
    else this.#refused(request);
  }

  #keep(request: Unsettled): void {
    this.#kept.push(request);
    this.#owner.storeFailed();
  }

  #superseded({ job, attempt }: Unsettled): void {
    this.#untold--;
    const { settings, report } = this.#parts;
    report({ type: 'job-superseded', tube: settings.name, id: job.id, attempt });
    this.#owner.superseded(job);
  }

  #refused({ job, attempt }: Unsettled): void {
    this.#untold--;
    const { settings, report } = this.#parts;
    report({ type: 'result-refused', tube: settings.name, id: job.id, attempt });
    this.#owner.refused(job);
  }
}
