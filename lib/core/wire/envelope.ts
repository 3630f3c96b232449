import { type Backoff, isBackoff } from './backoff.js';
import { type Expiry, isExpiry } from './expiry.js';
import { DqBodyError } from '../errors/argument.errors.js';
import { decodeDueTime, encodeDueTime } from './due-time.js';
import { isJobId } from './job-id.js';
import { isOwnKey } from './own-key.js';
import { type DqPriority, isPriority } from './priority.js';
import { isScheduleHeader, type ScheduleHeader } from './schedule-header.js';
import { readUsualHeader } from './usual-header.js';

/** Overrides and user headers that travel with a native job. */
export interface JobHeader {
  /** Attempts before the job is given up, instead of the handler's. */
  readonly attempts?: number;
  /** The wait between its attempts, instead of the handler's. */
  readonly backoff?: Backoff;
  /** The band, when the job chose it: a job that is released keeps it. */
  readonly priority?: DqPriority;
  /** What to do when the job comes too late, instead of the tube's. */
  readonly expires?: Expiry;
  /** A user's own headers, such as `traceparent`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** True when the payload was a `Buffer`: the reader gives it back as one. */
  readonly raw?: true;
  /** It is an occurrence of a schedule. On the wire: `s`. */
  readonly schedule?: ScheduleHeader;
}

/**
 * A job's body, `<due time>/<rest>`. **plain**: the rest is the payload, as dq writes it. **native**: the rest is the byte
 * 0x01, one line of JSON (`v`, `id`, `n`, `g` for a
 * caller's own id, `k` for a caller's own key, `s` for an occurrence of a schedule, and the rest of the {@link JobHeader}), a newline, the payload.
 *
 * `v` is 2 where the header has a field that changes what a consumer must do, such as `k` or `s`: a reader that does not know one of the
 * fields of such a header buries the copy. It ignores what it does not know in a header of version 1.
 */
export type Envelope =
  | { readonly format: 'plain'; readonly dueMs: number; readonly payload: Buffer }
  | {
      readonly format: 'native';
      readonly dueMs: number;
      readonly id: string;
      /** Which write of a caller's own id it belongs to. */
      readonly generation: string | undefined;
      /** The caller's own name for what is to be done. */
      readonly ownKey: string | undefined;
      /** How many copies were asked for, at most. */
      readonly copies: number;
      readonly header: JobHeader;
      readonly payload: Buffer;
    };

const VERSION = 1;
/** Of a header that has to be understood whole. */
const STRICT_VERSION = 2;
const MARKER = 0x01;
const NEWLINE = 0x0a;
/** As many as dq writes of a job, at most. A plain body does not say how many there are. */
export const DQ_COPIES = 3;
/** Of a job that says nothing for itself. */
export const NO_HEADER: JobHeader = Object.freeze({});
/** A native body up to its number of copies. */
const COUNTED = /^(\d+\/.\{"v":[12],"id":"[^"]*","n":)(\d+)/;
/** A header is one short line; anything longer is not ours. */
const LONGEST_HEADER = 16_384;

/** The bytes in front of a native job's payload. */
export function nativePrefix(
  dueMs: number,
  id: string,
  copies: number,
  generation?: string,
  header?: JobHeader,
  ownKey?: string,
): string {
  const schedule = header?.schedule;
  const rest = header === undefined ? '' : JSON.stringify({ ...header, schedule: undefined }).slice(1, -1);
  const write = generation === undefined ? '' : `,"g":"${generation}"`;
  const version = ownKey === undefined && schedule === undefined ? VERSION : STRICT_VERSION;
  const named = ownKey === undefined ? '' : `,"k":${JSON.stringify(ownKey)}`;
  const occurs = schedule === undefined ? '' : `,"s":${JSON.stringify(schedule)}`;
  return `${encodeDueTime(dueMs)}/\u0001{"v":${version},"id":"${id}","n":${copies}${write}${named}${occurs}${rest && `,${rest}`}}\n`;
}

/** The bytes in front of a plain job's payload. `below` tells equal payloads of one millisecond apart. */
export function plainPrefix(dueMs: number, below: number): string {
  return `${encodeDueTime(dueMs, below)}/`;
}

/** The same native body with a header that counts one copy more; a plain one as it is, since it has no header. */
export function withOneMoreCopy(body: Buffer): Buffer {
  const newline = body.indexOf(NEWLINE);
  const [line, head, count] = COUNTED.exec(newline < 0 ? '' : body.toString('latin1', 0, newline)) ?? [];
  if (line === undefined || head?.includes('/\u0001') !== true) return body;
  return Buffer.concat([Buffer.from(`${head}${Number(count) + 1}`, 'latin1'), body.subarray(line.length)]);
}

/** Reads a body from a node, or throws {@link DqBodyError} with the reason for which it is to be buried. */
export function decodeEnvelope(body: Buffer): Envelope {
  const due = decodeDueTime(body);
  if (due === undefined) {
    throw new DqBodyError(
      body.length === 0
        ? 'Expected a job, got an empty body, or one that is larger than this process takes.'
        : body.every((byte) => byte === 0)
          ? "Expected a job, got a body of zero bytes only: a record torn in the node's log."
          : `Expected a body that starts with a due time in nanoseconds and "/", got ${body.length} other bytes.`,
    );
  }
  if (body[due.end] !== MARKER) return { format: 'plain', dueMs: due.dueMs, payload: body.subarray(due.end) };

  const usual = readUsualHeader(body, due.end);
  if (usual !== undefined) {
    const { id, copies, end } = usual;
    return {
      format: 'native',
      dueMs: due.dueMs,
      id,
      generation: undefined,
      ownKey: undefined,
      copies,
      header: NO_HEADER,
      payload: body.subarray(end),
    };
  }
  const line = due.end + 1;
  const newline = body.indexOf(NEWLINE, line);
  if (newline < 0 || newline - line > LONGEST_HEADER)
    throw new DqBodyError('Expected a header line after the marker byte, found no end of line.');
  const fields = readHeader(body.toString('utf8', line, newline));
  return { format: 'native', dueMs: due.dueMs, ...fields, payload: body.subarray(newline + 1) };
}

/** What a header says beside the payload. */
type HeaderFields = Omit<Extract<Envelope, { readonly format: 'native' }>, 'format' | 'dueMs' | 'payload'>;

function readHeader(line: string): HeaderFields {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch (error) {
    throw new DqBodyError('Expected a header of JSON, got something else.', { cause: error });
  }
  const version: unknown = typeof fields === 'object' && fields !== null ? (fields as { v?: unknown }).v : undefined;
  if (version !== VERSION && version !== STRICT_VERSION) {
    throw new DqBodyError(
      `Expected a header of version ${VERSION} or ${STRICT_VERSION}. Was the job written by a newer release?`,
    );
  }
  const { v: _, id, n, g, k, s, ...header } = fields as Readonly<Record<string, unknown>>;
  if (!isJobId(id) || !isCount(n)) throw new DqBodyError('Expected a header with an id and a number of copies.');
  if (g !== undefined && !isJobId(g)) throw new DqBodyError('Expected a header whose g is a word.');
  if (k !== undefined && !isOwnKey(k)) throw new DqBodyError('Expected a header whose k is a key.');
  if (s !== undefined && !isScheduleHeader(s)) throw new DqBodyError('Expected a header whose s is an occurrence.');
  if (version === STRICT_VERSION) refuseUnknown(header);
  const read = checkHeader(header);
  return { id, generation: g, ownKey: k, copies: n, header: s === undefined ? read : { ...read, schedule: s } };
}

/** A field that is not known may say that the job is not to be run as others are. */
function refuseUnknown(header: Readonly<Record<string, unknown>>): void {
  if (Object.keys(header).every((name) => name in FIELDS)) return;
  throw new DqBodyError(
    'Expected a header with fields that this release knows. Was the job written by a newer release?',
  );
}

/** What each field of a header may be. */
const FIELDS: Readonly<Record<Exclude<keyof JobHeader, 'schedule'>, (value: unknown) => boolean>> = {
  attempts: isCount,
  backoff: isBackoff,
  priority: isPriority,
  expires: isExpiry,
  headers: isStrings,
  raw: (value) => value === true,
};

/** A header from the network: each field has its type, or the body is not understood. */
function checkHeader(header: Readonly<Record<string, unknown>>): JobHeader {
  const read: Record<string, unknown> = {};
  for (const [name, fits] of Object.entries(FIELDS)) {
    const value = header[name];
    if (value !== undefined && !fits(value)) throw new DqBodyError(`Expected a header whose ${name} has its type.`);
    read[name] = value;
  }
  return read;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}

function isStrings(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((field) => typeof field === 'string')
  );
}
