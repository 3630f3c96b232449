import type { MessagePort } from 'node:worker_threads';
import type { ClaimChange } from '../claims/claim-record.js';

export type JobRow = readonly [
  id: number,
  tube: string,
  state: string,
  due: number,
  priority: number,
  ttrSeconds: number,
  body: string | Uint8Array,
];
/** What became of a job that is kept. */
export type MoveRow = readonly [state: string, due: number, priority: number, id: number];
/** A claim, an admission or a slot: its number, its key, its record as JSON, and until when it is kept. */
export type RecordRow = readonly [row: number, key: string, value: string, keptUntil: number];

/** What each record is of; its table has the same name with an s. */
export type RecordKind = ClaimChange['of'];

/** What is to be set, and the numbers of the rows that go. */
export interface ChangedRows<Row> {
  readonly set: readonly Row[];
  readonly gone: readonly number[];
}

/** What one transaction changes. All of it sets something, so that it may be written again. */
export interface FileRows {
  readonly puts: readonly JobRow[];
  readonly jobs: ChangedRows<MoveRow>;
  readonly records: Readonly<Record<RecordKind, ChangedRows<RecordRow>>>;
  /** The next job's number is at least this. */
  readonly next: number;
}

/** Who has a file, as a small file beside it says. */
export interface FileHolder {
  readonly pid: number;
  readonly host: string;
  /** Where its pid means something; empty where the system does not tell. */
  readonly place: string;
}

/** What the thread of the file is told when it starts. */
export interface ThreadSetup {
  readonly path: string;
  readonly holder: FileHolder;
  /** What is kept until an earlier moment is dropped, and all else is told. Undefined: nothing is. */
  readonly loadAt: number | undefined;
  readonly port: MessagePort;
  /** Counts what the thread has told, for one who blocks until then. */
  readonly told: Int32Array;
}

/** What SQLite, or the system, says. */
export interface FileFault {
  readonly message: string;
  /** SQLite's extended code; undefined when it was not SQLite. */
  readonly errcode: number | undefined;
}

export type FromThread =
  | { readonly kind: 'rows'; readonly of: RecordKind; readonly rows: readonly RecordRow[] }
  | { readonly kind: 'rows'; readonly of: 'job'; readonly rows: readonly JobRow[] }
  | { readonly kind: 'opened'; readonly next: number }
  | { readonly kind: 'in-use'; readonly holder: FileHolder | undefined }
  /** It is no file of an embedded queue; `start` is how it begins, where it is no file of SQLite at all. */
  | { readonly kind: 'foreign'; readonly start?: string }
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'damaged'; readonly detail: string }
  | { readonly kind: 'not-opened'; readonly fault: FileFault }
  | { readonly kind: 'committed' }
  | { readonly kind: 'failed'; readonly fault: FileFault };
