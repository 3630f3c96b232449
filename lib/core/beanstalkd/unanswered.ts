import type { OnReply, Reply } from '../cluster/node-connection.js';
import { Fifo } from '../fifo.js';
import type { Expected } from './expected-replies.js';

/** Commands that were sent one after the other and are answered alike: one in most cases, a whole burst in the busiest. */
interface Entry {
  readonly expected: Expected;
  readonly done: OnReply;
  readonly sentAt: number;
  readonly deadline: number;
  unanswered: number;
}

/** The commands of a connection that have no reply yet, in order. Times are of the monotonic clock. */
export class Unanswered {
  readonly #entries = new Fifo<Entry>();
  /** The last of them, while what is sent may still join it. */
  #burst: Entry | undefined;
  #length = 0;
  #answered = 0;

  /** Commands without a reply. */
  get length(): number {
    return this.#length;
  }

  /** Replies so far. */
  get answered(): number {
    return this.#answered;
  }

  get oldest(): { readonly expected: Expected; readonly sentAt: number; readonly deadline: number } | undefined {
    return this.#entries.peek();
  }

  /** True when the command has joined the one before it, of the same turn and the same kind. */
  join(expected: Expected, done: OnReply): boolean {
    if (this.#burst?.done !== done || this.#burst.expected !== expected) return false;
    this.#burst.unanswered++;
    this.#length++;
    return true;
  }

  /** `joinable` false: the reply may take longer than others'. */
  add(expected: Expected, done: OnReply, sentAt: number, deadline: number, joinable: boolean): void {
    const entry: Entry = { expected, done, sentAt, deadline, unanswered: 1 };
    this.#entries.push(entry);
    this.#length++;
    this.#burst = joinable ? entry : undefined;
  }

  /** The turn is over: what is sent later has a later deadline. */
  seal(): void {
    this.#burst = undefined;
  }

  /** Who is told of a reply to the oldest command; undefined when it does not fit. */
  take({ kind }: Reply): OnReply | undefined {
    const oldest = this.#entries.peek();
    if (oldest === undefined || !oldest.expected.includes(kind)) return undefined;
    this.#answered++;
    this.#length--;
    if (--oldest.unanswered === 0) {
      this.#entries.shift();
      if (this.#burst === oldest) this.#burst = undefined;
    }
    return oldest.done;
  }

  /** Tells all that wait, and forgets them. */
  drain(reply: Reply): void {
    this.#burst = undefined;
    this.#length = 0;
    for (const { done, unanswered } of this.#entries.drain()) for (let left = unanswered; left > 0; left--) done(reply);
  }
}
