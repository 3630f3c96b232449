import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderInUseError } from './cluster.errors.js';
import { processIdentity } from './process-identity.js';

interface Holder {
  readonly pid: number;
  readonly identity: string;
}

/** Keeps two runs out of one data folder: two Redis servers would damage each other's append-only file. */
export class FolderLock {
  readonly #file: string;

  constructor(dir: string) {
    mkdirSync(dir, { recursive: true });
    this.#file = join(dir, 'lock.json');
  }

  /** @throws FolderInUseError when a living process holds the folder; the lock of a dead one is taken over. */
  take(): void {
    const holder = this.#holder();
    if (holder && holder.identity === processIdentity(holder.pid)) {
      throw new FolderInUseError(
        `Expected nobody in this data folder; process ${holder.pid} uses it: ${this.#file}. Wait for it, or end it.`,
      );
    }
    this.release();
    writeFileSync(this.#file, JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) }), {
      flag: 'wx',
    });
  }

  release(): void {
    rmSync(this.#file, { force: true });
  }

  #holder(): Holder | undefined {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Holder;
    } catch {
      // Nobody, or a file cut short by a crash: nobody either.
      return undefined;
    }
  }
}
