import type { Clock } from '../../core/base/clock.js';
import type { Reply } from '../../core/cluster/node-connection.js';
import { Fifo } from '../../core/base/fifo.js';
import { IndexedHeap } from '../../core/base/indexed-heap.js';
import type { Holder, StoredJob } from './stored-job.js';
import type { Tube } from './tube.js';

/** One command on its way to a node and back: the node writes its reply into it. */
export interface Command {
  /** What the node does when its turn comes. Undefined: the session has to wait for a job. */
  readonly obey: (session: Session) => Reply | undefined;
  reply: Reply | undefined;
}

/** The far end of a session: it hears what the node says. */
export interface SessionClient {
  /** One turn's replies, in the order of their commands. */
  replied(commands: readonly Command[]): void;
  /** The node is gone, or knows nothing of this session. */
  dropped(): void;
}

/** A connection as its node sees it. Changed by the node alone. */
export class Session implements Holder {
  readonly held = new IndexedHeap<StoredJob>();
  readonly inbox = new Fifo<Command>();
  /** The reserve that waits for a job; nothing behind it is looked at. */
  waiting: Command | undefined = undefined;
  /** Wall clock: when that one has waited long enough. */
  waitUntil = 0;
  /** The far end hung up. */
  closing = false;
  ended = false;
  readonly #clock: Clock;
  readonly #client: SessionClient;
  readonly #sendLater = (): void => this.#send();
  #outbox: Command[] = [];

  constructor(
    clock: Clock,
    client: SessionClient,
    public watched: Tube<StoredJob, Holder>,
  ) {
    this.#clock = clock;
    this.#client = client;
  }

  /** What one turn gathers leaves together. */
  answer(command: Command, reply: Reply): void {
    command.reply = reply;
    if (this.#outbox.push(command) === 1) this.#clock.defer(this.#sendLater);
  }

  drop(): void {
    this.ended = true;
    this.#outbox = [];
    this.#clock.defer(() => this.#client.dropped());
  }

  #send(): void {
    const commands = this.#outbox;
    if (commands.length === 0) return;
    this.#outbox = [];
    this.#client.replied(commands);
  }
}
