import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../core/base/clock.js';
import { DqFileError } from '../../core/errors/file.errors.js';
import { textOf } from '../../core/errors/shown.js';
import type { Report } from '../../core/base/events.js';
import { Presence } from '../../core/base/presence.js';
import type { Disk } from './disk.js';
import type { FileContents } from './file-contents.js';
import { FileLock, type LockParts } from './file-lock.js';
import { FileWriter } from './file-writer.js';
import type { DiskWaiter } from './journal-batch.js';
import { Journal } from './journal.js';
import type { JournalOwner, RewrittenFile } from './journal-owner.js';
import { loadFile } from './load-file.js';
import { SILENT_AFTER_MS } from './lock-watch.js';
import { realPath } from './real-path.js';
import { type FileJob, jobLine } from './record.js';
import { Rewriting } from './rewriting.js';

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
 * **Whose it is.** Its {@link FileLock} says. One that was taken from a process which was silent, and may only have stood still, is
 * copied at the start: what that process wrote before it lost the lock is in the copy, and what it writes later is nowhere. It
 * asks for its lock after each write and fsync, so it tells nobody of the latter, begins no job, and is as with a disk that refuses.
 * Only handlers that it was running go on beside their next attempt.
 *
 * {@link Rewriting} keeps it small.
 */
export class QueueFile implements JournalOwner {
  readonly path: string;
  readonly #contents: FileContents;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #disk: Disk;
  readonly #leastBytes: number | undefined;
  readonly #lockParts: LockParts | undefined;
  #lock: FileLock | undefined;
  #journal: Journal | undefined;
  #rewriting: Rewriting | undefined;
  readonly #presence: Presence;
  #closed = false;

  constructor(
    path: string,
    contents: FileContents,
    parts: {
      readonly clock: Clock;
      readonly report: Report;
      readonly disk: Disk;
      readonly leastBytes?: number;
      readonly lock?: LockParts;
    },
  ) {
    this.path = path;
    this.#contents = contents;
    this.#clock = parts.clock;
    this.#report = parts.report;
    this.#disk = parts.disk;
    this.#leastBytes = parts.leastBytes;
    this.#lockParts = parts.lock;
    this.#presence = new Presence(parts.clock, 'all', {
      lost: (reason) => this.#report({ type: 'file-lost', file: path, reason }),
      back: (awayMs, losses) =>
        this.#report({ type: 'file-back', file: path, awayMs, ...(losses > 1 ? { losses } : undefined) }),
    });
  }

  /** Whether the disk takes what is written. */
  get up(): boolean {
    return !this.#presence.lost;
  }

  /**
   * Reads the file the first time. Blocks meanwhile, also while it watches a lock.
   * @throws DqFileError, DqFileInUseError, DqFileDamagedError
   */
  open(): Journal {
    if (this.#journal !== undefined) return this.#journal;
    if (this.#closed) throw new DqFileError(`Expected ${this.path} to be open, but it was closed.`);
    const lock = this.#lockOf(this.#realPath());
    const shared = lock.take((who) => {
      const seconds = SILENT_AFTER_MS / 1000;
      this.#warn(
        `${who} had it last, and cannot be seen from here. It is taken over if that one gives no sign of life for ${seconds} s.`,
      );
    });
    try {
      const whole = loadFile(lock.file, lock.newFile, {
        disk: this.#disk,
        contents: this.#contents,
        shared,
        onPart: () => lock.beat(),
        warn: (reason) => this.#warn(reason),
      });
      this.#journal = new Journal(lock.file, whole, this.#clock, this);
      this.#rewriting = new Rewriting(this.#journal, this.#contents, {
        leastBytes: this.#leastBytes,
        confirm: () => this.confirm(),
        openWriter: (confirm) => new FileWriter(this.#disk, lock.file, lock.newFile, confirm),
        warn: (reason) => this.#warn(reason),
      });
    } catch (error) {
      lock.release();
      throw error;
    }
    return this.#journal;
  }

  /** Asks for a job to be kept, and puts it into the node when the disk has it. Returns its number. */
  put(job: Omit<FileJob, 'id'>, waiter: DiskWaiter): number {
    const kept: FileJob = { id: this.#contents.takeNumber(), ...job };
    const journal = this.open();
    let line: string;
    try {
      line = jobLine(kept);
    } catch (cause) {
      const error = new DqFileError(`Expected a job that a line of ${this.path} can hold, got: ${textOf(cause)}.`, {
        cause,
      });
      this.#clock.defer(() => waiter.failed(error, true));
      return kept.id;
    }
    journal.put(line, {
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
    await this.#rewriting?.idle;
    await this.#journal?.close();
    this.#presence.close();
    this.#lock?.release();
  }

  confirm(): void {
    this.#lock?.check();
  }

  lost(error: DqFileError): void {
    const code = (error.cause as Partial<NodeJS.ErrnoException> | undefined)?.code;
    this.#presence.failed('writes', { kind: code ?? error.code, reason: `${textOf(error.cause)}.` });
  }

  back(): void {
    this.#presence.succeeded('writes');
  }

  written(): void {
    if (!this.#closed) this.#rewriting?.consider();
  }

  rewrite(): Promise<RewrittenFile> {
    return (this.#rewriting as Rewriting).all();
  }

  #lockOf(file: string): FileLock {
    if (this.#lock?.file !== file) this.#lock = new FileLock(file, this.#clock, this.#lockParts);
    return this.#lock;
  }

  #realPath(): string {
    try {
      const path = realPath(this.path);
      // Before a lock is made beside the folder, where it may not be allowed.
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
    } catch (error) {
      throw new DqFileError(
        `Expected ${this.path} to be a file, or a new one in a folder that is there, got: ${textOf(error)}. Make the folder, or give ` +
          'this process the right to read it.',
        { cause: error },
      );
    }
    throw new DqFileError(
      `Expected ${this.path} to be a file, or a new one, got a folder. Name a file in it, such as ${join(this.path, 'jobs')}.`,
    );
  }

  #warn(reason: string): void {
    this.#report({ type: 'file-warning', file: this.path, reason });
  }
}
