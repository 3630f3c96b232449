import type { Clock } from '../../core/base/clock.js';
import type {
  ConnectionListeners,
  NodeConnection,
  OnReply,
  PutCommand,
  Reply,
} from '../../core/cluster/node-connection.js';
import { DqConnectionError, DqProtocolError } from '../../core/errors/connection.errors.js';
import type { DqError } from '../../core/errors/dq.error.js';
import { Fifo } from '../../core/base/fifo.js';
import type { MemoryNode } from './memory-node.js';
import type { Command, Session, SessionClient } from './session.js';

/** What a connection needs of its node. It may refuse: then there is no session. */
export type ServedNode = Pick<MemoryNode, 'endpoint' | 'clock' | 'table' | 'receive' | 'hangUp' | 'stats'> & {
  accept(client: SessionClient): Session | undefined;
};

/** Of a command that is not sent. */
const NOTHING = (): undefined => undefined;

/** A command whose caller waits. */
export class Asked implements Command {
  reply: Reply | undefined = undefined;
  /** Its reply has come. */
  over = false;

  constructor(
    readonly obey: Command['obey'],
    readonly done: OnReply,
    /** On the monotonic clock. */
    readonly sentAt: number,
    /** For so long it may wait on the node's side. */
    readonly waitsMs: number,
  ) {}
}

/**
 * One connection to one node in memory. It is opening, then open, then closed, and nothing leads back. Everything that ends it goes
 * through `close`, which answers all that was pending: a node that refuses or dies, INTERNAL_ERROR, `destroy()`. Nothing is answered within
 * its own call: what one turn gathers travels as one, both ways.
 */
export class MemoryConnection implements NodeConnection, SessionClient {
  readonly endpoint: string;
  readonly #node: ServedNode;
  readonly #clock: Clock;
  readonly #pending = new Fifo<Asked>();
  readonly #listeners: ConnectionListeners;
  readonly #flushLater = (): void => this.#flush();
  #outbox: Asked[] = [];
  #session: Session | undefined;
  /** Why it ended. */
  #closedBy: DqError | undefined;
  /** When the turn began whose commands gather. */
  #turnAt = 0;

  constructor(node: ServedNode, listeners: ConnectionListeners) {
    this.endpoint = node.endpoint;
    this.#node = node;
    this.#clock = node.clock;
    this.#listeners = listeners;
    this.#clock.defer(() => this.#connect());
  }

  get closed(): boolean {
    return this.#closedBy !== undefined;
  }

  get pending(): number {
    return this.#pending.length;
  }

  get waiting(): number {
    const oldest = this.#pending.peek();
    return oldest === undefined ? 0 : this.#clock.monotonic() - oldest.sentAt;
  }

  put(command: PutCommand, done: OnReply): void {
    this.#tell(() => this.#node.table.put(command), done);
  }

  watchOnly(tube: string, done: OnReply): void {
    this.#tell((session) => this.#node.table.watchOnly(session, tube), done);
  }

  reserve(seconds: number, done: OnReply): void {
    this.#tell((session) => this.#node.table.reserve(session, seconds), done, seconds * 1000);
  }

  reserveJob(id: number, done: OnReply): void {
    this.#tell((session) => this.#node.table.reserveJob(session, id), done);
  }

  delete(id: number, done: OnReply): void {
    this.#tell((session) => this.#node.table.delete(session, id), done);
  }

  release(id: number, priority: number, delaySeconds: number, done: OnReply): void {
    this.#tell((session) => this.#node.table.release(session, id, priority, delaySeconds), done);
  }

  bury(id: number, priority: number, done: OnReply): void {
    this.#tell((session) => this.#node.table.bury(session, id, priority), done);
  }

  /** What is released or buried goes out as it is: nobody fills this node's disk. */
  keeps(_wanted: number, done: (acts: number) => void): void {
    this.#clock.defer(() => done(Infinity));
  }

  touch(id: number, done: OnReply): void {
    this.#tell((session) => this.#node.table.touch(session, id), done);
  }

  peek(id: number, done: OnReply): void {
    this.#tell(() => this.#node.table.peek(id), done);
  }

  peekFirst(tube: string, state: 'ready' | 'delayed' | 'buried', done: OnReply): void {
    this.#tell(() => this.#node.table.peekFirst(tube, state), done);
  }

  kickJob(id: number, done: OnReply): void {
    this.#tell(() => this.#node.table.kickJob(id), done);
  }

  stats(done: OnReply): void {
    this.#tell(() => this.#node.stats(), done);
  }

  statsTube(tube: string, done: OnReply): void {
    this.#tell(() => ({ kind: 'TUBE_STATS', stats: this.#node.table.counts(tube) }), done);
  }

  statsJob(id: number, done: OnReply): void {
    this.#tell(() => this.#node.table.statsJob(id), done);
  }

  listTubes(done: OnReply): void {
    this.#tell(() => ({ kind: 'TUBES', names: this.#node.table.tubeNames() }), done);
  }

  destroy(): void {
    this.close(new DqConnectionError(`The connection to ${this.endpoint} was closed on this side.`));
  }

  /** The node's replies set out. */
  replied(commands: readonly Asked[]): void {
    this.carry('client', () => {
      for (const command of commands) if (!this.closed) this.received(command, command.reply as Reply);
    });
  }

  /** The node's end closes. */
  dropped(): void {
    this.carry('client', () => this.close(new DqConnectionError(`${this.endpoint} closed the connection.`)));
  }

  /** True once the node has let it in. */
  protected get open(): boolean {
    return this.#session !== undefined;
  }

  /** Of those that wait for an answer. */
  protected get oldest(): Asked | undefined {
    return this.#pending.peek();
  }

  /** Brings what one turn has gathered to the other end, where it calls `arrive`: at once. */
  protected carry(_to: 'node' | 'client', arrive: () => void): void {
    arrive();
  }

  /** Somebody waits for an answer from now on; undefined when the connection is closed, and it is told so. */
  protected ask(done: OnReply, obey: Command['obey'] = NOTHING, waitsMs = 0): Asked | undefined {
    const error = this.#closedBy;
    if (error !== undefined) {
      this.#clock.defer(() => done({ kind: 'LOST', error, sent: false }));
      return undefined;
    }
    // Before it is open, they gather for longer than a turn.
    if (this.#outbox.length === 0 || this.#session === undefined) this.#turnAt = this.#clock.monotonic();
    const asked = new Asked(obey, done, this.#turnAt, waitsMs);
    this.#pending.push(asked);
    return asked;
  }

  /** It leaves with all that this turn gathers. */
  protected send(command: Asked): void {
    if (this.#outbox.push(command) === 1) this.#clock.defer(this.#flushLater);
  }

  /** The node has obeyed it. */
  protected received(command: Asked, reply: Reply): void {
    this.answer(command, reply);
  }

  /** Tells whoever waits, in the order in which they asked. */
  protected answer(command: Asked, reply: Reply): void {
    if (command.over) return;
    command.reply = reply;
    command.over = true;
    for (let first = this.#pending.peek(); first?.over === true; first = this.#pending.peek()) {
      this.#pending.shift();
      const answered = first.reply as Reply;
      if (answered.kind !== 'LOST') this.#listeners.onAnswering();
      first.done(answered);
      if (answered.kind === 'INTERNAL_ERROR') {
        this.close(new DqProtocolError(`${this.endpoint} answered INTERNAL_ERROR.`));
      }
    }
  }

  /** Ends it at once. */
  protected close(error: DqError): void {
    if (this.closed) return;
    this.#closedBy = error;
    this.#outbox = [];
    const session = this.#session;
    if (session !== undefined) this.#hangUp(session);
    const lost: Reply = { kind: 'LOST', error, sent: session !== undefined };
    for (const asked of this.#pending.drain()) {
      const reply = asked.over ? (asked.reply as Reply) : lost;
      asked.over = true;
      asked.done(reply);
    }
    this.#listeners.onClosed(error);
  }

  #tell(obey: Command['obey'], done: OnReply, waitsMs = 0): void {
    const asked = this.ask(done, obey, waitsMs);
    if (asked !== undefined) this.send(asked);
  }

  #connect(): void {
    if (this.closed) return;
    this.carry('node', () => {
      const session = this.#node.accept(this);
      this.carry('client', () => this.#open(session));
    });
  }

  #open(session: Session | undefined): void {
    if (session === undefined) {
      this.close(new DqConnectionError(`Connection to ${this.endpoint} failed: the node is down.`));
    } else if (this.closed) this.#hangUp(session);
    else {
      this.#session = session;
      this.#flush();
    }
  }

  /** What one turn gathered leaves together. */
  #flush(): void {
    const session = this.#session;
    const commands = this.#outbox;
    if (session === undefined || commands.length === 0) return;
    this.#outbox = [];
    this.carry('node', () => this.#node.receive(session, commands));
  }

  #hangUp(session: Session): void {
    this.carry('node', () => this.#node.hangUp(session));
  }
}
