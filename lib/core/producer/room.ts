import { afterReading, type Clock, type Timer } from '../base/clock.js';
import { Fifo } from '../base/fifo.js';

/** Bytes of jobs that may be on their way at once. Enough to keep nodes busy, and little enough to be sent soon. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A job that is to be written. */
export interface Entrant {
  /** Of its body. */
  readonly bytes: number;
  /** There is room: to be left once, with `leave`. */
  onRoom(): void;
  /** It has waited, and for `ms` no node took anything. It has no room, and does not leave. */
  onStalled(ms: number): void;
}

/**
 * How much all producers of an application may have on its way to the nodes. The others wait for their turn, in the order in which they
 * came, and nothing of theirs is on any node: their callers have the memory, and connections only what they can send soon. How long they
 * wait depends on how much is in front of them, so it has no deadline while nodes take jobs. When none took any for a while, all that
 * wait are told so.
 */
export class Room {
  readonly #ms: number;
  readonly #clock: Clock;
  readonly #waiting = new Fifo<Entrant>();
  #bytes = 0;
  #timer: Timer | undefined;
  /** When the last job was taken, or waiting began. */
  #wentOnAt = 0;

  /** @param ms how long nodes may take nothing while jobs wait */
  constructor(ms: number, clock: Clock) {
    this.#ms = ms;
    this.#clock = clock;
  }

  enter(entrant: Entrant): void {
    if (this.#waiting.length === 0 && this.#bytes < MOST_BYTES) {
      this.#let(entrant);
      return;
    }
    this.#waiting.push(entrant);
    this.#watch();
  }

  /** `taken`: nodes have the job. */
  leave({ bytes }: Entrant, taken: boolean): void {
    this.#bytes -= bytes;
    if (this.#waiting.length === 0) return;
    if (taken) this.#wentOnAt = this.#clock.monotonic();
    while (this.#bytes < MOST_BYTES) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#let(next);
    }
    if (this.#waiting.length === 0) this.#timer?.cancel();
  }

  #let(entrant: Entrant): void {
    this.#bytes += entrant.bytes;
    entrant.onRoom();
  }

  /** The time begins with the next turn: in this one, what is in front has not been sent yet. */
  #watch(): void {
    if (this.#waiting.length > 1) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.after(0, () => {
      this.#wentOnAt = this.#clock.monotonic();
      this.#look();
    });
  }

  #look(): void {
    const left = this.#wentOnAt + this.#ms - this.#clock.monotonic();
    if (left > 0) this.#timer = afterReading(this.#clock, left, () => this.#look());
    else for (const entrant of this.#waiting.drain()) entrant.onStalled(this.#ms);
  }
}
