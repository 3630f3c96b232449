import type { AdmissionRecord, ClaimChange, ClaimRecord } from '../claims/claim-record.js';
import type { KeptJob } from '../node/kept-job.js';

/** A job as the file keeps it: what a restart needs. */
export type FileJob = Pick<
  KeptJob,
  'id' | 'tube' | 'priority' | 'ttrSeconds' | 'body' | 'byteLength' | 'state' | 'dueAt'
>;

/** What became of a job that is kept. */
export type JobMove = Pick<FileJob, 'id' | 'priority' | 'state' | 'dueAt'>;

/** One line of the file. Each sets something, so that a line read twice, in order, does no harm. */
export type FileRecord =
  | { readonly of: 'file'; readonly version: number }
  /** The next job's number is at least this. */
  | { readonly of: 'numbers'; readonly next: number }
  | { readonly of: 'job'; readonly job: FileJob }
  | { readonly of: 'move'; readonly move: JobMove }
  | { readonly of: 'gone'; readonly id: number }
  | ClaimChange;

export const FILE_VERSION = 1;
const MAGIC = 'nestjs-dq jobs';

export const fileLine = (): string => `${JSON.stringify(['f', MAGIC, FILE_VERSION])}\n`;

export const numbersLine = (next: number): string => `["n",${next}]\n`;

export const goneLine = (id: number): string => `["g",${id}]\n`;

export const moveLine = ({ id, priority, state, dueAt }: JobMove): string =>
  `["m",${id},${priority},"${state}",${dueAt}]\n`;

export function jobLine({ id, tube, priority, ttrSeconds, body, byteLength, state, dueAt }: FileJob): string {
  const base64 = typeof body !== 'string';
  const text = JSON.stringify(base64 ? body.toString('base64') : body);
  // A tube's name has no character that JSON would escape.
  return `["${base64 ? 'b' : 'j'}",${id},"${tube}",${priority},${ttrSeconds},${byteLength},"${state}",${dueAt},${text}]\n`;
}

export function changeLine({ of, key, record }: ClaimChange): string {
  return `["${of === 'claim' ? 'c' : 'a'}",${JSON.stringify(key)},${JSON.stringify(record)}]\n`;
}

/** Reads a line, or throws an error when it is none that this version writes. */
export function readRecord(line: string): FileRecord {
  const fields = JSON.parse(line) as readonly unknown[];
  switch (fields[0]) {
    case 'f':
      if (fields[1] !== MAGIC) break;
      return { of: 'file', version: Number(fields[2]) };
    case 'n':
      return { of: 'numbers', next: fields[1] as number };
    case 'j':
    case 'b':
      return { of: 'job', job: jobIn(fields) };
    case 'm': {
      const [, id, priority, state, dueAt] = fields as [string, number, number, FileJob['state'], number];
      return { of: 'move', move: { id, priority, state, dueAt } };
    }
    case 'g':
      return { of: 'gone', id: fields[1] as number };
    case 'c':
      return { of: 'claim', key: fields[1] as string, record: fields[2] as ClaimRecord };
    case 'a':
      return { of: 'admission', key: fields[1] as string, record: fields[2] as AdmissionRecord };
    default:
  }
  throw new SyntaxError(`expected a record of version ${FILE_VERSION}`);
}

function jobIn(fields: readonly unknown[]): FileJob {
  const [kind, id, tube, priority, ttrSeconds, byteLength, state, dueAt, text] = fields as [
    string,
    number,
    string,
    number,
    number,
    number,
    FileJob['state'],
    number,
    string,
  ];
  const body = kind === 'b' ? Buffer.from(text, 'base64') : text;
  return { id, tube, priority, ttrSeconds, body, byteLength, state, dueAt };
}
