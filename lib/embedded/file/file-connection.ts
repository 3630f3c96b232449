import type { Waiting } from '../../core/base/deadline-queue.js';
import { Fifo } from '../../core/base/fifo.js';
import type { ConnectionListeners, OnReply, PutCommand, Reply } from '../../core/cluster/node-connection.js';
import type { DqError } from '../../core/errors/dq.error.js';
import { type Asked, MemoryConnection } from '../node/memory-connection.js';
import type { MemoryNode } from '../node/memory-node.js';
import type { DiskDeadline } from './disk-deadline.js';
import type { QueueFile } from './queue-file.js';

export interface FileConnectionParts {
  readonly file: QueueFile;
  readonly deadline: DiskDeadline;
  readonly maxJobBytes: number;
}

/** A command that waits for puts that were asked for before. */
interface Held {
  /** How many must be answered. */
  readonly after: number;
  readonly command: Asked;
}

/** A put whose time runs. */
class TimedPut implements Waiting {
  constructor(
    readonly asked: Asked,
    readonly onDeadline: () => void,
  ) {}

  get over(): boolean {
    return this.asked.over;
  }
}

/**
 * A connection to a node in memory whose jobs a file keeps: a put goes to the file, which puts the job into the node, and a kick is
 * answered when the disk has it. All else goes to the node as it is, behind the puts that were asked for before. Answers come in
 * the order of their commands.
 */
export class FileConnection extends MemoryConnection {
  readonly #node: MemoryNode;
  readonly #parts: FileConnectionParts;
  readonly #held = new Fifo<Held>();
  readonly #onDeadline = (): void => this.close(this.#parts.deadline.error);
  #puts = 0;
  #answeredPuts = 0;

  constructor(node: MemoryNode, parts: FileConnectionParts, { onAnswering, onClosed }: ConnectionListeners) {
    let dialed = false;
    super(node, {
      onAnswering,
      onClosed: (error) => {
        if (dialed) onClosed(error);
        else node.clock.defer(() => onClosed(error));
      },
    });
    this.#node = node;
    this.#parts = parts;
    try {
      parts.file.open();
      dialed = true;
    } catch (error) {
      this.close(error as DqError);
    }
  }

  override put(command: PutCommand, done: OnReply): void {
    const { file, deadline, maxJobBytes } = this.#parts;
    const { tube, priority, delaySeconds, ttrSeconds, body, byteLength } = command;
    const { clock } = this.#node;
    const asked = this.ask(done);
    if (asked === undefined) return;
    if (byteLength > maxJobBytes) {
      clock.defer(() => this.answer(asked, { kind: 'JOB_TOO_BIG' }));
      return;
    }
    deadline.add(new TimedPut(asked, this.#onDeadline));
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

  protected override send(command: Asked): void {
    if (this.#answeredPuts >= this.#puts) super.send(command);
    else this.#held.push({ after: this.#puts, command });
  }

  protected override received(command: Asked, reply: Reply): void {
    if (reply.kind !== 'KICKED') {
      super.received(command, reply);
      return;
    }
    const { deadline, file } = this.#parts;
    const lost = (error: DqError): void => this.answer(command, { kind: 'LOST', error, sent: true });
    deadline.within(file.synced()).then(() => this.answer(command, reply), lost);
  }

  #answerPut(asked: Asked, reply: Reply): void {
    this.#answeredPuts++;
    this.answer(asked, reply);
    for (let next = this.#held.peek(); next !== undefined && !this.closed; next = this.#held.peek()) {
      if (next.after > this.#answeredPuts) return;
      this.#held.shift();
      super.send(next.command);
    }
  }
}
