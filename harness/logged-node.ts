import type { KeptJob, NodeLog } from '../lib/embedded/node/kept-job.js';
import { MemoryNode, type MemoryNodeOptions } from '../lib/embedded/node/memory-node.js';

interface Write {
  readonly id: number;
  /** Undefined: it was put. */
  readonly before: KeptJob | undefined;
}

export interface Restart {
  /** What the disk brings back: all, nothing, or all but so many of the last writes. Default all. */
  readonly keep?: 'all' | 'nothing' | number;
  /**
   * Whether numbers go on behind the last one in the log, or begin behind the highest that is left, as they do once beanstalkd has
   * collected its log files. Default `continue`, and `from-one` when nothing is kept.
   */
  readonly ids?: 'continue' | 'from-one';
}

/** The disk of a node: the last record of each job, and how to undo the last writes, since a disk may lose them. */
class NodeDisk implements NodeLog {
  jobs = new Map<number, KeptJob>();
  /** Behind the highest number that a record names: what a restarted node gives out next. */
  nextId = 1;
  #undo: Write[] = [];
  #records = 0;
  readonly #undoable: number;

  constructor(undoable: number) {
    this.#undoable = undoable;
  }

  kept(job: KeptJob): void {
    this.nextId = Math.max(this.nextId, job.id + 1);
    this.#wrote(job.id);
    this.jobs.set(job.id, job);
  }

  gone(id: number): void {
    this.#wrote(id);
    this.jobs.delete(id);
  }

  /** What is left, by number. Lost writes are forgotten for good, and the numbers of lost puts are given out again. */
  read(lost: number): readonly KeptJob[] {
    const undoing = Math.min(lost, this.#records);
    if (undoing > this.#undo.length) {
      throw new RangeError(`Expected at most ${this.#undo.length} writes to lose, got ${lost}: raise undoableWrites.`);
    }
    for (let left = undoing; left > 0; left--) {
      const { id, before } = this.#undo.pop() as Write;
      if (before !== undefined) this.jobs.set(id, before);
      else {
        this.jobs.delete(id);
        this.nextId = Math.min(this.nextId, id);
      }
    }
    return [...this.jobs.values()].toSorted((one, other) => one.id - other.id);
  }

  /** A node begins with these. */
  write(jobs: Iterable<KeptJob>, nextId: number): void {
    this.jobs = new Map([...jobs].map((job) => [job.id, job]));
    this.nextId = nextId;
    this.#undo = [];
    this.#records = 0;
  }

  #wrote(id: number): void {
    this.#records++;
    if (this.#undoable === 0) return;
    this.#undo.push({ id, before: this.jobs.get(id) });
    if (this.#undo.length >= 2 * this.#undoable) this.#undo = this.#undo.slice(-this.#undoable);
  }
}

/** A node in memory with a disk, from which it is restarted, as with -b. */
export class LoggedNode extends MemoryNode {
  readonly #disk: NodeDisk;

  /** `undoableWrites`: how many writes a restart may lose, at most. */
  constructor(options: Omit<MemoryNodeOptions, 'log'>, undoableWrites = 0) {
    const disk = new NodeDisk(undoableWrites);
    super({ ...options, log: disk });
    this.#disk = disk;
  }

  /** Every job as a restart would bring it back. */
  get kept(): readonly KeptJob[] {
    return [...this.#disk.jobs.values()];
  }

  /** Starts a new life on what its disk has; kills the old one first if need be. */
  comeBack({ keep = 'all', ids = keep === 'nothing' ? 'from-one' : 'continue' }: Restart = {}): void {
    const jobs = keep === 'nothing' ? [] : this.#disk.read(keep === 'all' ? 0 : keep);
    const behind = (jobs.at(-1)?.id ?? 0) + 1;
    this.restart(jobs, ids === 'continue' ? Math.max(this.#disk.nextId, behind) : behind);
  }

  override restart(jobs: Iterable<KeptJob> = [], nextId = 1): void {
    const all = [...jobs];
    this.#disk.write(all, nextId);
    super.restart(all, nextId);
  }

  /** Takes no new jobs until a restart, as after SIGUSR1. */
  drain(): void {
    this.table.draining = true;
  }

  /** A node with a full disk refuses puts, and loses jobs that it should bury or release with a delay. */
  fillDisk(): void {
    this.table.diskFull = true;
  }

  freeDisk(): void {
    this.table.diskFull = false;
  }
}
