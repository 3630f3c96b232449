import { DqFileError } from '../../core/errors/file.errors.js';
import type { Clock } from '../../core/base/clock.js';
import type { Report } from '../../core/base/events.js';
import { Presence } from '../../core/base/presence.js';
import { inTime } from '../../core/base/in-time.js';
import type { ClaimChange } from '../claims/claim-record.js';
import type { KeptJob } from '../node/kept-job.js';
import { type DiskWaiter, FileBatch } from './file-batch.js';
import type { FileContents } from './file-contents.js';
import type { FileFault } from './file-rows.js';
import { type FileThread, type FileThreads, sqliteThreads } from './file-thread.js';
import { diskTrouble } from './opening-error.js';

const RETRY_AFTER_MS = 100;
/** As long as handlers have by default. */
const CLOSES_WITHIN_MS = 10_000;
const SQLITE_FULL = 13;
const SQLITE_IOERR_WRITE = 778;

/**
 * The file that keeps an embedded queue: a database of SQLite, with a row for each job, claim, admission and slot. Memory is what is worked with;
 * the file is only read at the start. What changes gathers in a batch while the one before is written, by a thread of its own; each is one
 * transaction, with an fsync.
 *
 * **What waits for the disk.** A job is committed before it is put into the node in memory, and only then does `delay()` resolve: nobody
 * runs what the disk does not have. A claim, an outcome, a revoke and a decision on a dead letter are made in memory at once, and told to the
 * caller when the disk has them; a copy is deleted only after that. Deletes, releases, renewals and accounts wait for nothing. So a kill
 * loses nothing that was acknowledged.
 *
 * **When the disk refuses,** or the thread ends, the file is **stalled**. Jobs that were not written are taken back and their callers told;
 * all other changes are kept, for they tell of what has happened in memory. Nothing new is accepted. `retry` writes the kept ones, with a
 * new thread where there is none. If that works, the file is open again.
 */
export class QueueFile {
  readonly path: string;
  readonly #contents: FileContents;
  readonly #clock: Clock;
  readonly #threads: FileThreads;
  readonly #presence: Presence;
  readonly #sendLater = (): void => {
    this.#scheduled = false;
    if (this.#state === 'open') this.#send();
  };
  readonly #listeners = {
    committed: (): void => this.#committed(),
    failed: (fault: FileFault): void => this.#stall(fault, isCertain(fault)),
    ended: (fault: FileFault): void => {
      this.#thread = undefined;
      this.#stall(fault, false);
    },
  };
  #state: 'new' | 'open' | 'stalled' | 'closed' = 'new';
  #closing = false;
  #thread: FileThread | undefined;
  #next = new FileBatch();
  /** The one that is under way. */
  #sent: FileBatch | undefined;
  #scheduled = false;
  #error: DqFileError | undefined;
  #retrying: Promise<void> | undefined;
  #triedAt = -Infinity;

  constructor(
    path: string,
    contents: FileContents,
    {
      clock,
      report,
      threads = sqliteThreads,
    }: { readonly clock: Clock; readonly report: Report; readonly threads?: FileThreads },
  ) {
    this.path = path;
    this.#contents = contents;
    this.#clock = clock;
    this.#threads = threads;
    this.#presence = new Presence(clock, 'all', {
      lost: (reason) => report({ type: 'file-lost', file: path, reason }),
      back: (awayMs, losses) =>
        report({ type: 'file-back', file: path, awayMs, ...(losses > 1 ? { losses } : undefined) }),
    });
  }

  /** Whether the disk takes what is written. */
  get up(): boolean {
    return !this.#presence.lost;
  }

  /**
   * Reads the file the first time; blocks meanwhile, so that an application that must not have it does not start.
   * @throws DqFileError, DqFileInUseError, DqFileDamagedError
   */
  open(): void {
    if (this.#state !== 'new') return;
    if (this.#closing) throw this.#closedError();
    const load = { now: this.#clock.now(), onRows: this.#contents.load };
    const { thread, next } = this.#threads.openNow(this.path, this.#listeners, load);
    this.#contents.nextNumber = Math.max(this.#contents.nextNumber, next);
    this.#thread = thread;
    this.#state = 'open';
  }

  /** Why nothing is accepted now; undefined when it is. Asks the disk again every now and then. */
  get trouble(): DqFileError | undefined {
    if (this.#state === 'closed') return this.#closedError();
    if (this.#state === 'stalled' && this.#clock.monotonic() - this.#triedAt >= RETRY_AFTER_MS)
      this.retry().catch(() => {});
    return this.#error;
  }

  /** Asks for a job to be kept, and puts it into the node when the disk has it. Returns its number. */
  put(job: Omit<KeptJob, 'id'>, waiter: DiskWaiter): number {
    const kept: KeptJob = { id: this.#contents.nextNumber++, ...job };
    const { trouble } = this;
    if (trouble !== undefined) {
      this.#clock.defer(() => waiter.failed(trouble, true));
      return kept.id;
    }
    this.#next.put(kept, waiter);
    this.#schedule();
    return kept.id;
  }

  /** Tells what a job in memory has become. */
  moved(job: KeptJob): void {
    this.#next.jobs.set(job.id, job);
    this.#schedule();
  }

  gone(id: number): void {
    this.#next.jobs.set(id, undefined);
    this.#schedule();
  }

  /** Tells of a record in memory. */
  changed({ of, key, record }: ClaimChange): void {
    this.#next.records[of].set(this.#contents.rows[of].of(key), { key, record });
    this.#schedule();
  }

  forgot(of: ClaimChange['of'], key: string): void {
    const row = this.#contents.rows[of].drop(key);
    if (row === undefined) return;
    this.#next.records[of].set(row, undefined);
    this.#schedule();
  }

  /** Resolves when the disk has all that was told so far; rejects with DqFileError when that is not known. */
  synced(): Promise<void> {
    const { trouble } = this;
    if (trouble !== undefined) return Promise.reject(trouble);
    const last = this.#next.empty ? this.#sent : this.#next;
    return last === undefined ? Promise.resolve() : waitFor(last);
  }

  /** Tries the disk again. Resolves when all that was kept is on it. */
  retry(): Promise<void> {
    if (this.#state !== 'stalled') return this.#error === undefined ? Promise.resolve() : Promise.reject(this.#error);
    this.#retrying ??= this.#retry().finally(() => {
      this.#retrying = undefined;
      this.#triedAt = this.#clock.monotonic();
    });
    return this.#retrying;
  }

  /**
   * Writes what is left, and lets others have the file. Never rejects: nobody was told that it is kept. A disk that hangs is waited for 10 s;
   * when it goes on after that, so does this.
   */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await inTime(this.#clock, CLOSES_WITHIN_MS, this.#close(), undefined);
  }

  async #close(): Promise<void> {
    while (this.#state === 'open' && (this.#sent !== undefined || !this.#next.empty)) {
      this.#send();
      await waitFor(this.#sent as FileBatch).catch(() => {});
    }
    if (this.#state === 'stalled') await this.retry().catch(() => {});
    this.#state = 'closed';
    this.#next.refuse(this.#closedError(), false);
    await this.#thread?.close();
    this.#presence.close();
  }

  #schedule(): void {
    if (this.#scheduled || this.#sent !== undefined || this.#state !== 'open' || this.#next.empty) return;
    this.#scheduled = true;
    this.#clock.defer(this.#sendLater);
  }

  #send(): void {
    if (this.#sent !== undefined || this.#next.empty) return;
    this.#sent = this.#next;
    this.#next = new FileBatch();
    (this.#thread as FileThread).commit(this.#sent.rows(this.#contents.nextNumber));
  }

  #committed(): void {
    const batch = this.#sent;
    this.#sent = undefined;
    if (this.#state === 'stalled') {
      this.#state = 'open';
      this.#error = undefined;
      this.#presence.succeeded('writes');
    }
    // First: the thread writes what has gathered while this one's callers go on.
    this.#send();
    batch?.done((job) => this.#contents.add(job));
    this.#schedule();
  }

  #stall(fault: FileFault, sure: boolean): void {
    const batch = this.#sent;
    this.#sent = undefined;
    if (this.#state === 'closed') return;
    this.#state = 'stalled';
    this.#triedAt = this.#clock.monotonic();
    const error = diskTrouble(this.path, fault);
    this.#error = error;
    this.#presence.failed('writes', { kind: String(fault.errcode), reason: `${fault.message}.` });
    batch?.refuse(error, sure);
    this.#next.refuse(error, true);
    if (batch !== undefined) this.#next.addOlder(batch);
  }

  async #retry(): Promise<void> {
    try {
      this.#thread ??= await this.#threads.openAgain(this.path, this.#listeners);
    } catch (error) {
      this.#error = error as DqFileError;
      throw error;
    }
    const kept = waitFor(this.#next);
    this.#send();
    await kept;
  }

  #closedError(): DqFileError {
    return new DqFileError(`Expected ${this.path} to be open, but it was closed.`);
  }
}

function waitFor(batch: FileBatch): Promise<void> {
  return new Promise((resolve, reject) => batch.wait({ done: resolve, failed: reject }));
}

/** Whether nothing of a transaction that failed is in the file. After an fsync that failed it may be, until another one is written over it. */
function isCertain({ errcode }: FileFault): boolean {
  return errcode === SQLITE_FULL || errcode === SQLITE_IOERR_WRITE;
}
