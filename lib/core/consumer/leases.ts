import type { RenewRequest } from '../claims/claim-store.js';
import { DqLeaseLostError } from '../errors/run.errors.js';
import { commitAgain } from './roll-forward.js';
import type { Run } from './run.js';
import type { TubeParts } from './tube-parts.js';

type LeasesParts = Pick<TubeParts, 'settings' | 'holder' | 'store' | 'clock'>;

/** Keeps the leases of one tube's runs. A run whose lease is lost hears of it by its signal. */
export class Leases {
  readonly #parts: LeasesParts;
  readonly #running: ReadonlySet<Run>;
  readonly #storeFailed: () => void;
  #renewing: Promise<void> | undefined;
  /** Leases from before, of the monotonic clock, may be lost. */
  #lostBefore = -Infinity;

  constructor(parts: LeasesParts, running: ReadonlySet<Run>, storeFailed: () => void) {
    this.#parts = parts;
    this.#running = running;
    this.#storeFailed = storeFailed;
  }

  /** Renews what is old enough. Never rejects. */
  async renew(): Promise<void> {
    if (this.#renewing !== undefined || this.#old().length === 0) return;
    try {
      await this.#renewOnce();
    } catch {
      // Nobody can take the job over while the store is away; the next beat tries again.
      this.#storeFailed();
      return;
    }
    // The answer may have taken long; what became old meanwhile must not wait for the next beat.
    await this.renew();
  }

  /**
   * The store may have lost all that it was told before: renews that, and what is started later with a grant from before as soon as it can.
   * @throws DqClaimStoreError
   */
  async tellAgain(): Promise<void> {
    this.#lostBefore = this.#parts.clock.monotonic();
    // One that is under way was sent before that.
    await this.#renewing?.catch(() => {});
    if (this.#old().length > 0) await this.#renewOnce();
  }

  #old(): readonly Run[] {
    // When a third of a lease has passed, so that two renewals may fail.
    const before = this.#parts.clock.monotonic() - this.#parts.holder.leaseMs / 3;
    return [...this.#running].filter((run) => run.renewedAt <= before || run.renewedAt < this.#lostBefore);
  }

  async #renewOnce(): Promise<void> {
    const now = this.#parts.clock.monotonic();
    const old = this.#old();
    const asked = this.#ask(old).then((held) => {
      old.forEach((run, at) => {
        if (held[at] === true) run.renewedAt = now;
        else lose(run);
      });
    });
    this.#renewing = asked;
    try {
      await asked;
    } finally {
      this.#renewing = undefined;
    }
  }

  /** What is refused may have been forgotten, and nobody has found that out yet: it is told again, once. */
  async #ask(runs: readonly Run[]): Promise<readonly boolean[]> {
    const lost = new Set(runs.filter(({ renewedAt }) => renewedAt < this.#lostBefore));
    const held = await this.#tell(runs, lost);
    const refused = runs.filter((run, at) => held[at] !== true && !lost.has(run));
    if (refused.length === 0) return held;
    const stand = await this.#tell(refused, new Set(refused));
    return runs.map((run, at) => held[at] === true || stand[refused.indexOf(run)] === true);
  }

  async #tell(runs: readonly Run[], again: ReadonlySet<Run>): Promise<readonly boolean[]> {
    const { settings, holder, store } = this.#parts;
    const jobs = [...again].map(({ job }) => job);
    if (jobs.length > 0) await commitAgain(store, settings.name, jobs);
    const requests = runs.map((run): RenewRequest => {
      const { job, attempt } = run;
      return again.has(run) ? { key: job.key, attempt, toldAgain: true } : { key: job.key, attempt };
    });
    return store.renew(settings.name, holder, requests);
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
