import { HELD_WAIT_MS } from './due-jobs.js';

const AHEAD_MS = 100;
/**
 * After each delete beanstalkd goes through all copies that the connection holds (`connsoonestjob` in its `conn.c`, 1.12). With 2,000, four
 * consumers of one node made it so slow now and then that handlers waited for deletes.
 */
export const MOST_PREFETCHED = 250;
const WEIGHT = 0.1;

/**
 * How many jobs a consumer holds: by Little's law, what its handlers clear in 100 ms, between its slots and 250. How long handlers take
 * is a moving mean of logarithms: one long run among many short ones must not look like a slow tube.
 */
export class Prefetch {
  /** At first as if the slots cleared just themselves. */
  #logMean = Math.log1p(AHEAD_MS);
  #stuckMs = 0;

  constructor(readonly concurrency: number) {}

  /** A handler took `ms`. */
  took(ms: number): void {
    this.#logMean += WEIGHT * (Math.log1p(ms) - this.#logMean);
    this.#stuckMs = 0;
  }

  /** All slots are taken, and nothing ended for `ms`. */
  stuckFor(ms: number): void {
    this.#stuckMs = ms;
  }

  /** Jobs that are due and may be here, those in slots among them. */
  get limit(): number {
    const perJob = Math.max(Math.expm1(this.#logMean), this.#stuckMs);
    const cleared = perJob > 0 ? Math.floor((this.concurrency * AHEAD_MS) / perJob) : MOST_PREFETCHED;
    return Math.max(this.concurrency, Math.min(MOST_PREFETCHED, cleared));
  }

  /**
   * Jobs that may be here and are not due yet: what comes up in the time by which copies are early. With free slots some are held whatever
   * handlers take: they cost little, and being late costs more.
   */
  early(free: number): number {
    const ahead = ((this.limit - this.concurrency) * HELD_WAIT_MS) / AHEAD_MS;
    return free > 0 ? Math.max(MOST_PREFETCHED, ahead) : ahead;
  }
}
