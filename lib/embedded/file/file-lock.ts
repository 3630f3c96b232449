import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import type { Clock, Timer } from '../../core/base/clock.js';
import { DqFileError, DqFileInUseError } from '../../core/errors/file.errors.js';
import { textOf } from '../../core/errors/shown.js';
import { holderIn, type LockHolder, runs, sees, thisHolder } from './lock-holder.js';
import { LockWatch } from './lock-watch.js';
import { newFileOf } from './new-file.js';
import { makeWhole, putWhole } from './whole-file.js';

const ATTEMPTS = 5;
const BEAT_MS = 2_000;

/** What a test may put in place. */
export interface LockParts {
  /** Which processes can be seen from here. */
  readonly place?: string;
  /** Blocks for so many milliseconds. */
  readonly sleep?: (ms: number) => void;
}

/**
 * Keeps a second process, and a second queue of this one, from a file: a small file beside it names who has it. Where its holder
 * runs no more, it is taken over: moved aside first, which only one of many can do, and looked at again there.
 *
 * A holder on this system, in the same namespace of pids, is looked up by its pid. Of any other, and of one that cannot be read, the
 * pid says nothing: every holder touches its lock every two seconds, and who touches it no more for ten is taken to be dead.
 * Since that one may only have stood still, a holder asks {@link check} before it writes, and before it tells what it has written.
 */
export class FileLock {
  /** What is locked. */
  readonly file: string;
  /** Where this holder may write it anew. */
  readonly newFile: string;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #holder: LockHolder;
  readonly #mine: string;
  readonly #watch: LockWatch;
  #beatAt = 0;
  #beat: Timer | undefined;

  /** @param file what is locked, by its real path; the lock stands beside it */
  constructor(file: string, clock: Clock, { place, sleep }: LockParts = {}) {
    this.file = file;
    this.#path = `${file}.lock`;
    this.#clock = clock;
    this.#holder = thisHolder(place);
    this.newFile = newFileOf(file, this.#holder.nonce);
    this.#mine = JSON.stringify(this.#holder);
    this.#watch = new LockWatch(this.#path, clock, sleep);
  }

  /**
   * Blocks for up to ten seconds, after a call of `onWatch`, where the holder cannot be seen from here. True when such a one was
   * silent, and may come back.
   * @throws DqFileInUseError; DqFileError when the folder cannot be written
   */
  take(onWatch: (who: string) => void = () => {}): boolean {
    let silent = false;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (this.#create()) {
        this.#beatLater();
        return silent;
      }
      const text = this.#read();
      if (text === undefined) continue;
      const holder = holderIn(text);
      if (holder !== undefined && sees(this.#holder, holder)) {
        if (runs(holder)) throw this.#inUse(holder);
      } else {
        if (this.#watch.justMoved) throw this.#inUse(holder);
        onWatch(nameOf(holder));
        if (!this.#watch.isSilent()) throw this.#inUse(holder);
        silent = true;
      }
      this.#clear(text);
    }
    throw this.#inUse(undefined);
  }

  /** False when somebody took it away: the file must not be written any more. */
  get held(): boolean {
    return this.#read() === this.#mine;
  }

  /** @throws DqFileError when it is not ours any more; the system's own error where that cannot be told */
  check(): void {
    let text: string | undefined;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    if (text === this.#mine) return;
    const cause = new Error(text === undefined ? 'its lock was removed' : 'another process has taken its lock');
    throw new DqFileError(
      `Expected ${this.#path} to be ours, but ${cause.message}. This process writes, schedules and starts nothing any more: stop it, ` +
        'and start it again when no other one has the file.',
      { cause },
    );
  }

  /** To be called now and then by work that blocks: its timer cannot run then. */
  beat(): void {
    if (this.#clock.monotonic() - this.#beatAt >= BEAT_MS) this.#touch();
  }

  release(): void {
    this.#beat?.cancel();
    this.#beat = undefined;
    if (this.held) rmSync(this.#path, { force: true });
  }

  #beatLater(): void {
    this.#beatAt = this.#clock.monotonic();
    this.#beat = this.#clock.after(BEAT_MS, () => {
      this.#touch();
      this.#beatLater();
    });
  }

  #touch(): void {
    this.#beatAt = this.#clock.monotonic();
    const now = this.#clock.now() / 1000;
    try {
      if (this.held) utimesSync(this.#path, now, now);
    } catch {
      // A disk that refuses this refuses the journal too, which tells.
    }
  }

  #create(): boolean {
    try {
      return makeWhole(this.#path, this.#aside(), this.#mine);
    } catch (error) {
      throw new DqFileError(
        `Expected a folder in which ${this.#path} can be made, got: ${textOf(error)}. Make the folder, or give this process ` +
          'the right to write there.',
        { cause: error },
      );
    }
  }

  #read(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch {
      return undefined;
    }
  }

  #clear(stale: string): void {
    if (this.#read() !== stale) return;
    const aside = this.#aside();
    try {
      renameSync(this.#path, aside);
    } catch {
      // Another process was faster.
      return;
    }
    try {
      const moved = readFileSync(aside, 'utf8');
      // Another process took it over between our look and our move: it is put back. Where a third is there already, the one that
      // was moved aside sees that it does not hold it any more.
      if (moved !== stale) putWhole(this.#path, aside, moved);
    } finally {
      rmSync(aside, { force: true });
    }
  }

  #aside(): string {
    return `${this.#path}.${randomBytes(8).toString('hex')}`;
  }

  #inUse(holder: LockHolder | undefined): DqFileInUseError {
    if (holder !== undefined && holder.pid === this.#holder.pid && sees(this.#holder, holder)) return this.#ownUse();
    return new DqFileInUseError(
      `Expected to be the only one with ${this.file}, but ${nameOf(holder)} has it. Stop that one, or give each process a file of ` +
        `its own. If it runs no more, remove ${this.#path}.`,
    );
  }

  /** Whose removal would take the file from under this very process; only where no start is told may the pid be an earlier one's. */
  #ownUse(): DqFileInUseError {
    const leftover = this.#holder.start === '' ? ` If it has not, remove ${this.#path}.` : '';
    return new DqFileInUseError(
      `Expected to be the only one with ${this.file}, but this process has it open already. Was another application with it not ` +
        `closed? Close that one first, or give each a file of its own.${leftover}`,
    );
  }
}

function nameOf(holder: LockHolder | undefined): string {
  return holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
}
