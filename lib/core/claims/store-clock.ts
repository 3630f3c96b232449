import type { Clock } from '../base/clock.js';

/**
 * After the store was away, those who ran jobs meanwhile must get in their renewals and results before others take over leases
 * that ended in that time. A consumer may need this long to come back: 2 s for a connect that was under way, 1 s until it tries
 * again, 1 s until it asks, and one for the trips.
 */
export const NO_TAKEOVER_MS = 5_000;
/** A claim that takes longer than this on its way takes nothing over. */
const LONGEST_TRIP_MS = 1_000;
/** Whoever waits for a lease to end asks every two seconds. In a longer silence the store may have been away unnoticed. */
const LONGEST_SILENCE_MS = 2_000 + LONGEST_TRIP_MS;

/**
 * The claim store's clock as this process last heard it. With it a command can carry the moment until which it is good: one that
 * lay on its way for longer, in front of a store that hung or a network that was cut, must not change what was decided since.
 */
export class StoreClock {
  readonly #clock: Clock;
  #time = 0;
  #heardAt = -Infinity;
  /** Since then there was no long silence. */
  #steadySince = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The store's time, as an answer told it just now. */
  heard(time: number): void {
    const now = this.#clock.monotonic();
    if (now - this.#heardAt > LONGEST_SILENCE_MS) this.#steadySince = now;
    this.#time = time;
    this.#heardAt = now;
  }

  /** Milliseconds since the store told its time; Infinity when it never did. */
  get age(): number {
    return this.#clock.monotonic() - this.#heardAt;
  }

  /** The moment, on the store's clock, until which a command is good that may travel `ms`; 0 when that is unknown. */
  goodFor(ms: number): number {
    return this.age === Infinity ? 0 : Math.ceil(this.#time + this.age + ms);
  }

  /**
   * The moment until which a claim sent now may take orphans over, 0 when it may not. `readyFor`: milliseconds for which the
   * connection has seen no break. A claim may lie in front of a store that hangs until other consumers' renewals are overdue,
   * through no fault of theirs; when it is carried out at last, it must not take their jobs. A process that stood still, or had
   * nothing to ask, saw no break either: so it also has to have heard of the store all that time.
   */
  takeoverUntil(readyFor: number): number {
    const steadyFor = Math.min(readyFor, this.#clock.monotonic() - this.#steadySince);
    return steadyFor < NO_TAKEOVER_MS || this.age > LONGEST_SILENCE_MS ? 0 : this.goodFor(LONGEST_TRIP_MS);
  }
}
