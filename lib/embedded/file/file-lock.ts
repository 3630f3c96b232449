import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { DqFileError, DqFileInUseError } from '../../core/errors/file.errors.js';
import { textOf } from '../../core/errors/shown.js';
import { processStart } from './process-start.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly start: string;
  /** Tells two takings by one process apart. */
  readonly nonce: string;
}

const ATTEMPTS = 5;

/**
 * Keeps a second process, and a second queue of this one, from a file: a small file beside it names who has it. Where its holder
 * runs no more, it is taken over: moved aside first, which only one of many can do, and looked at again there.
 */
export class FileLock {
  readonly #path: string;
  readonly #file: string;
  readonly #mine: string;

  /** @param file what is locked; the lock stands beside it */
  constructor(file: string) {
    this.#file = file;
    this.#path = `${file}.lock`;
    const start = processStart(process.pid) ?? '';
    const nonce = randomBytes(8).toString('hex');
    this.#mine = JSON.stringify({ pid: process.pid, host: hostname(), start, nonce } satisfies Holder);
  }

  /** @throws DqFileInUseError; DqFileError when the folder cannot be written */
  take(): void {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (this.#create()) return;
      const text = this.#read();
      if (text === undefined) continue;
      const holder = holderIn(text);
      if (holder !== undefined && isAlive(holder)) throw this.#inUse(holder);
      this.#clear(text);
    }
    throw this.#inUse(undefined);
  }

  /** False when somebody took it away: the file must not be written any more. */
  get held(): boolean {
    return this.#read() === this.#mine;
  }

  release(): void {
    if (this.held) rmSync(this.#path, { force: true });
  }

  #create(): boolean {
    try {
      writeFileSync(this.#path, this.#mine, { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
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
    const aside = `${this.#path}.${randomBytes(8).toString('hex')}`;
    try {
      renameSync(this.#path, aside);
    } catch {
      // Another process was faster.
      return;
    }
    const moved = readFileSync(aside, 'utf8');
    // Another process took it over between our look and our move: it is put back, unless a third is there already.
    if (moved !== stale) {
      try {
        writeFileSync(this.#path, moved, { flag: 'wx', mode: 0o600 });
      } catch {
        // The one that was moved aside sees that it does not hold it any more.
      }
    }
    rmSync(aside, { force: true });
  }

  #inUse(holder: Holder | undefined): DqFileInUseError {
    const who = holder === undefined ? 'other processes' : `process ${holder.pid} on ${holder.host}`;
    return new DqFileInUseError(
      `Expected to be the only one with ${this.#file}, but ${who} has it. Stop that one, or give each process a file of its ` +
        `own. If it runs no more, remove ${this.#path}.`,
    );
  }
}

/** Undefined for what a crash cut short. */
function holderIn(text: string): Holder | undefined {
  try {
    const { pid, host, start, nonce } = JSON.parse(text) as Partial<Holder>;
    if (typeof pid !== 'number' || typeof host !== 'string') return undefined;
    return { pid, host, start: start ?? '', nonce: nonce ?? '' };
  } catch {
    return undefined;
  }
}

/** Another machine's process cannot be seen from here: it is taken to be alive. */
function isAlive({ pid, host, start }: Holder): boolean {
  if (host !== hostname()) return true;
  const now = processStart(pid);
  return now !== undefined && (start === '' || now === '' || now === start);
}
