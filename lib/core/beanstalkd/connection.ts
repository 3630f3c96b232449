import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.js';
import type { ConnectionListeners, NodeConnection, OnReply, PutCommand, Reply } from '../cluster/node-connection.js';
import { DqConnectionError, DqDeadlineError, DqProtocolError } from '../errors/connection.errors.js';
import { DqError } from '../errors/dq.error.js';
import { textOf } from '../errors/shown.js';
import type { Endpoint } from '../wire/endpoint.js';
import { AnswerDeadline } from './answer-deadline.js';
import type { ConnectionSettings } from './connection-settings.js';
import { DiskGuard } from './disk-guard.js';
import * as expected from './expected-replies.js';
import { openSocket } from './fivebeans-socket.js';
import { Outbox } from './outbox.js';
import { ReplyParser, type WireReply } from './reply-parser.js';
import { jobStats, nodeStats, tubeNames, tubeStats } from './stats.js';
import { type OnWireReply, Unanswered } from './unanswered.js';
import { WaitingPuts } from './waiting-puts.js';

/**
 * One connection to one beanstalkd. It is opening, then open, then closed, and nothing leads back. Everything that ends it goes
 * through `#close`, which answers all that was pending: a socket error or end, the deadline of the oldest unanswered command, a
 * reply that does not fit its command, `destroy()`.
 */
export class BeanstalkdConnection implements NodeConnection {
  readonly endpoint: string;
  readonly #clock: Clock;
  readonly #settings: ConnectionSettings;
  readonly #socket: Socket;
  readonly #parser: ReplyParser;
  readonly #unanswered = new Unanswered();
  readonly #outbox = new Outbox();
  readonly #waitingPuts: WaitingPuts;
  readonly #listeners: ConnectionListeners;
  readonly #onReply = (reply: WireReply): boolean => this.#answer(reply);
  readonly #flushLater = (): void => this.#flush();
  readonly #deadline: AnswerDeadline;
  readonly #disk: DiskGuard;
  /** As it is sent. */
  readonly #keeping: Pick<NodeConnection, 'release' | 'bury' | 'delete'> = {
    delete: (id, done) => this.#send(`delete ${id}\r\n`, expected.DELETE, done),
    release: (id, priority, seconds, done) =>
      this.#send(`release ${id} ${priority} ${seconds}\r\n`, expected.RELEASE, done),
    bury: (id, priority, done) => this.#send(`bury ${id} ${priority}\r\n`, expected.BURY, done),
  };
  #flushing = false;
  #opened = false;
  #closed = false;
  #usedTube = 'default';
  #watchedTube = 'default';

  constructor(endpoint: Endpoint, settings: ConnectionSettings, clock: Clock, listeners: ConnectionListeners) {
    this.endpoint = endpoint.name;
    this.#settings = settings;
    this.#clock = clock;
    this.#waitingPuts = new WaitingPuts(clock);
    this.#disk = new DiskGuard(this, this.#keeping, clock, settings.trustsDisk);
    this.#listeners = listeners;
    // stats replies may be larger than a small body limit
    this.#parser = new ReplyParser(Math.max(settings.maxBodyBytes, 1_048_576));
    const { commandDeadline: ms } = settings;
    this.#deadline = new AnswerDeadline(ms, this.#unanswered, clock, () => {
      this.#close(new DqDeadlineError(`${this.endpoint} did not answer within ${ms} ms.`));
    });
    this.#socket = openSocket(endpoint, {
      onOpen: () => this.#open(),
      onData: (chunk) => this.#read(chunk),
      onError: (cause) => {
        this.#close(new DqConnectionError(`Connection to ${this.endpoint} failed: ${textOf(cause)}.`, { cause }));
      },
      onClosed: () => this.#close(new DqConnectionError(`${this.endpoint} closed the connection.`)),
    });
    this.#deadline.connecting();
  }

  get closed(): boolean {
    return this.#closed;
  }

  get pending(): number {
    return this.#unanswered.length + this.#disk.waiting;
  }

  get waiting(): number {
    const { oldest } = this.#unanswered;
    return oldest === undefined ? 0 : this.#clock.monotonic() - oldest.sentAt;
  }

  put(command: PutCommand, done: OnReply): void {
    if (this.#closed || (!this.#waitingPuts.some && this.#waitingPuts.mayFollow(this.#unanswered.bytes))) {
      this.#put(command, done);
    } else if (!this.#waitingPuts.add(command, done)) {
      this.#refuse(done, `${this.endpoint} takes no more data; too much waits to be sent.`);
    }
  }

  watchOnly(tube: string, done: OnReply): void {
    if (tube === this.#watchedTube) {
      this.#send(`watch ${tube}\r\n`, expected.WATCH, done);
      return;
    }
    this.#send(`watch ${tube}\r\n`, expected.WATCH, () => {});
    this.#send(`ignore ${this.#watchedTube}\r\n`, expected.WATCH, done);
    this.#watchedTube = tube;
  }

  reserve(seconds: number, done: OnReply): void {
    this.#send(`reserve-with-timeout ${seconds}\r\n`, expected.RESERVE, done, seconds * 1000);
  }

  reserveJob(id: number, done: OnReply): void {
    this.#send(`reserve-job ${id}\r\n`, expected.RESERVE_JOB, done);
  }

  delete(id: number, done: OnReply): void {
    this.#disk.supersedes(id);
    this.#keeping.delete(id, done);
  }

  release(id: number, priority: number, delaySeconds: number, done: OnReply): void {
    this.#disk.release(id, priority, delaySeconds, done);
  }

  bury(id: number, priority: number, done: OnReply): void {
    this.#disk.bury(id, priority, done);
  }

  keeps(wanted: number, done: (acts: number) => void): void {
    this.#disk.keeps(wanted, done);
  }

  touch(id: number, done: OnReply): void {
    this.#send(`touch ${id}\r\n`, expected.TOUCH, done);
  }

  peek(id: number, done: OnReply): void {
    this.#send(`peek ${id}\r\n`, expected.PEEK, done);
  }

  peekFirst(tube: string, state: 'ready' | 'delayed' | 'buried', done: OnReply): void {
    if (tube !== this.#usedTube) this.#use(tube);
    this.#send(`peek-${state}\r\n`, expected.PEEK, done);
  }

  kickJob(id: number, done: OnReply): void {
    this.#disk.kicks(id);
    this.#send(`kick-job ${id}\r\n`, expected.KICK, done);
  }

  stats(done: OnReply): void {
    this.#ask('stats\r\n', nodeStats, done);
  }

  statsTube(tube: string, done: OnReply): void {
    this.#ask(`stats-tube ${tube}\r\n`, tubeStats, done);
  }

  statsJob(id: number, done: OnReply): void {
    this.#ask(`stats-job ${id}\r\n`, jobStats, done);
  }

  listTubes(done: OnReply): void {
    this.#ask('list-tubes\r\n', tubeNames, done);
  }

  destroy(): void {
    this.#close(new DqConnectionError(`The connection to ${this.endpoint} was closed on this side.`));
  }

  #ask(text: string, read: (reply: WireReply) => Reply, done: OnReply): void {
    this.#send(text, expected.STATS, (reply: WireReply) => done(read(reply)));
  }

  #use(tube: string): void {
    this.#usedTube = tube;
    this.#send(`use ${tube}\r\n`, expected.USE, () => {});
  }

  #put(command: PutCommand, done: OnReply): void {
    if (command.tube !== this.#usedTube) this.#use(command.tube);
    const { priority, body, byteLength, wire } = command;
    if (typeof body === 'string') {
      const text = wire?.behindPriority ?? `${restOfLine(command)}${body}\r\n`;
      if (wire !== undefined) wire.behindPriority = text;
      this.#send(`put ${priority}${text}`, expected.PUT, done, 0, body.length === byteLength, byteLength);
    } else {
      this.#send(`put ${priority}${restOfLine(command)}`, expected.PUT, done, 0, true, byteLength);
      this.#outbox.addBytes(body);
      this.#outbox.addText('\r\n');
    }
  }

  /** Never sent: the node has nothing to do with it. */
  #refuse(done: OnReply, reason: string): void {
    const error = new DqConnectionError(reason);
    this.#clock.defer(() => done({ kind: 'LOST', error, sent: false }));
  }

  #send(
    text: string,
    replies: expected.Expected,
    done: OnReply | OnWireReply,
    waits = 0,
    ascii = true,
    bytes = 0,
  ): void {
    if (this.#closed) {
      this.#refuse(done, `The connection to ${this.endpoint} is closed.`);
      return;
    }
    // Nothing else is answered OK.
    const told = done as OnWireReply;
    if (waits > 0 || !this.#unanswered.join(replies, told)) {
      const now = this.#clock.monotonic();
      const deadline = now + this.#settings.commandDeadline + waits;
      this.#unanswered.add(replies, told, now, deadline, waits === 0 && bytes === 0, bytes);
      this.#deadline.lookBy(deadline);
    }
    this.#outbox.addText(text, ascii);
    if (!this.#flushing) {
      this.#flushing = true;
      this.#clock.defer(this.#flushLater);
    }
  }

  /** What one turn gathered leaves in one write. */
  #flush(): void {
    this.#flushing = false;
    this.#unanswered.seal();
    if (this.#closed || !this.#opened) return;
    this.#outbox.writeTo(this.#socket);
    this.#unanswered.sent(this.#clock.monotonic());
  }

  #open(): void {
    if (this.#closed) return;
    this.#opened = true;
    this.#deadline.opened();
    if (!this.#outbox.empty) this.#flush();
  }

  #read(chunk: Buffer): void {
    try {
      if (!this.#closed) this.#parser.feed(chunk, this.#onReply);
      if (this.#waitingPuts.some) this.#putMore();
    } catch (error) {
      this.#close(this.#readingFault(error));
    }
  }

  /** As many of the puts that wait as the answers have made room for. */
  #putMore(): void {
    while (this.#waitingPuts.mayFollow(this.#unanswered.bytes)) {
      const next = this.#waitingPuts.next();
      if (next === undefined) return;
      this.#put(next.command, next.done);
    }
  }

  #readingFault(error: unknown): DqError {
    if (!(error instanceof DqError))
      return new DqProtocolError(`Reading from ${this.endpoint} failed: ${textOf(error)}.`, { cause: error });
    if (this.#unanswered.answered > 0) return error;
    return new DqProtocolError(`${error.message} Does another program listen at ${this.endpoint}?`, { cause: error });
  }

  /** Hands a reply to the oldest command. False when the connection is over. */
  #answer(reply: WireReply): boolean {
    const done = this.#unanswered.take(reply);
    if (done === undefined) {
      const wanted = this.#unanswered.oldest?.expected.join(', ') ?? 'no reply';
      this.#close(new DqProtocolError(`Expected ${wanted} from ${this.endpoint}, got ${reply.kind}.`));
      return false;
    }
    this.#listeners.onAnswering();
    done(reply);
    if (reply.kind === 'INTERNAL_ERROR') this.#close(new DqProtocolError(`${this.endpoint} answered INTERNAL_ERROR.`));
    return !this.#closed;
  }

  #close(error: DqError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadline.end();
    this.#outbox.clear();
    this.#socket.destroy();
    this.#disk.close();
    this.#unanswered.drain({ kind: 'LOST', error, sent: this.#opened });
    for (const { done } of this.#waitingPuts.drain()) done({ kind: 'LOST', error, sent: false });
    this.#listeners.onClosed(error);
  }
}

/** Of a `put`, behind the priority. */
function restOfLine({ delaySeconds, ttrSeconds, byteLength }: PutCommand): string {
  return ` ${delaySeconds} ${ttrSeconds} ${byteLength}\r\n`;
}
