// @ts-check
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processIdentity } from './process-identity.mjs';

/** Keeps two runs out of one data folder: two Redis servers would damage each other's append-only file. */
export class FolderLock {
  #file;

  /** @param {string} dir */
  constructor(dir) {
    mkdirSync(dir, { recursive: true });
    this.#file = join(dir, 'lock.json');
  }

  /** Throws when a living process holds the folder; the lock of a dead one is taken over. */
  take() {
    const holder = this.#holder();
    if (holder && holder.identity === processIdentity(holder.pid)) {
      throw new Error(`expected nobody in this data folder; process ${holder.pid} uses it: ${this.#file}`);
    }
    this.release();
    const mine = { pid: process.pid, identity: processIdentity(process.pid) };
    writeFileSync(this.#file, JSON.stringify(mine), { flag: 'wx' });
  }

  release() {
    rmSync(this.#file, { force: true });
  }

  /** @returns {{ pid: number, identity: string } | undefined} */
  #holder() {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8'));
    } catch {
      // Nobody, or a file cut short by a crash: nobody either.
      return undefined;
    }
  }
}
