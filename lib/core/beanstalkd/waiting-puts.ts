import type { OnReply, PutCommand } from '../cluster/node-connection.js';
import { Fifo } from '../fifo.js';

/** Bytes of puts that a node has to answer at once. So little that one that takes them slowly answers within its deadline. */
const UNANSWERED_BYTES = 1024 * 1024;
/** A node that takes no bytes is as good as dead; what waits for it must not fill the memory. */
const WAITING_BYTES = 64 * 1024 * 1024;

/** A put that has not been sent. */
interface WaitingPut {
  readonly command: PutCommand;
  readonly done: OnReply;
}

/**
 * Puts of one connection that wait until the node has answered enough of those before them. Their time to be answered begins when they
 * are sent. Bodies are not copied here: those of one job are the same for each of its nodes.
 */
export class WaitingPuts {
  readonly #puts = new Fifo<WaitingPut>();
  #bytes = 0;

  get some(): boolean {
    return this.#puts.length > 0;
  }

  /** Whether the next put may be sent while so many bytes are unanswered. One always may, however large. */
  mayFollow(unanswered: number): boolean {
    return unanswered < UNANSWERED_BYTES;
  }

  /** False when too much waits already. */
  add(command: PutCommand, done: OnReply): boolean {
    if (this.#bytes >= WAITING_BYTES) return false;
    this.#bytes += command.byteLength;
    this.#puts.push({ command, done });
    return true;
  }

  next(): WaitingPut | undefined {
    const next = this.#puts.shift();
    this.#bytes -= next?.command.byteLength ?? 0;
    return next;
  }

  /** Takes everything out. */
  drain(): readonly WaitingPut[] {
    this.#bytes = 0;
    return this.#puts.drain();
  }
}
