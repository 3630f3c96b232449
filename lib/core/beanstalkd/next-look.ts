import type { Clock, Timer } from '../clock.js';

/** One timer for many deadlines: it ends with the first of them, and whoever looks then says when to look again. */
export class NextLook {
  readonly #clock: Clock;
  readonly #look: () => void;
  #timer: Timer | undefined;
  #at = Infinity;

  constructor(clock: Clock, look: () => void) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Looks at a moment of the monotonic clock, or before. */
  by(moment: number): void {
    if (moment >= this.#at) return;
    this.#timer?.cancel();
    this.#at = moment;
    this.#timer = this.#clock.after(moment - this.#clock.monotonic(), () => {
      this.cancel();
      this.#look();
    });
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#at = Infinity;
  }
}
