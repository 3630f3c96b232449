/** How far a consumer may reach ahead of its handlers, in time. */
const READY_AHEAD_MS = 100;
/** Copies come up to a second before they are due, since beanstalkd counts whole seconds. */
const EARLY_AHEAD_MS = 1_100;
const MOST_AHEAD = 10_000;
/**
 * After each delete beanstalkd goes through all copies that the connection holds (`connsoonestjob` in its `conn.c`, 1.12). With 2,000, four
 * consumers of one node made it so slow now and then that handlers waited for deletes.
 */
const MOST_READY = 250;
/** Claims run ahead of the slots by this much, to cover a round trip. */
const CLAIM_AHEAD_MS = 10;
const MOST_CLAIMS_AHEAD = 500;
/** Before so many runs were measured nothing is claimed ahead. */
const ENOUGH_RUNS = 20;
/** With free slots this many early jobs are held whatever the pace: they cost little, and being late costs more. */
const FEWEST_EARLY = 256;
/** Before anything was measured. */
const FIRST_GUESS_MS = 10;
const WEIGHT = 0.1;
const SHORTEST_MS = 0.005;

/**
 * How long handlers take, as a moving geometric mean (one long run among many short ones must not look like a slow tube), and
 * what follows for the copies that a consumer may hold: what its handlers clear in about 100 ms, and for jobs not yet due,
 * in the second by which they come early.
 */
export class Prefetch {
  #logMean = Math.log(FIRST_GUESS_MS);
  #floor = 0;
  #runs = 0;

  constructor(readonly concurrency: number) {}

  /** A handler took `ms`. */
  took(ms: number): void {
    this.#logMean += WEIGHT * (Math.log(Math.max(ms, SHORTEST_MS)) - this.#logMean);
    this.#floor = 0;
    this.#runs++;
  }

  /** All slots are taken, and nothing ended for `ms`. */
  stuckFor(ms: number): void {
    this.#floor = ms;
  }

  /** False while all that is said here follows from a guess. */
  get measured(): boolean {
    return this.#runs >= ENOUGH_RUNS || this.#floor > 0;
  }

  /** Jobs that are due and may wait for a slot. */
  readyLimit(free: number): number {
    return Math.max(free, Math.min(MOST_READY, this.#readyAhead()));
  }

  /** Jobs that are due, here already, and need not go back: those that came early may be more. */
  keepLimit(free: number): number {
    return 2 * Math.max(free, Math.min(MOST_AHEAD, this.#readyAhead()));
  }

  /** Jobs that are not due yet. */
  earlyLimit(free: number): number {
    return Math.max(free > 0 ? FEWEST_EARLY : 0, Math.min(MOST_AHEAD, Math.floor(this.#perMs() * EARLY_AHEAD_MS)));
  }

  /** Jobs that may be claimed before there is a slot for them. */
  claimAhead(): number {
    if (this.#runs < ENOUGH_RUNS) return 0;
    return Math.min(MOST_CLAIMS_AHEAD, Math.floor(this.#perMs() * CLAIM_AHEAD_MS));
  }

  #readyAhead(): number {
    return Math.floor(this.#perMs() * READY_AHEAD_MS);
  }

  #perMs(): number {
    return this.concurrency / Math.max(Math.exp(this.#logMean), this.#floor);
  }
}
