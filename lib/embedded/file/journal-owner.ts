import { DqFileError } from '../../core/errors/file.errors.js';
import { textOf } from '../../core/errors/shown.js';
import type { DiskFile } from './disk.js';

/** What the journal tells its owner. */
export interface JournalOwner {
  /** Throws when the file is not ours any more: nothing may be written then, nor what was written be told. */
  confirm(): void;
  /** The disk refused; nothing is accepted any more until {@link Journal.retry} has succeeded. */
  lost(error: DqFileError): void;
  back(): void;
  /** A batch was written: the moment to think of a rewrite. */
  written(): void;
  /** Writes all that is remembered into a new file, and resolves to that, when the disk has it. */
  rewrite(): Promise<RewrittenFile>;
}

export interface RewrittenFile {
  readonly file: DiskFile;
  readonly size: number;
  readonly records: number;
}

/** What all are told while the disk refuses. */
export function diskTrouble(path: string, cause: unknown): DqFileError {
  if (cause instanceof DqFileError) return cause;
  return new DqFileError(
    `Expected the disk to take what ${path} keeps, got: ${textOf(cause)}. Nothing is scheduled or started until it does: free ` +
      'space, or see to the disk.',
    { cause },
  );
}
