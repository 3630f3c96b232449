import type { DqFileError } from '../../core/errors/file.errors.js';
import type { KeptJob } from '../node/kept-job.js';
import type { ChangedRows, FileRows, JobRow, RecordKind, RecordRow } from './file-rows.js';

/** Who waits for the disk. One of the two is called, once. */
export interface DiskWaiter {
  done(): void;
  /** `sure`: what was asked for is not in the file. Else it may be. */
  failed(error: DqFileError, sure: boolean): void;
}

/** A record of a claim or an admission, which is made a text only when it is written. */
interface KeptRecord {
  readonly key: string;
  readonly record: { readonly keptUntil: number };
}

/** What has changed of a table, by row; undefined for a row that goes. Of a row only its last change counts. */
class RowChanges<Change> {
  readonly #changes = new Map<number, Change | undefined>();

  get size(): number {
    return this.#changes.size;
  }

  set(row: number, change: Change | undefined): void {
    this.#changes.set(row, change);
  }

  addOlder(older: RowChanges<Change>): void {
    for (const [row, change] of older.#changes) if (!this.#changes.has(row)) this.#changes.set(row, change);
  }

  rows<Row>(rowOf: (change: Change, row: number) => Row): ChangedRows<Row> {
    const set: Row[] = [];
    const gone: number[] = [];
    for (const [row, change] of this.#changes) {
      if (change === undefined) gone.push(row);
      else set.push(rowOf(change, row));
    }
    return { set, gone };
  }
}

/** What gathers while the disk is busy, and is then written as one transaction. */
export class FileBatch {
  /** By their numbers. */
  readonly jobs = new RowChanges<KeptJob>();
  readonly records: Readonly<Record<RecordKind, RowChanges<KeptRecord>>> = {
    claim: new RowChanges(),
    admission: new RowChanges(),
    slot: new RowChanges(),
  };
  #puts: { readonly job: KeptJob; readonly waiter: DiskWaiter }[] = [];
  #waiters: DiskWaiter[] = [];

  /** Nothing to be written, and nobody who waits. */
  get empty(): boolean {
    const { claim, admission, slot } = this.records;
    const records = claim.size + admission.size + slot.size;
    return this.#puts.length + this.#waiters.length + this.jobs.size + records === 0;
  }

  put(job: KeptJob, waiter: DiskWaiter): void {
    this.#puts.push({ job, waiter });
  }

  wait(waiter: DiskWaiter): void {
    this.#waiters.push(waiter);
  }

  rows(next: number): FileRows {
    const { claim, admission, slot } = this.records;
    return {
      puts: this.#puts.map(({ job }) => rowOf(job)),
      jobs: this.jobs.rows(({ state, dueAt, priority, id }) => [state, dueAt, priority, id]),
      records: {
        claim: claim.rows(recordRows()),
        admission: admission.rows(recordRows()),
        slot: slot.rows(recordRows()),
      },
      next,
    };
  }

  /** Each job is `added` before its caller is told. Puts first: what waits for the outcome of a job comes after the job. */
  done(added: (job: KeptJob) => void): void {
    for (const { job, waiter } of this.#puts) {
      added(job);
      waiter.done();
    }
    for (const waiter of this.#waiters) waiter.done();
  }

  /** Takes back the jobs, and tells all who wait. What has happened in memory stays, for a later try. */
  refuse(error: DqFileError, sure: boolean): void {
    const puts = this.#puts;
    const waiters = this.#waiters;
    this.#puts = [];
    this.#waiters = [];
    // Memory has none of them, so the file must have none either.
    if (!sure) for (const { job } of puts) this.jobs.set(job.id, undefined);
    for (const { waiter } of puts) waiter.failed(error, sure);
    for (const waiter of waiters) waiter.failed(error, false);
  }

  /** Takes in what came before: only what did not change since. */
  addOlder(older: FileBatch): void {
    this.jobs.addOlder(older.jobs);
    for (const kind of ['claim', 'admission', 'slot'] as const) this.records[kind].addOlder(older.records[kind]);
  }
}

function rowOf({ id, tube, state, dueAt, priority, ttrSeconds, body }: KeptJob): JobRow {
  // SQLite's text may end at a zero.
  const kept = typeof body === 'string' && body.includes('\0') ? Buffer.from(body) : body;
  return [id, tube, state, dueAt, priority, ttrSeconds, kept];
}

function recordRows(): (change: KeptRecord, row: number) => RecordRow {
  // Jobs that are done share their records.
  let last: KeptRecord['record'] | undefined;
  let text = '';
  return ({ key, record }, row) => {
    if (record !== last) text = JSON.stringify(record);
    last = record;
    return [row, key, text, record.keptUntil];
  };
}
