import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../base/cli.errors.js';
import { processIdentity } from './process-identity.js';

const FILE = /^lock-(\d+)-[0-9a-f]+$/;
/** Who came at the same moment and gives way is gone by then. */
const GIVE_WAY_MS = 2_000;
const LOOK_EVERY_MS = 10;

/**
 * Keeps two runs out of one data folder: two Redis servers would damage each other's append-only file. Each process has a lock of its own,
 * whose name tells whether it still runs, and has the folder when it sees no other living one beside it. So a lock that is deleted is a
 * dead one's: with one name for all it might be another's that has just taken its place.
 */
export class FolderLock {
  readonly #dir: string;
  readonly #own = nameOf(process.pid);

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** @throws CliError `CLUSTER_FOLDER_IN_USE` when a living process has the folder; locks of dead ones are deleted. */
  take(): void {
    mkdirSync(this.#dir, { recursive: true });
    if (!this.#write()) throw this.#inUse(this.#own);
    for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
      const other = this.#other();
      if (other === undefined) return;
      // Of two that come at the same moment one stays.
      if (other < this.#own || waitedMs >= GIVE_WAY_MS) {
        this.release();
        throw this.#inUse(other);
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
    }
  }

  release(): void {
    rmSync(join(this.#dir, this.#own), { force: true });
  }

  /** False where this process has the folder already. */
  #write(): boolean {
    try {
      writeFileSync(join(this.#dir, this.#own), '', { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** The first of the others that live. */
  #other(): string | undefined {
    const living = readdirSync(this.#dir).filter((name) => {
      const pid = FILE.exec(name)?.[1];
      if (pid === undefined || name === this.#own) return false;
      if (name === nameOf(Number(pid))) return true;
      rmSync(join(this.#dir, name), { force: true });
      return false;
    });
    return living.toSorted()[0];
  }

  #inUse(name: string): CliError {
    const pid = FILE.exec(name)?.[1];
    return new CliError(
      'CLUSTER_FOLDER_IN_USE',
      `Expected nobody in this data folder; process ${pid} uses it: ${join(this.#dir, name)}. Wait for it, or end it.`,
    );
  }
}

/** Of the lock of the process that has this pid now. */
function nameOf(pid: number): string {
  const identity = createHash('sha256')
    .update(processIdentity(pid) ?? '')
    .digest('hex');
  return `lock-${pid}-${identity.slice(0, 16)}`;
}
