import type { Clock, Timer } from '../../core/base/clock.js';

/** The one timer of a node. It is kept while the moment only moves away, since it is cheaper to fire in vain now and then. */
export class NodeTimer {
  readonly #clock: Clock;
  readonly #run: () => void;
  #timer: Timer | undefined;
  /** On the monotonic clock. */
  #at = 0;

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock;
    this.#run = () => {
      this.#timer = undefined;
      run();
    };
  }

  /** Fires in `ms` milliseconds or before. */
  set(ms: number): void {
    const at = this.#clock.monotonic() + ms;
    // A millisecond of slack: the two clocks do not go hand in hand.
    if (this.#timer !== undefined && this.#at <= at + 1) return;
    this.#timer?.cancel();
    this.#at = at;
    this.#timer = this.#clock.after(ms, this.#run);
  }

  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
