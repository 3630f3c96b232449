import type { Clock } from '../../core/clock.js';
import { DqError } from '../../core/errors/dq.error.js';
import { DqFileError } from '../../core/errors/file.errors.js';
import { textOf } from '../../core/errors/shown.js';
import type { Report } from '../../core/events.js';
import type { Disk, DiskFile } from './disk.js';
import type { FileContents } from './file-contents.js';
import { FileLock } from './file-lock.js';
import { FileReader } from './file-reader.js';
import { FileWriter } from './file-writer.js';
import { frameOf } from './frame.js';
import type { DiskWaiter } from './journal-batch.js';
import { Journal } from './journal.js';
import { diskTrouble, type JournalOwner, type RewrittenFile } from './journal-owner.js';
import { type FileJob, fileLine, jobLine } from './record.js';

/** A smaller file is not worth a rewrite. */
const LEAST_BYTES = 4_194_304;
/** Rewritten when it has so many lines for each that counts. */
const LINES_PER_LIVE = 3;
/** So much may be left to copy while nothing else is written. */
const LAST_COPY_BYTES = 1_048_576;
const MOST_COPIES = 8;

/**
 * The file that keeps an embedded queue.
 *
 * **What is in it.** Each line sets something: a job as it was put, a job's new state, a job's end, a claim, an admission. Reading all
 * lines in order gives the state; the later line of a job or a claim counts. Memory is what is worked with, the file is only read at
 * the start.
 *
 * **What waits for the disk.** A job is written and synced before it is put into the node in memory, and only then does `delay()`
 * resolve: nobody runs what the disk does not have. An outcome, a revoke and a decision on a dead letter are made in memory at
 * once, and told to the caller when the disk has them; a copy is deleted only after that, so the end of a job comes behind its
 * outcome in the file. That a run began is written, but not synced, before its handler starts: it outlives the process, so a job
 * that kills its process uses up its attempts. Deletes, releases, renewals and accounts wait for nothing.
 *
 * **What a kill may lose.** A prefix of the file is always left. kill -9 loses what was not written yet; a loss of power, also what
 * was not synced. Neither was acknowledged, but for the beginning of runs, in a loss of power. So what is lost leads to this only: a
 * job is there that nobody was told of, or a job runs again whose outcome was not acknowledged, or with an attempt not counted, or
 * a copy comes back that meets a claim which is over. A job that was acknowledged is never lost.
 *
 * **At the start.** A torn end is cut off and reported. Jobs whose time has passed are ready at once. Of jobs that were running the
 * lease is taken to be over, since the only process that could hold it is dead: they are orphans, and run again as the next attempt,
 * one at a time as the core does it.
 *
 * **Rewriting.** When most lines do not count any more, everything that does is written into a new file beside this one, then all that
 * was appended meanwhile is copied behind it, then it takes this one's place. Lines set things, so it does no harm that some say again
 * what the new file has already.
 */
export class QueueFile implements JournalOwner {
  readonly path: string;
  readonly #contents: FileContents;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #disk: Disk;
  readonly #leastBytes: number;
  readonly #lock: FileLock;
  #journal: Journal | undefined;
  #rewriting: Promise<void> | undefined;
  /** No rewrite below this: the last one failed. */
  #notBelow = 0;
  #lostAt = 0;
  #closed = false;

  constructor(
    path: string,
    contents: FileContents,
    parts: { readonly clock: Clock; readonly report: Report; readonly disk: Disk; readonly leastBytes?: number },
  ) {
    this.path = path;
    this.#contents = contents;
    this.#clock = parts.clock;
    this.#report = parts.report;
    this.#disk = parts.disk;
    this.#leastBytes = parts.leastBytes ?? LEAST_BYTES;
    this.#lock = new FileLock(path);
  }

  /** Reads the file the first time. @throws DqFileError, DqFileInUseError, DqFileDamagedError */
  open(): Journal {
    if (this.#journal !== undefined) return this.#journal;
    if (this.#closed) throw new DqFileError(`Expected ${this.path} to be open, but it was closed.`);
    this.#lock.take();
    try {
      this.#journal = this.#load();
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    return this.#journal;
  }

  /** Asks for a job to be kept, and puts it into the node when the disk has it. Returns its number. */
  put(job: Omit<FileJob, 'id'>, waiter: DiskWaiter): number {
    const kept: FileJob = { id: this.#contents.takeNumber(), ...job };
    this.open().put(jobLine(kept), {
      done: () => {
        this.#contents.add(kept);
        waiter.done();
      },
      failed: (error, sure) => waiter.failed(error, sure),
    });
    return kept.id;
  }

  /** Tells what has happened in memory. */
  append(line: string): void {
    this.#journal?.append(line);
  }

  /** Writes what is left, and lets others have the file. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#rewriting;
    await this.#journal?.close();
    if (this.#journal !== undefined) this.#lock.release();
  }

  lost(error: DqFileError): void {
    this.#lostAt = this.#clock.monotonic();
    this.#report({ type: 'file-lost', file: this.path, reason: `${textOf(error.cause)}.` });
  }

  back(): void {
    const awayMs = Math.round(this.#clock.monotonic() - this.#lostAt);
    this.#report({ type: 'file-back', file: this.path, awayMs });
  }

  written(): void {
    const journal = this.#journal as Journal;
    if (this.#rewriting !== undefined || this.#closed) return;
    if (journal.size < Math.max(this.#leastBytes, this.#notBelow)) return;
    if (journal.records < LINES_PER_LIVE * this.#contents.size) return;
    this.#rewriting = this.#rewrite(journal).finally(() => {
      this.#rewriting = undefined;
    });
  }

  async rewrite(): Promise<RewrittenFile> {
    const writer = new FileWriter(this.#disk, this.path);
    try {
      await writer.write(this.#contents.lines());
      this.#checkLock();
      return await writer.finish();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  }

  #load(): Journal {
    let file: DiskFile;
    try {
      file = this.#disk.open(this.path);
    } catch (error) {
      throw new DqFileError(
        `Expected a file that can be opened or made, got: ${textOf(error)}. Make its folder, or give this process the right to ` +
          'read and write it.',
        { cause: error },
      );
    }
    try {
      const { tell, loaded } = this.#contents.loading();
      const { torn, ...read } = new FileReader(this.path, file).read(tell);
      let good = read;
      if (torn > 0) {
        file.truncateNow(good.size);
        this.#report({
          type: 'file-warning',
          file: this.path,
          reason: `its last ${torn} bytes were unfinished and have been cut off. Nothing in them had been acknowledged.`,
        });
      }
      if (good.size === 0) {
        const head = frameOf(fileLine(), 0);
        file.writeNow(head, 0);
        this.#disk.syncFolderNow(this.path);
        good = { size: head.length, records: 1 };
      }
      loaded();
      return new Journal(this.path, file, good, this.#clock, this);
    } catch (error) {
      file.closeNow();
      throw error instanceof DqError ? error : diskTrouble(this.path, error);
    }
  }

  async #rewrite(journal: Journal): Promise<void> {
    const { size, records } = journal;
    let writer: FileWriter | undefined;
    let paused = false;
    let next: RewrittenFile | undefined;
    try {
      writer = new FileWriter(this.#disk, this.path);
      // Jobs written before this are in memory then; all that comes behind is copied.
      await journal.synced();
      await writer.write(this.#contents.lines());
      let copied = { size, records };
      for (let round = 0; round < MOST_COPIES && journal.size - copied.size > LAST_COPY_BYTES; round++) {
        copied = await copyFrom(journal, copied, writer);
      }
      await writer.sync();
      paused = await journal.pause();
      if (!paused) throw journal.trouble ?? new Error('the file is not open');
      await copyFrom(journal, copied, writer);
      this.#checkLock();
      next = await writer.finish((file) => {
        next = file;
      });
      this.#notBelow = 0;
    } catch (error) {
      if (next === undefined) await writer?.abandon();
      this.#notBelow = 2 * journal.size;
      if (journal.trouble === undefined) {
        const reason = `it could not be rewritten without what is over (${textOf(error)}), and goes on growing. Is there room for a copy of it?`;
        this.#report({ type: 'file-warning', file: this.path, reason });
      }
      if (next !== undefined) journal.doubt(error);
    } finally {
      if (paused) await journal.resume(next);
    }
  }

  /** Somebody may have removed the lock by hand: then the file is another's. */
  #checkLock(): void {
    if (this.#lock.held) return;
    throw new DqFileError(`Expected ${this.path}.lock to be ours, but another process has it. Stop one of the two.`);
  }
}

interface Part {
  readonly size: number;
  readonly records: number;
}

async function copyFrom(journal: Journal, from: Part, writer: FileWriter): Promise<Part> {
  const { file, size, records } = journal;
  await writer.copy(file, from.size, size, records - from.records);
  return { size, records };
}
