import type { Clock } from '../../core/base/clock.js';
import type { NodeConnection, OnReply, PutCommand, Reply } from '../../core/cluster/node-connection.js';
import type { Waiting } from '../../core/base/deadline-queue.js';
import { DqConnectionError } from '../../core/errors/connection.errors.js';
import type { DqError } from '../../core/errors/dq.error.js';
import { Fifo } from '../../core/base/fifo.js';
import type { DiskDeadline } from './disk-deadline.js';
import type { QueueFile } from './queue-file.js';

/** A command that has no answer yet, or whose answer must not come before another one's. */
class Asked implements Waiting {
  reply: Reply | undefined;

  constructor(
    readonly done: OnReply,
    /** On the monotonic clock. */
    readonly at: number,
    readonly onDeadline: () => void,
  ) {}

  get over(): boolean {
    return this.reply !== undefined;
  }
}

interface Held {
  /** How many puts must be answered before it is sent. */
  readonly after: number;
  readonly send: () => void;
}

export interface FileConnectionParts {
  readonly file: QueueFile;
  readonly deadline: DiskDeadline;
  readonly clock: Clock;
  readonly maxJobBytes: number;
  readonly onClosed: (error: DqError) => void;
  readonly onAnswering: () => void;
}

/**
 * A connection to a node in memory whose jobs a file keeps: a put goes to the file, which puts the job into the node, and a kick is
 * answered when the disk has it. All else goes to the node as it is, behind the puts that were asked for before. Answers come in
 * the order of their commands.
 */
export class FileConnection implements NodeConnection {
  readonly endpoint: string;
  readonly #node: NodeConnection;
  readonly #parts: FileConnectionParts;
  readonly #asked = new Fifo<Asked>();
  readonly #held = new Fifo<Held>();
  readonly #onDeadline = (): void => this.#end(this.#parts.deadline.error);
  #puts = 0;
  #answeredPuts = 0;
  /** False when the file could not be opened: then nothing was ever sent. */
  #open = true;
  /** Why it ended, where the node does not know. */
  #closedBy: DqError | undefined;
  #closed = false;

  /** `dial` connects to the node, and hands on its end. */
  constructor(parts: FileConnectionParts, dial: (onClosed: (error: DqError) => void) => NodeConnection) {
    this.#parts = parts;
    this.#node = dial((error) => this.#onClosed(error));
    this.endpoint = this.#node.endpoint;
    try {
      parts.file.open();
    } catch (error) {
      this.#open = false;
      this.#closed = true;
      this.#closedBy = error as DqError;
      parts.clock.defer(() => this.#node.destroy());
    }
  }

  get closed(): boolean {
    return this.#closed || this.#node.closed;
  }

  get pending(): number {
    return this.#asked.length;
  }

  get waiting(): number {
    const oldest = this.#asked.peek();
    return oldest === undefined ? 0 : this.#parts.clock.monotonic() - oldest.at;
  }

  put({ tube, priority, delaySeconds, ttrSeconds, body, byteLength }: PutCommand, done: OnReply): void {
    const { file, clock, deadline, maxJobBytes } = this.#parts;
    const asked = this.#ask(done);
    if (this.#closed || byteLength > maxJobBytes) {
      const error = this.#closedBy ?? new DqConnectionError(`The connection to ${this.endpoint} is closed.`);
      const reply: Reply = this.#closed ? { kind: 'LOST', error, sent: false } : { kind: 'JOB_TOO_BIG' };
      clock.defer(() => this.#answer(asked, reply));
      return;
    }
    deadline.add(asked);
    this.#puts++;
    const dueAt = clock.now() + delaySeconds * 1000;
    const state = delaySeconds > 0 ? 'delayed' : 'ready';
    const id = file.put(
      { tube, priority, ttrSeconds: Math.max(1, ttrSeconds), body, byteLength, state, dueAt },
      {
        done: () => this.#answerPut(asked, { kind: 'INSERTED', id }),
        failed: (error, sure) => this.#answerPut(asked, { kind: 'LOST', error, sent: !sure }),
      },
    );
  }

  watchOnly(tube: string, done: OnReply): void {
    this.#send(done, (reply) => this.#node.watchOnly(tube, reply));
  }

  reserve(seconds: number, done: OnReply): void {
    this.#send(done, (reply) => this.#node.reserve(seconds, reply));
  }

  reserveJob(id: number, done: OnReply): void {
    this.#send(done, (reply) => this.#node.reserveJob(id, reply));
  }

  delete(id: number, done: OnReply): void {
    this.#send(done, (reply) => this.#node.delete(id, reply));
  }

  release(id: number, priority: number, delaySeconds: number, done: OnReply): void {
    this.#send(done, (reply) => this.#node.release(id, priority, delaySeconds, reply));
  }

  bury(id: number, priority: number, done: OnReply): void {
    this.#send(done, (reply) => this.#node.bury(id, priority, reply));
  }

  keeps(wanted: number, done: (acts: number) => void): void {
    this.#node.keeps(wanted, done);
  }

  touch(id: number, done: OnReply): void {
    this.#send(done, (reply) => this.#node.touch(id, reply));
  }

  peek(id: number, done: OnReply): void {
    this.#send(done, (reply) => this.#node.peek(id, reply));
  }

  peekFirst(tube: string, state: 'ready' | 'delayed' | 'buried', done: OnReply): void {
    this.#send(done, (reply) => this.#node.peekFirst(tube, state, reply));
  }

  kickJob(id: number, done: OnReply): void {
    this.#send(done, (answer) =>
      this.#node.kickJob(id, (reply) => {
        if (reply.kind !== 'KICKED') answer(reply);
        else {
          const lost = (error: DqError): void => answer({ kind: 'LOST', error, sent: true });
          this.#parts.deadline.within(this.#parts.file.synced()).then(() => answer(reply), lost);
        }
      }),
    );
  }

  stats(done: OnReply): void {
    this.#send(done, (reply) => this.#node.stats(reply));
  }

  statsTube(tube: string, done: OnReply): void {
    this.#send(done, (reply) => this.#node.statsTube(tube, reply));
  }

  statsJob(id: number, done: OnReply): void {
    this.#send(done, (reply) => this.#node.statsJob(id, reply));
  }

  destroy(): void {
    this.#node.destroy();
  }

  #send(done: OnReply, send: (reply: OnReply) => void): void {
    const asked = this.#ask(done);
    const answer: OnReply = (reply) => this.#answer(asked, reply);
    if (this.#answeredPuts >= this.#puts) send(answer);
    else this.#held.push({ after: this.#puts, send: () => send(answer) });
  }

  #ask(done: OnReply): Asked {
    const asked = new Asked(done, this.#parts.clock.monotonic(), this.#onDeadline);
    this.#asked.push(asked);
    return asked;
  }

  #answerPut(asked: Asked, reply: Reply): void {
    this.#answeredPuts++;
    if (!asked.over && reply.kind === 'INSERTED') this.#parts.onAnswering();
    this.#answer(asked, reply);
    for (let next = this.#held.peek(); next !== undefined; next = this.#held.peek()) {
      if (next.after > this.#answeredPuts) return;
      this.#held.shift();
      next.send();
    }
  }

  #answer(asked: Asked, reply: Reply): void {
    if (asked.over) return;
    asked.reply = this.#explained(reply);
    for (let first = this.#asked.peek(); first?.reply !== undefined; first = this.#asked.peek()) {
      this.#asked.shift();
      first.done(first.reply);
    }
  }

  /** A connection that never was one, or ended for its own reason, says so. */
  #explained(reply: Reply): Reply {
    return reply.kind === 'LOST' && this.#closedBy !== undefined ? { ...reply, error: this.#closedBy } : reply;
  }

  #end(error: DqError): void {
    this.#closedBy = error;
    this.#node.destroy();
  }

  #onClosed(nodeError: DqError): void {
    const error = this.#closedBy ?? nodeError;
    this.#closed = true;
    this.#held.drain();
    for (const asked of this.#asked.drain()) {
      const reply = asked.reply ?? { kind: 'LOST', error, sent: this.#open };
      asked.reply = reply;
      asked.done(reply);
    }
    this.#parts.onClosed(error);
  }
}
