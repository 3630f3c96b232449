import type { Clock } from '../clock.js';

/**
 * The claim store's clock as this process last heard it. With it a command can carry the moment until which it is good: one that
 * lay on its way for longer, in front of a store that hung or a network that was cut, must not change what was decided since.
 */
export class StoreClock {
  readonly #clock: Clock;
  #time = 0;
  #heardAt = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The store's time, as an answer told it just now. */
  heard(time: number): void {
    this.#time = time;
    this.#heardAt = this.#clock.monotonic();
  }

  /** Milliseconds since the store told its time; Infinity when it never did. */
  get age(): number {
    return this.#clock.monotonic() - this.#heardAt;
  }

  /** The moment, on the store's clock, until which a command is good that may travel `ms`; 0 when that is unknown. */
  goodFor(ms: number): number {
    return this.age === Infinity ? 0 : Math.ceil(this.#time + this.age + ms);
  }
}
