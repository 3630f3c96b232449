import type { Clock } from '../clock.js';
import type { Departures } from './departures.js';
import type { HeldJob } from './held-job.js';
import type { Holding } from './holding.js';

/** A job that is due and held for so long may well be held for much longer. */
const REST_AFTER_MS = 1_000;
/** Another one rests so long before the first comes up: a reserve that waits may take that one a second before its process falls silent. */
const AHEAD_MS = 3_000;

/**
 * A consumer may fall silent without closing its connections: its machine lost power, or stands still. Then each node should give its
 * copies to others when their time to run is over. beanstalkd 1.12 does not where its clock shows the very microsecond at which that
 * is so (prot.c: `conn_timeout` looks once, and nothing wakes the connection again), which is the more common case on an idle node.
 *
 * So of a job that is due and held for more than a second, one copy does not stay reserved: it is put back for the length of a lease. It
 * comes up by itself, whatever became of this process. A job that is still here takes it in again; before that, another one was put
 * back. A job that ends here deletes what rests by its number. The last copy that is held stays: it brings the job back at once should
 * this process end. So a job of two copies has moments in which none rests.
 */
export class Resting {
  readonly #holding: Holding;
  readonly #departures: Departures;
  readonly #clock: Clock;
  readonly #aheadMs: number;

  constructor(leaseMs: number, holding: Holding, departures: Departures, clock: Clock) {
    this.#aheadMs = Math.min(AHEAD_MS, leaseMs / 2);
    this.#holding = holding;
    this.#departures = departures;
    this.#clock = clock;
  }

  onBeat(): void {
    const since = this.#clock.monotonic() - REST_AFTER_MS;
    const due = this.#clock.now() - REST_AFTER_MS;
    for (const job of this.#holding.heldSince(since)) {
      if (job.dueMs <= due && this.#mayRest(job)) this.#departures.rest(job, () => this.#mayRest(job));
    }
  }

  /** What waits leaves or runs within two seconds. */
  #mayRest({ state, aside, copies, resting }: HeldJob): boolean {
    if (state === 'left' || state === 'waiting' || aside || copies.length < 2) return false;
    const soon = this.#clock.monotonic() + this.#aheadMs;
    return !resting.some((copy) => copy.lane.restsAt(copy, soon));
  }
}
