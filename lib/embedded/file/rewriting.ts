import { textOf } from '../../core/errors/shown.js';
import type { FileContents } from './file-contents.js';
import type { FileWriter } from './file-writer.js';
import type { Journal } from './journal.js';
import type { RewrittenFile } from './journal-owner.js';

/** A smaller file is not worth a rewrite. */
const LEAST_BYTES = 4_194_304;
/** Rewritten when it has so many lines for each that counts. */
const LINES_PER_LIVE = 3;
/** So much may be left to copy while nothing else is written. */
const LAST_COPY_BYTES = 1_048_576;
const MOST_COPIES = 8;

export interface RewritingParts {
  readonly leastBytes: number | undefined;
  /** Throws when the file is not ours any more. */
  readonly confirm: () => void;
  readonly openWriter: (confirm: () => void) => FileWriter;
  /** Told why the file goes on growing. */
  readonly warn: (reason: string) => void;
}

interface Part {
  readonly size: number;
  readonly records: number;
}

/**
 * Keeps a file small. When most lines do not count any more, everything that does is written into a new file beside it, then all that
 * was appended meanwhile is copied behind it, then it takes the old one's place. Lines set things, so it does no harm that some say again
 * what the new file has already. There is one new file at a time. Its name is its holder's own, and who takes the file over removes it:
 * a holder that stood still cannot put it in place any more.
 */
export class Rewriting {
  readonly #journal: Journal;
  readonly #contents: FileContents;
  readonly #parts: RewritingParts;
  readonly #leastBytes: number;
  #running: Promise<void> | undefined;
  /** None below this: the last one failed. */
  #notBelow = 0;

  constructor(journal: Journal, contents: FileContents, parts: RewritingParts) {
    this.#journal = journal;
    this.#contents = contents;
    this.#parts = parts;
    this.#leastBytes = parts.leastBytes ?? LEAST_BYTES;
  }

  /** Resolves when none is under way. */
  get idle(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** Begins one, unless one is under way, or the file is worth none. */
  consider(): void {
    if (this.#running !== undefined || this.#journal.stopped) return;
    const { size, records } = this.#journal.extent;
    if (size < Math.max(this.#leastBytes, this.#notBelow)) return;
    if (records < LINES_PER_LIVE * this.#contents.size) return;
    this.#running = this.#rewrite().finally(() => {
      this.#running = undefined;
    });
  }

  /** For a journal that has stopped: writes all that is remembered, and resolves to that, when the disk has it. */
  async all(): Promise<RewrittenFile> {
    // One that is under way has the same new file. It stops, since the journal has.
    await this.#running;
    const writer = this.#parts.openWriter(this.#parts.confirm);
    try {
      await writer.write(this.#contents.lines());
      return await writer.finish();
    } catch (error) {
      await writer.abandon();
      throw error;
    }
  }

  async #rewrite(): Promise<void> {
    const journal = this.#journal;
    const { size, records } = journal.extent;
    let writer: FileWriter | undefined;
    let paused = false;
    let next: RewrittenFile | undefined;
    try {
      writer = this.#parts.openWriter(() => {
        if (journal.stopped) throw journal.trouble ?? new Error('the file is not open');
        this.#parts.confirm();
      });
      // Jobs written before this are in memory then; all that comes behind is copied.
      await journal.synced();
      await writer.write(this.#contents.lines());
      let copied: Part = { size, records };
      for (let round = 0; round < MOST_COPIES && journal.extent.size - copied.size > LAST_COPY_BYTES; round++) {
        copied = await this.#copyFrom(copied, writer);
      }
      await writer.sync();
      paused = await journal.pause();
      if (!paused) throw journal.trouble ?? new Error('the file is not open');
      await this.#copyFrom(copied, writer);
      next = await writer.finish((file) => {
        next = file;
      });
      this.#notBelow = 0;
    } catch (error) {
      if (next === undefined) await writer?.abandon();
      this.#notBelow = 2 * journal.extent.size;
      if (journal.trouble === undefined) {
        this.#parts.warn(
          `it could not be rewritten without what is over (${textOf(error)}), and goes on growing. Is there room for a copy of it?`,
        );
      }
      if (next !== undefined) journal.doubt(error);
    } finally {
      if (paused) await journal.resume(next);
    }
  }

  async #copyFrom(from: Part, writer: FileWriter): Promise<Part> {
    const { file, size, records } = this.#journal.extent;
    await writer.copy(file, from.size, size, records - from.records);
    return { size, records };
  }
}
