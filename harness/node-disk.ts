import type { KeptJob, NodeLog } from '../lib/embedded/node/kept-job.js';

interface Write {
  readonly id: number;
  /** Undefined: it was put. */
  readonly before: KeptJob | undefined;
}

/** The disk of a node: the last record of each job, and how to undo the last writes, since a disk may lose them. */
export class NodeDisk implements NodeLog {
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
