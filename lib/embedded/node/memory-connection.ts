import type { Clock, Timer } from '../../core/base/clock.js';
import type {
  ConnectionListeners,
  NodeConnection,
  OnReply,
  PutCommand,
  Reply,
} from '../../core/cluster/node-connection.js';
import { DqConnectionError, DqDeadlineError, DqProtocolError } from '../../core/errors/connection.errors.js';
import type { DqError } from '../../core/errors/dq.error.js';
import { Fifo } from '../../core/base/fifo.js';
import { Command, type Verb } from './command.js';
import type { Link } from './link.js';
import type { MemoryNode } from './memory-node.js';
import type { Session, SessionClient } from './session.js';

export interface MemoryConnectionSettings {
  /** Milliseconds a node has to answer; also the time to connect. Infinity: no deadline, and no timer. */
  readonly commandDeadline: number;
  /** See {@link NodeConnection.idleReserveSeconds}. For a node that cannot die in silence. */
  readonly idleReserveSeconds?: number;
}

/**
 * One connection to one node in memory. It is opening, then open, then closed, and nothing leads back. Everything that ends it goes
 * through `#close`, which answers all that was pending: a node that refuses or dies, the deadline of the oldest unanswered command,
 * INTERNAL_ERROR, `destroy()`.
 */
export class MemoryConnection implements NodeConnection, SessionClient {
  readonly endpoint: string;
  readonly #node: MemoryNode;
  readonly #link: Link;
  readonly #settings: MemoryConnectionSettings;
  readonly #clock: Clock;
  readonly #pending = new Fifo<Command>();
  readonly #onAnswering: () => void;
  readonly #onClosed: (error: DqError) => void;
  readonly #flushLater = (): void => this.#flush();
  readonly #checkLater = (): void => this.#checkDeadline();
  #outbox: Command[] = [];
  #session: Session | undefined;
  #closed = false;
  /** When the turn began whose commands gather. */
  #turnAt = 0;
  #deadlineTimer: Timer | undefined;

  constructor(node: MemoryNode, link: Link, settings: MemoryConnectionSettings, listeners: ConnectionListeners) {
    this.endpoint = node.endpoint;
    this.#node = node;
    this.#link = link;
    this.#settings = settings;
    this.#clock = node.clock;
    this.#onAnswering = listeners.onAnswering;
    this.#onClosed = listeners.onClosed;
    this.#clock.defer(() => this.#connect());
    this.#setDeadline(settings.commandDeadline);
  }

  get idleReserveSeconds(): number | undefined {
    return this.#settings.idleReserveSeconds;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get pending(): number {
    return this.#pending.length;
  }

  get waiting(): number {
    const oldest = this.#pending.peek();
    return oldest === undefined ? 0 : this.#clock.monotonic() - oldest.sentAt;
  }

  put(command: PutCommand, done: OnReply): void {
    this.#send('put', done, 0, 0, 0, '', command);
  }

  watchOnly(tube: string, done: OnReply): void {
    this.#send('watch', done, 0, 0, 0, tube);
  }

  reserve(seconds: number, done: OnReply): void {
    this.#send('reserve', done, 0, 0, seconds);
  }

  reserveJob(id: number, done: OnReply): void {
    this.#send('reserve-job', done, id);
  }

  delete(id: number, done: OnReply): void {
    this.#send('delete', done, id);
  }

  release(id: number, priority: number, delaySeconds: number, done: OnReply): void {
    this.#send('release', done, id, priority, delaySeconds);
  }

  bury(id: number, priority: number, done: OnReply): void {
    this.#send('bury', done, id, priority);
  }

  /** What is released or buried goes out as it is: nobody fills this node's disk. */
  keeps(_wanted: number, done: (acts: number) => void): void {
    this.#clock.defer(() => done(Infinity));
  }

  touch(id: number, done: OnReply): void {
    this.#send('touch', done, id);
  }

  peek(id: number, done: OnReply): void {
    this.#send('peek', done, id);
  }

  peekFirst(tube: string, state: 'ready' | 'delayed' | 'buried', done: OnReply): void {
    this.#send(`peek-${state}`, done, 0, 0, 0, tube);
  }

  kickJob(id: number, done: OnReply): void {
    this.#send('kick-job', done, id);
  }

  stats(done: OnReply): void {
    this.#send('stats', done);
  }

  statsTube(tube: string, done: OnReply): void {
    this.#send('stats-tube', done, 0, 0, 0, tube);
  }

  statsJob(id: number, done: OnReply): void {
    this.#send('stats-job', done, id);
  }

  destroy(): void {
    this.#close(new DqConnectionError(`The connection to ${this.endpoint} was closed on this side.`));
  }

  /** The node's replies set out. */
  replied(commands: readonly Command[]): void {
    this.#link.carry('client', () => this.#take(commands));
  }

  /** The node's end closes. */
  dropped(): void {
    this.#link.carry('client', () => this.#close(new DqConnectionError(`${this.endpoint} closed the connection.`)));
  }

  #connect(): void {
    if (this.#closed) return;
    this.#link.carry('node', () => {
      const session = this.#node.accept(this);
      this.#link.carry('client', () => this.#open(session));
    });
  }

  #open(session: Session | undefined): void {
    if (session === undefined) {
      this.#close(new DqConnectionError(`Connection to ${this.endpoint} failed: the node is down.`));
    } else if (this.#closed) this.#hangUp(session);
    else {
      this.#session = session;
      if (this.#outbox.length > 0) this.#flush();
    }
  }

  #send(verb: Verb, done: OnReply, id = 0, priority = 0, seconds = 0, tube = '', job?: PutCommand): void {
    if (this.#closed) {
      const error = new DqConnectionError(`The connection to ${this.endpoint} is closed.`);
      this.#clock.defer(() => done({ kind: 'LOST', error, sent: false }));
      return;
    }
    const outbox = this.#outbox;
    // Before it is open, they gather for longer than a turn.
    if (outbox.length === 0 || this.#session === undefined) this.#turnAt = this.#clock.monotonic();
    if (outbox.length === 0) this.#clock.defer(this.#flushLater);
    const { commandDeadline } = this.#settings;
    const patience = verb === 'reserve' ? commandDeadline + seconds * 1000 : commandDeadline;
    const sentAt = this.#turnAt;
    const command = new Command(verb, done, sentAt, sentAt + patience, id, priority, seconds, tube, job);
    this.#pending.push(command);
    outbox.push(command);
    if (this.#deadlineTimer === undefined) this.#setDeadline(patience);
  }

  /** What one turn gathered leaves together. */
  #flush(): void {
    const session = this.#session;
    const commands = this.#outbox;
    if (session === undefined || commands.length === 0) return;
    this.#outbox = [];
    this.#link.carry('node', () => this.#node.receive(session, commands));
  }

  #take(commands: readonly Command[]): void {
    for (const command of commands) {
      if (this.#closed) return;
      this.#pending.shift();
      this.#onAnswering();
      const reply = command.reply as Reply;
      command.done(reply);
      if (reply.kind === 'INTERNAL_ERROR') {
        this.#close(new DqProtocolError(`${this.endpoint} answered INTERNAL_ERROR.`));
      }
    }
  }

  #setDeadline(ms: number): void {
    if (ms !== Infinity) this.#deadlineTimer = this.#clock.after(ms, this.#checkLater);
  }

  /** One timer for the connection, looking at the oldest command only, since replies come in order. */
  #checkDeadline(): void {
    this.#deadlineTimer = undefined;
    const oldest = this.#pending.peek();
    const now = this.#clock.monotonic();
    if (this.#session === undefined || (oldest !== undefined && oldest.deadline <= now)) {
      this.#close(new DqDeadlineError(`${this.endpoint} did not answer within ${this.#settings.commandDeadline} ms.`));
    } else if (oldest !== undefined) this.#setDeadline(oldest.deadline - now);
  }

  #close(error: DqError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadlineTimer?.cancel();
    this.#outbox = [];
    const session = this.#session;
    if (session !== undefined) this.#hangUp(session);
    const lost: Reply = { kind: 'LOST', error, sent: session !== undefined };
    for (const command of this.#pending.drain()) command.done(lost);
    this.#onClosed(error);
  }

  #hangUp(session: Session): void {
    this.#link.carry('node', () => this.#node.hangUp(session));
  }
}
