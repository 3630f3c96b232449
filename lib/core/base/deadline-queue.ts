import { afterReading, type Clock, type Timer } from './clock.js';
import { Fifo } from './fifo.js';

/** Something that waits in a {@link DeadlineQueue}; one that is `over` is passed by. */
export interface Waiting {
  readonly over: boolean;
  onDeadline(): void;
}

/**
 * Deadlines of one length for many short-lived things. Since all wait equally long, they end in the order they came, and one
 * timer for the first serves them all.
 */
export class DeadlineQueue {
  readonly #entries = new Fifo<{ readonly waiting: Waiting; readonly at: number }>();
  readonly #onTimer = (): void => this.#expire();
  #timer: Timer | undefined;

  constructor(
    readonly ms: number,
    readonly clock: Clock,
  ) {}

  add(waiting: Waiting): void {
    // What is over would otherwise be kept alive until its time: most writes end long before.
    for (let first = this.#entries.peek(); first?.waiting.over === true; first = this.#entries.peek())
      this.#entries.shift();
    this.#entries.push({ waiting, at: this.clock.monotonic() + this.ms });
    if (this.#timer === undefined) this.#wait(this.ms);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#entries.drain();
  }

  #wait(ms: number): void {
    this.#timer?.cancel();
    this.#timer = afterReading(this.clock, ms, this.#onTimer);
  }

  #expire(): void {
    this.#timer = undefined;
    const now = this.clock.monotonic();
    for (let first = this.#entries.peek(); first !== undefined; first = this.#entries.peek()) {
      if (!first.waiting.over && first.at > now) {
        this.#wait(first.at - now);
        return;
      }
      this.#entries.shift();
      if (!first.waiting.over) first.waiting.onDeadline();
    }
  }
}
