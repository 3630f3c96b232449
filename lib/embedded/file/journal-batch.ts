import type { DqFileError } from '../../core/errors/file.errors.js';

/** Who waits for the disk. One of the two is called, once. */
export interface DiskWaiter {
  done(): void;
  /** `sure`: what was asked for is not in the file. Else it may be. */
  failed(error: DqFileError, sure: boolean): void;
}

/** What gathers while the disk is busy, and is then written as one. */
export class JournalBatch {
  /** In order. */
  #lines: string[] = [];
  #chars = 0;
  readonly #puts: { readonly at: number; readonly waiter: DiskWaiter }[] = [];
  readonly #onWritten: DiskWaiter[] = [];
  readonly #onSynced: DiskWaiter[] = [];

  get empty(): boolean {
    return this.#lines.length === 0;
  }

  get lines(): number {
    return this.#lines.length;
  }

  /** How long its text is. */
  get chars(): number {
    return this.#chars;
  }

  /** Whether somebody waits for the disk to have it for certain. */
  get wantsSync(): boolean {
    return this.#puts.length > 0 || this.#onSynced.length > 0;
  }

  /** A line that must stay in order, whatever happens. */
  add(line: string): void {
    this.#lines.push(line);
    this.#chars += line.length;
  }

  /** A line that is taken back when it cannot be written: a job that its caller is told was refused. */
  addPut(line: string, waiter: DiskWaiter): void {
    this.#puts.push({ at: this.#lines.length, waiter });
    this.add(line);
  }

  onWritten(waiter: DiskWaiter): void {
    this.#onWritten.push(waiter);
  }

  onSynced(waiter: DiskWaiter): void {
    this.#onSynced.push(waiter);
  }

  text(): string {
    return this.#lines.join('');
  }

  written(): void {
    for (const waiter of this.#onWritten.splice(0)) waiter.done();
    this.#lines = [];
  }

  /** Puts first: what waits for the outcome of a job comes after the job. */
  synced(): void {
    for (const { waiter } of this.#puts.splice(0)) waiter.done();
    for (const waiter of this.#onSynced.splice(0)) waiter.done();
  }

  /** Takes back the jobs of a batch that was not written. All others stay, in order, for a later try. */
  refuse(error: DqFileError, sure: boolean): void {
    const refused = new Set(this.#puts.map(({ at }) => at));
    this.#lines = this.#lines.filter((_, at) => !refused.has(at));
    this.#chars = this.#lines.reduce((sum, line) => sum + line.length, 0);
    this.fail(error, sure);
  }

  /** Tells all who wait. */
  fail(error: DqFileError, sure: boolean): void {
    for (const { waiter } of this.#puts.splice(0)) waiter.failed(error, sure);
    for (const waiter of [...this.#onWritten.splice(0), ...this.#onSynced.splice(0)]) waiter.failed(error, false);
  }
}
