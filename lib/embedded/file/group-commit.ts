import type { DqFileError } from '../../core/errors/file.errors.js';
import type { DiskFile } from './disk.js';
import type { DiskWaiter, JournalBatch } from './journal-batch.js';

interface CommitParts {
  /** Is told of an fsync that failed, and makes of it what those who wait are told. */
  readonly failed: (cause: unknown) => DqFileError;
  /** Throws when an fsync proves nothing, since the file is another's. */
  readonly confirm: () => void;
}

/**
 * Batches that were written and are to be synced: one fsync serves all that were written before it began. None is begun that
 * nobody waits for.
 */
export class GroupCommit {
  readonly #failed: (cause: unknown) => DqFileError;
  readonly #confirm: () => void;
  /** Oldest first. */
  #batches: JournalBatch[] = [];
  #running: Promise<DqFileError | undefined> | undefined;
  #held = false;
  #file: DiskFile;
  #size: number;

  /** How much of the file the disk has for certain. */
  syncedSize = 0;

  constructor(file: DiskFile, size: number, { failed, confirm }: CommitParts) {
    this.#file = file;
    this.#size = size;
    this.#failed = failed;
    this.#confirm = confirm;
  }

  /** Resolves when no fsync of now runs any more: to its error, if it failed. */
  get running(): Promise<DqFileError | undefined> {
    return this.#running ?? Promise.resolve(undefined);
  }

  /** Resolves when none runs any more, nor one that followed it for what was written meanwhile. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Tells the waiter when the disk has all that was written so far. */
  wait(waiter: DiskWaiter): void {
    const last = this.#batches.at(-1);
    if (last === undefined) {
      // What is being synced just now is in no batch any more.
      void this.running.then((error) => (error === undefined ? waiter.done() : waiter.failed(error, false)));
      return;
    }
    last.onSynced(waiter);
    this.sync();
  }

  /** A batch was written; the file ends there. */
  written(batch: JournalBatch, size: number): void {
    this.#batches.push(batch);
    this.#size = size;
    this.sync();
  }

  /** Begins an fsync, unless one runs or nobody waits. */
  sync(): void {
    if (this.#running !== undefined || this.#held || !this.#batches.some(({ wantsSync }) => wantsSync)) return;
    this.#running = this.#sync().finally(() => {
      this.#running = undefined;
      this.sync();
    });
  }

  /** Begins none until `goOn`. */
  hold(): void {
    this.#held = true;
  }

  goOn(): void {
    this.#held = false;
    this.sync();
  }

  /** All that was written is in another file now, and the disk has that one. */
  moved(file: DiskFile, size: number): void {
    this.#file = file;
    this.#size = size;
    this.syncedSize = size;
    for (const batch of this.#batches.splice(0)) batch.synced();
  }

  /** Tells all who wait that it is not known what the disk has. */
  fail(error: DqFileError): void {
    for (const batch of this.#batches.splice(0)) batch.fail(error, false);
  }

  async #sync(): Promise<DqFileError | undefined> {
    const batches = this.#batches;
    const size = this.#size;
    this.#batches = [];
    try {
      await this.#file.sync();
      this.#confirm();
    } catch (cause) {
      const error = this.#failed(cause);
      for (const batch of batches) batch.fail(error, false);
      // What was written meanwhile is no safer.
      this.fail(error);
      return error;
    }
    this.syncedSize = size;
    for (const batch of batches) batch.synced();
    return undefined;
  }
}
