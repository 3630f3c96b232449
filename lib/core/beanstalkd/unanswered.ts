import { Fifo } from '../base/fifo.js';
import type { Expected } from './expected-replies.js';
import type { WireReply } from './reply-parser.js';

export type OnWireReply = (reply: WireReply) => void;

/** A turn of the event loop: what it gathers leaves in one write. */
interface Turn {
  /** When that was; undefined until then. */
  leftAt: number | undefined;
}

/** Commands that were sent one after the other and are answered alike: one in most cases, a whole burst in the busiest. */
class Entry {
  unanswered = 1;

  constructor(
    readonly expected: Expected,
    readonly done: OnWireReply,
    readonly askedAt: number,
    readonly answerBy: number,
    readonly turn: Turn,
    readonly bytes: number,
  ) {}

  get sentAt(): number {
    return this.turn.leftAt ?? this.askedAt;
  }

  /** A node has its time from when it was sent the command: a turn may be long. */
  get deadline(): number {
    return this.answerBy - this.askedAt + this.sentAt;
  }
}

/** The commands of a connection that have no reply yet, in order. Times are of the monotonic clock. */
export class Unanswered {
  readonly #entries = new Fifo<Entry>();
  /** The last of them, while what is sent may still join it. */
  #burst: Entry | undefined;
  #turn: Turn = { leftAt: undefined };
  #length = 0;
  #answered = 0;
  #bytes = 0;

  /** Commands without a reply. */
  get length(): number {
    return this.#length;
  }

  /** Replies so far. */
  get answered(): number {
    return this.#answered;
  }

  /** Of the bodies among them. */
  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): { readonly expected: Expected; readonly sentAt: number; readonly deadline: number } | undefined {
    return this.#entries.peek();
  }

  /** True when the command has joined the one before it, of the same turn and the same kind. */
  join(expected: Expected, done: OnWireReply): boolean {
    if (this.#burst?.done !== done || this.#burst.expected !== expected) return false;
    this.#burst.unanswered++;
    this.#length++;
    return true;
  }

  /** `joinable` false: the reply may take longer than others', or it has a body, of so many `bytes`. */
  add(expected: Expected, done: OnWireReply, now: number, deadline: number, joinable: boolean, bytes = 0): void {
    const entry = new Entry(expected, done, now, deadline, this.#turn, bytes);
    this.#bytes += bytes;
    this.#entries.push(entry);
    this.#length++;
    this.#burst = joinable ? entry : undefined;
  }

  /** The turn is over: what is sent later has a later deadline. */
  seal(): void {
    this.#burst = undefined;
  }

  /** All that was added has left now. */
  sent(now: number): void {
    this.#turn.leftAt = now;
    this.#turn = { leftAt: undefined };
  }

  /** Who is told of a reply to the oldest command; undefined when it does not fit. */
  take({ kind }: WireReply): OnWireReply | undefined {
    const oldest = this.#entries.peek();
    if (oldest === undefined || !oldest.expected.includes(kind)) return undefined;
    this.#answered++;
    this.#length--;
    if (--oldest.unanswered === 0) {
      this.#entries.shift();
      this.#bytes -= oldest.bytes;
      if (this.#burst === oldest) this.#burst = undefined;
    }
    return oldest.done;
  }

  /** Tells all that wait, and forgets them. */
  drain(reply: WireReply): void {
    this.#burst = undefined;
    this.#length = 0;
    this.#bytes = 0;
    for (const { done, unanswered } of this.#entries.drain()) for (let left = unanswered; left > 0; left--) done(reply);
  }
}
