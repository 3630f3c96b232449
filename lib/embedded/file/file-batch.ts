import type { DqFileError } from '../../core/errors/file.errors.js';
import type { KeptJob } from '../node/kept-job.js';
import type { FileRows, JobRow, MoveRow, RecordRow, RecordRows } from './file-rows.js';

/** Who waits for the disk. One of the two is called, once. */
export interface DiskWaiter {
  done(): void;
  /** `sure`: what was asked for is not in the file. Else it may be. */
  failed(error: DqFileError, sure: boolean): void;
}

interface Kept {
  readonly keptUntil: number;
}

/** The records of one table that changed, by row; undefined for one that is forgotten. Of a row only its last record counts. */
class RecordChanges {
  readonly #changes = new Map<number, { readonly key: string; readonly record: Kept } | undefined>();

  set(row: number, key: string, record: Kept): void {
    this.#changes.set(row, { key, record });
  }

  forget(row: number): void {
    this.#changes.set(row, undefined);
  }

  addOlder(older: RecordChanges): void {
    for (const [row, change] of older.#changes) if (!this.#changes.has(row)) this.#changes.set(row, change);
  }

  get size(): number {
    return this.#changes.size;
  }

  rows(): RecordRows {
    const set: RecordRow[] = [];
    const gone: number[] = [];
    // Jobs that are done share their records.
    let last: Kept | undefined;
    let text = '';
    for (const [row, change] of this.#changes) {
      if (change === undefined) {
        gone.push(row);
        continue;
      }
      const { key, record } = change;
      if (record !== last) text = JSON.stringify(record);
      last = record;
      set.push([row, key, text, record.keptUntil]);
    }
    return { set, gone };
  }
}

/** What gathers while the disk is busy, and is then written as one transaction. */
export class FileBatch {
  readonly claims = new RecordChanges();
  readonly admissions = new RecordChanges();
  #puts: { readonly job: KeptJob; readonly waiter: DiskWaiter }[] = [];
  /** By number; undefined for a job that is gone. */
  readonly #moves = new Map<number, MoveRow | undefined>();
  #waiters: DiskWaiter[] = [];

  /** Nothing to be written, and nobody who waits. */
  get empty(): boolean {
    return this.#puts.length + this.#moves.size + this.#waiters.length + this.claims.size + this.admissions.size === 0;
  }

  put(job: KeptJob, waiter: DiskWaiter): void {
    this.#puts.push({ job, waiter });
  }

  move({ id, state, dueAt, priority }: Pick<KeptJob, 'id' | 'state' | 'dueAt' | 'priority'>): void {
    this.#moves.set(id, [state, dueAt, priority, id]);
  }

  gone(id: number): void {
    this.#moves.set(id, undefined);
  }

  wait(waiter: DiskWaiter): void {
    this.#waiters.push(waiter);
  }

  rows(next: number): FileRows {
    const moves: MoveRow[] = [];
    const gone: number[] = [];
    for (const [id, move] of this.#moves) {
      if (move === undefined) gone.push(id);
      else moves.push(move);
    }
    const puts = this.#puts.map(({ job }) => rowOf(job));
    return { puts, moves, gone, claims: this.claims.rows(), admissions: this.admissions.rows(), next };
  }

  /** Puts first: what waits for the outcome of a job comes after the job. */
  done(): void {
    for (const { waiter } of this.#puts) waiter.done();
    for (const waiter of this.#waiters) waiter.done();
  }

  /** Takes back the jobs, and tells all who wait. What has happened in memory stays, for a later try. */
  refuse(error: DqFileError, sure: boolean): void {
    const puts = this.#puts;
    const waiters = this.#waiters;
    this.#puts = [];
    this.#waiters = [];
    // Memory has none of them, so the file must have none either.
    if (!sure) for (const { job } of puts) this.gone(job.id);
    for (const { waiter } of puts) waiter.failed(error, sure);
    for (const waiter of waiters) waiter.failed(error, false);
  }

  /** Takes in what came before: only what did not change since. */
  addOlder(older: FileBatch): void {
    for (const [id, move] of older.#moves) if (!this.#moves.has(id)) this.#moves.set(id, move);
    this.claims.addOlder(older.claims);
    this.admissions.addOlder(older.admissions);
  }
}

function rowOf({ id, tube, state, dueAt, priority, ttrSeconds, body }: KeptJob): JobRow {
  // SQLite's text may end at a zero.
  const kept = typeof body === 'string' && body.includes('\0') ? Buffer.from(body) : body;
  return [id, tube, state, dueAt, priority, ttrSeconds, kept];
}
