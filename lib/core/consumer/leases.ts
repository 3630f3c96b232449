import type { ClaimStore, Holder } from '../claims/claim-store.js';
import type { Clock } from '../clock.js';
import { DqLeaseLostError } from '../errors/run.errors.js';
import type { Run } from './run.js';

/** A lease is renewed when a third of it has passed, so that two renewals may fail. */
const RENEW_PARTS = 3;

/** Keeps the leases of one tube's runs. A run whose lease is lost hears of it by its signal. */
export class Leases {
  readonly #tube: string;
  readonly #holder: Holder;
  readonly #store: ClaimStore;
  readonly #clock: Clock;
  readonly #running: ReadonlySet<Run>;
  readonly #storeFailed: () => void;
  #renewing = false;

  constructor(
    tube: string,
    holder: Holder,
    parts: { readonly store: ClaimStore; readonly clock: Clock },
    running: ReadonlySet<Run>,
    storeFailed: () => void,
  ) {
    this.#tube = tube;
    this.#holder = holder;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#running = running;
    this.#storeFailed = storeFailed;
  }

  /** Renews what is old enough. Never rejects. */
  async renew(): Promise<void> {
    if (this.#renewing) return;
    const now = this.#clock.monotonic();
    const old = [...this.#running].filter((run) => now - run.renewedAt >= this.#holder.leaseMs / RENEW_PARTS);
    if (old.length === 0) return;
    this.#renewing = true;
    let answered = false;
    try {
      const requests = old.map(({ job, attempt }) => ({ key: job.key, attempt }));
      const held = await this.#store.renew(this.#tube, this.#holder, requests);
      old.forEach((run, at) => {
        if (held[at] === true) run.renewedAt = now;
        else lose(run);
      });
      answered = true;
    } catch {
      // Nobody can take the job over while the store is away; the next beat tries again.
      this.#storeFailed();
    }
    this.#renewing = false;
    // The answer may have taken long; what became old meanwhile must not wait for the next beat.
    if (answered) await this.renew();
  }
}

function lose(run: Run): void {
  if (run.over) return;
  run.renewedAt = Infinity;
  run.abort(
    new DqLeaseLostError(
      `The lease of job ${run.id} was lost; another consumer may run it. This run's result will be refused.`,
    ),
  );
}
