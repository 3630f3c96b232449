import type { DqFileError } from '../../core/errors/file.errors.js';
import { JournalBatch } from './journal-batch.js';

/** A batch that has so much takes no more: what one turn asks for can be more than a string holds. */
const FULL_CHARS = 8_388_608;

/** Lines that wait to be written, in batches: each is written as one. Oldest first. */
export class Gathering {
  readonly #batches: JournalBatch[] = [];
  /** The one that is being written. */
  #taken: JournalBatch | undefined;

  get empty(): boolean {
    return this.#batches.length === 0;
  }

  /** Who waits for it waits for all that was added; undefined when all is written. */
  get last(): JournalBatch | undefined {
    return this.#batches.at(-1) ?? this.#taken;
  }

  /** The batch that the next line belongs to. */
  next(): JournalBatch {
    const last = this.#batches.at(-1);
    if (last !== undefined && last.chars < FULL_CHARS) return last;
    const batch = new JournalBatch();
    this.#batches.push(batch);
    return batch;
  }

  /** The oldest one, to be written; it takes no more lines. Either `done` or `giveBack` follows. */
  take(): JournalBatch | undefined {
    this.#taken = this.#batches.shift();
    return this.#taken;
  }

  done(): void {
    this.#taken = undefined;
  }

  giveBack(batch: JournalBatch): void {
    this.#taken = undefined;
    if (!batch.empty) this.#batches.unshift(batch);
  }

  /** Takes back all jobs; see {@link JournalBatch.refuse}. */
  refuse(error: DqFileError): void {
    for (const batch of this.#batches.splice(0)) {
      batch.refuse(error, true);
      if (!batch.empty) this.#batches.push(batch);
    }
  }

  /** Tells all who wait that it is not known. */
  fail(error: DqFileError): void {
    for (const batch of this.#batches) batch.fail(error, false);
  }
}
