import { DiskGuard } from '../../lib/core/beanstalkd/disk-guard.js';
import type { Clock } from '../../lib/core/base/clock.js';
import type { NodeConnection, NodeDialer, OnReply, PutCommand, Reply } from '../../lib/core/cluster/node-connection.js';
import { DqConnectionError } from '../../lib/core/errors/connection.errors.js';
import type { DqError } from '../../lib/core/errors/dq.error.js';

/** A command that reached a stub, to be answered by the test when it wants. */
export interface StubCommand {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly put: PutCommand | undefined;
  readonly sentAt: number;
  /** Answers it, unless it is answered already. */
  answer(reply: Reply): void;
}

/**
 * What a stub says to a command, at the end of the turn in which it came. Undefined: nothing; the test answers later, or
 * never.
 */
export type StubAnswers = (command: StubCommand) => Reply | undefined;

/** What the server of that id tells of itself. */
export function statsOf(id: string): Reply {
  const counts = { records: 0, puts: 0, uptimeSeconds: 0, connections: 1, maxJobBytes: 65_535, pid: 0 };
  return { kind: 'NODE_STATS', stats: { id, version: 'stub', draining: false, logs: false, ...counts } };
}

interface Listeners {
  readonly onAnswering: () => void;
  readonly onClosed: (error: DqError) => void;
}

/** A node without a server: it records what it is told and answers what the test says. */
export class StubNode implements NodeDialer {
  readonly commands: StubCommand[] = [];
  readonly connections: StubConnection[] = [];
  answers: StubAnswers;
  /** The id that it tells a connection that asks for stats first. Another stub has another one. */
  serverId: string;
  /** What it says to that. It is no work, so it stands in no list, and `answers` is not asked. */
  introduces: StubAnswers = () => statsOf(this.serverId);
  #ids = 0;

  constructor(
    readonly endpoint: string,
    readonly clock: Clock,
    answers?: StubAnswers,
  ) {
    this.serverId = `id of ${endpoint}`;
    this.answers = answers ?? ((command) => this.obey(command));
  }

  /** The commands of one name, in the order they came. */
  named(name: string): StubCommand[] {
    return this.commands.filter((command) => command.name === name);
  }

  get puts(): PutCommand[] {
    return this.commands.flatMap(({ put }) => put ?? []);
  }

  /** What a healthy node says to puts and deletes. */
  obey({ name }: StubCommand): Reply | undefined {
    if (name === 'put') return { kind: 'INSERTED', id: ++this.#ids };
    return { kind: name === 'delete' ? 'DELETED' : 'NOT_FOUND' };
  }

  dial(listeners: Listeners): NodeConnection {
    const connection = new StubConnection(this, listeners);
    this.connections.push(connection);
    return connection;
  }

  /** Every connection dies; what was pending is lost, and may have been obeyed. */
  die(): void {
    for (const connection of this.connections) connection.fail();
  }
}

/** The reply of a connection that died under its command. */
export function lost(sent: boolean): Reply {
  return { kind: 'LOST', error: new DqConnectionError('The stub hung up.'), sent };
}

/** One connection to a {@link StubNode}. Answers in any order the test likes, since no one reads a stream here. */
export class StubConnection implements NodeConnection {
  readonly endpoint: string;
  readonly #pending: StubCommand[] = [];
  readonly #disk: DiskGuard;
  #closed = false;
  #answering = false;
  #asked = false;

  constructor(
    readonly node: StubNode,
    readonly listeners: Listeners,
  ) {
    this.endpoint = node.endpoint;
    this.#disk = new DiskGuard(
      this,
      {
        delete: (id, done) => this.#take('delete', [id], done),
        release: (id, priority, seconds, done) => this.#take('release', [id, priority, seconds], done),
        bury: (id, priority, done) => this.#take('bury', [id, priority], done),
      },
      node.clock,
    );
  }

  get closed(): boolean {
    return this.#closed;
  }

  get pending(): number {
    return this.#pending.length + this.#disk.waiting;
  }

  get waiting(): number {
    const [oldest] = this.#pending;
    return oldest === undefined ? 0 : this.node.clock.monotonic() - oldest.sentAt;
  }

  put(command: PutCommand, done: OnReply): void {
    this.#take('put', [command], done, command);
  }

  watchOnly(tube: string, done: OnReply): void {
    this.#take('watch', [tube], done);
  }

  reserve(seconds: number, done: OnReply): void {
    this.#take('reserve', [seconds], done);
  }

  reserveJob(id: number, done: OnReply): void {
    this.#take('reserve-job', [id], done);
  }

  delete(id: number, done: OnReply): void {
    this.#disk.supersedes(id);
    this.#take('delete', [id], done);
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
    this.#take('touch', [id], done);
  }

  peek(id: number, done: OnReply): void {
    this.#take('peek', [id], done);
  }

  peekFirst(tube: string, state: 'ready' | 'delayed' | 'buried', done: OnReply): void {
    this.#take(`peek-${state}`, [tube], done);
  }

  kickJob(id: number, done: OnReply): void {
    this.#disk.kicks(id);
    this.#take('kick-job', [id], done);
  }

  stats(done: OnReply): void {
    this.#take('stats', [], done);
  }

  statsTube(tube: string, done: OnReply): void {
    this.#take('stats-tube', [tube], done);
  }

  statsJob(id: number, done: OnReply): void {
    this.#take('stats-job', [id], done);
  }

  listTubes(done: OnReply): void {
    this.#take('list-tubes', [], done);
  }

  destroy(): void {
    this.fail();
  }

  fail(sent = true): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#disk.close();
    for (const command of this.#pending.slice()) command.answer(lost(sent));
    this.listeners.onClosed(new DqConnectionError('The stub hung up.'));
  }

  #take(name: string, args: readonly unknown[], done: OnReply, put?: PutCommand): void {
    const { clock } = this.node;
    const introduction = name === 'stats' && !this.#asked;
    this.#asked = true;
    let answered = false;
    const command: StubCommand = {
      name,
      args,
      put,
      sentAt: clock.monotonic(),
      answer: (reply) => {
        if (answered) return;
        answered = true;
        const at = this.#pending.indexOf(command);
        if (at >= 0) this.#pending.splice(at, 1);
        if (reply.kind !== 'LOST' && !this.#answering) {
          this.#answering = true;
          this.listeners.onAnswering();
        }
        done(reply);
      },
    };
    if (this.#closed) {
      clock.defer(() => command.answer(lost(false)));
      return;
    }
    if (!introduction) this.node.commands.push(command);
    this.#pending.push(command);
    clock.defer(() => {
      const { answers, introduces } = this.node;
      const reply = answered ? undefined : (introduction ? introduces : answers)(command);
      if (reply !== undefined) command.answer(reply);
    });
  }
}
