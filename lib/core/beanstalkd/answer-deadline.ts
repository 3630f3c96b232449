import type { Clock, Timer } from '../clock.js';
import type { Unanswered } from './unanswered.js';

/**
 * How long a node has to let itself be connected to, and then to answer. One timer serves all deadlines: it ends with the first of them,
 * and is then set anew. Only the oldest command is looked at, since replies come in order.
 *
 * After an event loop that stood still, the answers may lie in the socket: a turn is given to read them, as long as some come.
 */
export class AnswerDeadline {
  readonly #ms: number;
  readonly #unanswered: Unanswered;
  readonly #clock: Clock;
  readonly #onPassed: () => void;
  #opened = false;
  #ended = false;
  #timer: Timer | undefined;
  #at = Infinity;

  /** @param ms what a node has to let itself be connected to */
  constructor(ms: number, unanswered: Unanswered, clock: Clock, onPassed: () => void) {
    this.#ms = ms;
    this.#unanswered = unanswered;
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  /** The time to connect begins. */
  connecting(): void {
    this.lookBy(this.#clock.monotonic() + this.#ms);
  }

  /** From now on what is waited for is the oldest command. */
  opened(): void {
    this.#opened = true;
  }

  /** Looks at a moment of the monotonic clock, or before. */
  lookBy(moment: number): void {
    if (moment >= this.#at) return;
    this.#timer?.cancel();
    this.#at = moment;
    this.#timer = this.#clock.after(moment - this.#clock.monotonic(), () => {
      this.#at = Infinity;
      this.#look();
    });
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
  }

  #look(): void {
    const { oldest } = this.#unanswered;
    const deadline = this.#opened ? (oldest?.deadline ?? Infinity) : 0;
    if (deadline <= this.#clock.monotonic()) this.#readOnceMore();
    else if (oldest !== undefined) this.lookBy(deadline);
  }

  #readOnceMore(): void {
    const before = this.#unanswered.answered;
    const opened = this.#opened;
    this.#clock.defer(() => {
      if (this.#ended) return;
      // What waited for it to open has only just been sent.
      if (this.#opened !== opened) this.lookBy(this.#clock.monotonic() + this.#ms);
      else if (this.#unanswered.answered !== before) this.#look();
      else this.#onPassed();
    });
  }
}
