import type { Clock, Timer } from '../base/clock.js';
import type { Unanswered } from './unanswered.js';

/**
 * How long a node has to let itself be connected to, and then to answer. One timer serves all deadlines: it ends with the first of them,
 * and is then set anew. Only the oldest command is looked at, since replies come in order.
 *
 * After an event loop that stood still, the answers may lie in the socket: a turn is given to read them, as long as some come. Where the
 * connection has opened only after its time, what waited for that has only just been sent, and has the whole time from then on. Both hold
 * whether the event loop reads the sockets before its timers (Node 22 and newer) or after them.
 */
export class AnswerDeadline {
  readonly #ms: number;
  readonly #unanswered: Unanswered;
  readonly #clock: Clock;
  readonly #onPassed: () => void;
  #connectBy = Infinity;
  /** No answer is late before this moment. */
  #notBefore = 0;
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
    this.#connectBy = this.#clock.monotonic() + this.#ms;
    this.lookBy(this.#connectBy);
  }

  /** From now on what is waited for is the oldest command. */
  opened(): void {
    this.#opened = true;
    const now = this.#clock.monotonic();
    if (now >= this.#connectBy) this.#notBefore = now + this.#ms;
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
    const due = this.#opened ? Math.max(oldest?.deadline ?? Infinity, this.#notBefore) : this.#connectBy;
    if (due <= this.#clock.monotonic()) this.#readOnceMore();
    else if (due < Infinity) this.lookBy(due);
  }

  #readOnceMore(): void {
    const before = this.#unanswered.answered;
    const opened = this.#opened;
    this.#clock.defer(() => {
      if (this.#ended) return;
      if (this.#opened !== opened || this.#unanswered.answered !== before) this.#look();
      else this.#onPassed();
    });
  }
}
