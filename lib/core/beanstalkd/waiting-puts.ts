import type { Clock } from '../base/clock.js';
import type { OnReply, PutCommand } from '../cluster/node-connection.js';
import { Fifo } from '../base/fifo.js';

/** Bytes of puts that a node has to answer at once. So little that one that takes them slowly answers within its deadline. */
const UNANSWERED_BYTES = 1024 * 1024;
/** A node that takes no bytes is as good as dead; what waits for it must not fill the memory. */
const WAITING_BYTES = 64 * 1024 * 1024;

/** A put that has not been sent. */
interface WaitingPut {
  readonly command: PutCommand;
  readonly done: OnReply;
  readonly since: number;
}

/**
 * Puts of one connection that wait until the node has answered enough of those before them. Their time to be answered begins when they
 * are sent, and their delay is shorter then by whole seconds: a job is never due later for having waited here. Bodies are not copied here: those of one job are the same for each of its nodes.
 */
export class WaitingPuts {
  readonly #puts = new Fifo<WaitingPut>();
  readonly #clock: Pick<Clock, 'monotonic'>;
  #bytes = 0;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

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
    this.#puts.push({ command, done, since: this.#clock.monotonic() });
    return true;
  }

  next(): Pick<WaitingPut, 'command' | 'done'> | undefined {
    const next = this.#puts.shift();
    if (next === undefined) return undefined;
    const { command, done, since } = next;
    this.#bytes -= command.byteLength;
    const waited = Math.floor((this.#clock.monotonic() - since) / 1000);
    if (waited === 0) return next;
    return { command: { ...command, delaySeconds: Math.max(0, command.delaySeconds - waited), wire: undefined }, done };
  }

  /** Takes everything out. */
  drain(): readonly Pick<WaitingPut, 'done'>[] {
    this.#bytes = 0;
    return this.#puts.drain();
  }
}
