import type { LoggedState, StoredJob } from './stored-job.js';

/** A job in the log changed: it was put or moved (`gone` false), or deleted. */
export type OnLogged = (job: StoredJob, gone: boolean) => void;

interface Write {
  readonly job: StoredJob;
  readonly kind: 'put' | 'change' | 'delete';
  readonly before: LoggedState | undefined;
}

/**
 * What a restart brings back. As beanstalkd's log it holds puts, deletes, burials, kicks and releases with a delay; reservations,
 * touches, expiries and releases without a delay leave no trace. Each job keeps its own last record, so the log itself only has to
 * remember how to undo its last writes: a disk may lose them.
 */
export class JobLog {
  readonly #undoable: number;
  readonly #listener: OnLogged | undefined;
  #undo: Write[] = [];
  #records = 0;
  /** Behind the highest number that a record names: what a restarted node gives out next. */
  nextId = 1;

  constructor(undoable: number, listener: OnLogged | undefined) {
    this.#undoable = undoable;
    this.#listener = listener;
  }

  /** Records written since the last restart. */
  get records(): number {
    return this.#records;
  }

  put(job: StoredJob): void {
    this.nextId = Math.max(this.nextId, job.id + 1);
    this.#wrote(job, 'put', undefined);
  }

  changed(job: StoredJob, state: LoggedState['state']): void {
    const before = job.logged;
    const { priority, delaySeconds, rank, reserves, timeouts, releases, buries, kicks } = job;
    job.logged = { state, priority, delaySeconds, dueAt: rank, reserves, timeouts, releases, buries, kicks };
    this.#wrote(job, 'change', before);
  }

  deleted(job: StoredJob): void {
    this.#wrote(job, 'delete', job.logged);
  }

  /**
   * What is on the disk, by number, when the last `lost` writes are not. Lost writes are forgotten for good, and the numbers of
   * lost puts are given out again.
   */
  read(jobs: ReadonlyMap<number, StoredJob>, lost: number): StoredJob[] {
    const undoing = Math.min(lost, this.#records);
    if (undoing > this.#undo.length) {
      throw new RangeError(`Expected at most ${this.#undo.length} writes to lose, got ${lost}: raise undoableWrites.`);
    }
    const kept = new Map<number, StoredJob>();
    for (const [id, job] of jobs) if (job.state !== 'invalid') kept.set(id, job);
    for (let left = undoing; left > 0; left--) {
      const { job, kind, before } = this.#undo.pop() as Write;
      if (kind === 'put') {
        kept.delete(job.id);
        this.nextId = Math.min(this.nextId, job.id);
      } else {
        job.logged = before;
        kept.set(job.id, job);
      }
    }
    this.#undo = [];
    this.#records = 0;
    return [...kept.values()].toSorted((one, other) => one.id - other.id);
  }

  #wrote(job: StoredJob, kind: Write['kind'], before: LoggedState | undefined): void {
    this.#records++;
    this.#listener?.(job, kind === 'delete');
    if (this.#undoable === 0) return;
    this.#undo.push({ job, kind, before });
    if (this.#undo.length >= 2 * this.#undoable) this.#undo = this.#undo.slice(-this.#undoable);
  }
}
