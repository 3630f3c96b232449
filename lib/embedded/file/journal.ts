import type { Clock } from '../../core/base/clock.js';
import { DqFileError } from '../../core/errors/file.errors.js';
import type { DiskFile } from './disk.js';
import { frameOf } from './frame.js';
import { Gathering } from './gathering.js';
import { GroupCommit } from './group-commit.js';
import type { DiskWaiter, JournalBatch } from './journal-batch.js';
import { diskTrouble, type JournalOwner, type RewrittenFile } from './journal-owner.js';

const RETRY_AFTER_MS = 100;

/**
 * The append-only file. Lines gather in batches while the disk is busy; a batch is written as one frame, and one fsync serves all
 * that was written before it began (group commit). Before a write, and before anybody is told of one, the owner is asked whether
 * the file is still ours; if it is not, that is as if the disk refused. It is
 *
 * - **open**: batches are written one after the other, and synced when somebody waits for that. Writing goes on during an fsync.
 * - **paused**: what comes gathers; a rewrite copies the last frames and puts its file in the place of this one. Back to open.
 * - **stalled**, once a write or an fsync failed. Jobs that were not written are taken back and their callers told; half a
 *   frame is cut off again. All other lines are kept, in order, for they tell of what has happened in memory. Nothing new is
 *   accepted. `retry` writes the kept lines; when an fsync had failed, all that was written before is in doubt (the system forgets
 *   pages that it could not write), so it writes everything into a new file instead. If that works: open.
 * - **closed**, at the end.
 */
export class Journal {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #owner: JournalOwner;
  readonly #writeLater = (): void => void this.#writeAll();
  #file: DiskFile;
  #size: number;
  #records: number;
  readonly #commit: GroupCommit;
  readonly #gathering = new Gathering();
  #state: 'open' | 'paused' | 'stalled' | 'closed' = 'open';
  #writing: Promise<void> | undefined;
  #scheduled = false;
  #error: DqFileError | undefined;
  /** The file itself cannot be trusted any more. */
  #doubtful = false;
  #retrying: Promise<void> | undefined;
  #triedAt = -Infinity;

  /** All that is in the file is on the disk. */
  constructor(path: string, { file, size, records }: RewrittenFile, clock: Clock, owner: JournalOwner) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
    this.#records = records;
    this.#commit = new GroupCommit(file, size, {
      failed: (cause) => this.#stall(cause, true),
      confirm: () => owner.confirm(),
    });
    this.#clock = clock;
    this.#owner = owner;
  }

  /** What is written of it so far. */
  get extent(): RewrittenFile {
    return { file: this.#file, size: this.#size, records: this.#records };
  }

  /** Whether nothing may be begun that relies on this file. */
  get stopped(): boolean {
    return this.#state === 'stalled' || this.#state === 'closed';
  }

  /** Why nothing is accepted now; undefined when it is. Asks the disk again every now and then. */
  get trouble(): DqFileError | undefined {
    if (this.#state === 'closed') return new DqFileError(`Expected ${this.#path} to be open, but it was closed.`);
    if (this.#state === 'stalled' && this.#clock.monotonic() - this.#triedAt >= RETRY_AFTER_MS)
      this.retry().catch(() => {});
    return this.#error;
  }

  /** Tells what has happened in memory; it stays in order, and is written whatever fails on the way. */
  append(line: string): void {
    if (this.#state === 'closed') return;
    this.#gathering.next().add(line);
    this.#schedule();
  }

  /** Asks for a job to be kept. `waiter` hears when the disk has it, or that it was not taken. */
  put(line: string, waiter: DiskWaiter): void {
    const { trouble } = this;
    if (trouble !== undefined) {
      this.#clock.defer(() => waiter.failed(trouble, true));
      return;
    }
    this.#gathering.next().addPut(line, waiter);
    this.#schedule();
  }

  /** Resolves when all that was appended so far outlives this process; rejects with DqFileError when that is not known. */
  written(): Promise<void> {
    return this.#outcome((waiter, last) => {
      if (last === undefined) waiter.done();
      else last.onWritten(waiter);
    });
  }

  /** Resolves when the disk has all that was appended so far; rejects with DqFileError when that is not known. */
  synced(): Promise<void> {
    return this.#outcome((waiter, last) => {
      if (last === undefined) this.#commit.wait(waiter);
      else last.onSynced(waiter);
    });
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

  /** Stops writing, so that the file can be replaced. False when it is not open. */
  async pause(): Promise<boolean> {
    if (this.#state !== 'open') return false;
    this.#state = 'paused';
    this.#commit.hold();
    await this.#writing;
    await this.#commit.running;
    return this.#is('paused');
  }

  /** Goes on after a pause, in `next` if it is given: a file that has all that this one had, and that the disk has. */
  async resume(next?: RewrittenFile): Promise<void> {
    if (next !== undefined) await this.#replace(next);
    if (!this.#is('paused')) return;
    this.#state = 'open';
    this.#commit.goOn();
    this.#schedule();
  }

  /** A file was put in this one's place, and the disk may not know of it. */
  doubt(cause: unknown): void {
    this.#stall(cause, true);
  }

  /** Writes and syncs what is left. Never rejects: nobody was told that it is kept. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const stalled = this.#state === 'stalled';
    if (stalled) await this.retry().catch(() => {});
    else {
      await this.#writing;
      await this.#writeAll();
    }
    await this.#commit.idle();
    if (!stalled) {
      const synced = this.#file.sync().then(() => this.#owner.confirm());
      await synced.catch((error: unknown) => void this.#stall(error, true));
      // So that a file that was closed in order shows all damage.
      if (this.#is('open')) await this.#file.write(frameOf('', this.#size), this.#size).catch(() => {});
    }
    this.#state = 'closed';
    const closed = this.trouble as DqFileError;
    this.#commit.fail(closed);
    this.#gathering.fail(closed);
    await this.#file.close().catch(() => {});
  }

  /** For the compiler, which does not know that a state may change during an await. */
  #is(state: string): boolean {
    return this.#state === state;
  }

  /** Gives the batch that is written last; undefined when all is written. */
  #outcome(wait: (waiter: DiskWaiter, last: JournalBatch | undefined) => void): Promise<void> {
    const { trouble } = this;
    if (trouble !== undefined) return Promise.reject(trouble);
    return new Promise((resolve, reject) => {
      wait({ done: resolve, failed: reject }, this.#gathering.last);
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#writing !== undefined || this.#state !== 'open' || this.#gathering.empty) return;
    this.#scheduled = true;
    this.#clock.defer(this.#writeLater);
  }

  #writeAll(): Promise<void> {
    this.#scheduled = false;
    this.#writing ??= this.#writeBatches().finally(() => {
      this.#writing = undefined;
      this.#schedule();
    });
    return this.#writing;
  }

  async #writeBatches(): Promise<void> {
    while (this.#state === 'open') {
      const batch = this.#gathering.take();
      if (batch === undefined) return;
      try {
        await this.#write(batch);
      } catch (error) {
        await this.#writeFailed(batch, error);
        return;
      }
      this.#gathering.done();
      batch.written();
      this.#commit.written(batch, this.#size);
      this.#owner.written();
    }
  }

  async #write(batch: JournalBatch): Promise<void> {
    this.#owner.confirm();
    const frame = frameOf(batch.text(), this.#commit.syncedSize);
    await this.#file.write(frame, this.#size);
    this.#owner.confirm();
    this.#size += frame.length;
    this.#records += batch.lines;
  }

  async #writeFailed(batch: JournalBatch, cause: unknown): Promise<void> {
    const error = this.#stall(cause, false);
    try {
      // What may be another's by now must not be cut off.
      this.#owner.confirm();
      await this.#file.truncate(this.#size);
    } catch {
      this.#doubtful = true;
    }
    batch.refuse(error, !this.#doubtful);
    this.#gathering.refuse(error);
    // Whoever appended meanwhile must not come before what failed.
    this.#gathering.giveBack(batch);
  }

  #stall(cause: unknown, doubtful: boolean): DqFileError {
    this.#doubtful ||= doubtful;
    // An fsync after one that failed proves nothing.
    if (doubtful) this.#commit.hold();
    this.#state = 'stalled';
    this.#triedAt = this.#clock.monotonic();
    if (this.#error !== undefined) return this.#error;
    this.#error = diskTrouble(this.#path, cause);
    this.#owner.lost(this.#error);
    return this.#error;
  }

  async #retry(): Promise<void> {
    await this.#writing;
    await this.#commit.running;
    try {
      this.#owner.confirm();
      if (this.#doubtful) {
        // Jobs in these are not in memory yet, so a rewrite would not have them.
        this.#commit.fail(this.#error as DqFileError);
        await this.#replace(await this.#owner.rewrite());
      }
      await this.#writeKept();
    } catch (error) {
      this.#error = diskTrouble(this.#path, error);
      throw this.#error;
    }
    this.#doubtful = false;
    this.#error = undefined;
    this.#state = 'open';
    this.#owner.back();
    this.#commit.goOn();
    this.#schedule();
  }

  /** Lines that were kept, also those that a rewrite has in another form: they say the same again. */
  async #writeKept(): Promise<void> {
    await this.#file.truncate(this.#size);
    for (let batch = this.#gathering.take(); batch !== undefined; batch = this.#gathering.take()) {
      try {
        await this.#write(batch);
        await this.#file.sync().catch((error: unknown) => {
          this.#doubtful = true;
          throw error;
        });
      } catch (error) {
        this.#gathering.giveBack(batch);
        throw error;
      }
      this.#gathering.done();
      this.#commit.syncedSize = this.#size;
    }
  }

  async #replace({ file, size, records }: RewrittenFile): Promise<void> {
    const old = this.#file;
    this.#file = file;
    this.#size = size;
    this.#records = records;
    this.#commit.moved(file, size);
    await old.close().catch(() => {});
  }
}
