import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { generationKey, nativeClaimKey, slotKey } from '../claims/claim-key.js';
import type { AdmitRequest } from '../claims/claim-store.js';
import type { PutCommand } from '../cluster/node-connection.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { LONGEST_DELAY_SECONDS } from '../wire/due-time.js';
import { type JobHeader, nativePrefix, NO_HEADER } from '../wire/envelope.js';
import { type DqPriority, priorityField } from '../wire/priority.js';
import { type Headers, withAdded } from './job-header.js';

/** Of 27: 66 bits. */
const HASH_LENGTH = 11;

/** A job that has been checked and encoded, before a byte is sent. */
export interface JobDraft {
  readonly tube: TubeSettings;
  readonly dueMs: number;
  /** The job id, or the md5 of a plain body: what ends the handle. */
  readonly id: string;
  /** The claim's key. */
  readonly key: string;
  /** What must be admitted before it is written: a caller's own id. */
  readonly admission: AdmitRequest | undefined;
  /** What must be reserved before it is written: a caller's own key. */
  readonly keyed: KeyedDraft | undefined;
  /** Whoever writes it, and however often, all its copies share one claim: an occurrence of a schedule. */
  readonly isShared?: true;
  /** The command that writes it with a header that counts `copies`. It is made anew only for another number of them. */
  command(copies: number): PutCommand;
}

/** What a job with a caller's own key has besides. */
export interface KeyedDraft {
  readonly ownKey: string;
  /** Its slot in the claim store. */
  readonly slot: string;
  /** Of payload and options. */
  readonly hash: string;
  /** The same job, due at another moment. */
  at(dueMs: number): JobDraft;
}

/** A native job, checked and encoded, whenever it is due. */
export interface NativeJob {
  readonly tube: TubeSettings;
  readonly id: string;
  /** Of a caller's own id. */
  readonly generation?: string | undefined;
  readonly ownKey?: string | undefined;
  /** What the caller said for it. */
  readonly header: JobHeader | undefined;
  /** Headers of layers. */
  readonly added?: Headers | undefined;
  readonly payload: string | Buffer;
  /** Where it is known what it is; see {@link KeyedDraft}. */
  readonly hash?: string;
  readonly clock: Pick<Clock, 'now'>;
}

export function nativeDraft(job: NativeJob, dueMs: number): JobDraft {
  const { tube, id, generation, ownKey, payload, clock } = job;
  const idKey = nativeClaimKey(tube.name, id);
  const header = withAdded(job.header, job.added);
  const prefix = (copies: number): string => nativePrefix(dueMs, id, copies, generation, header, ownKey);
  return {
    tube,
    dueMs,
    id,
    key: generation === undefined ? idKey : generationKey(idKey, generation),
    admission: generation === undefined ? undefined : { key: idKey, generation, dueMs },
    keyed: ownKey === undefined ? undefined : keyedDraft(job, ownKey),
    command: commandOf(tube, payload, { dueMs, priority: header?.priority, prefix, now: () => clock.now() }),
  };
}

/** What tells the commands of jobs apart, beside tube and payload. */
interface Written {
  readonly dueMs: number;
  /** @default the tube's */
  readonly priority?: DqPriority | undefined;
  /** What stands in front of the payload where a header counts so many copies. */
  readonly prefix: (copies: number) => string;
  readonly now: () => number;
}

export function commandOf(
  { name: tube, ttrSeconds, priority: usual }: TubeSettings,
  payload: string | Buffer,
  { dueMs, priority = usual, prefix, now }: Written,
): JobDraft['command'] {
  let copiesOf = 0;
  let last: PutCommand | undefined;
  return (copies) => {
    const delaySeconds = secondsUntil(dueMs, now());
    if (last === undefined || copies !== copiesOf) {
      const head = prefix(copies);
      const body = typeof payload === 'string' ? head + payload : Buffer.concat([Buffer.from(head), payload]);
      const [field, byteLength] = [priorityField(priority, dueMs), Buffer.byteLength(body)];
      last = { tube, priority: field, delaySeconds, ttrSeconds, body, byteLength, wire: {} };
      copiesOf = copies;
    } else if (last.delaySeconds !== delaySeconds) last = { ...last, delaySeconds, wire: {} };
    return last;
  };
}

/** Whole seconds, rounded down: the consumer waits out the rest. No more than beanstalkd takes, wherever the clock was set meanwhile. */
function secondsUntil(dueMs: number, now: number): number {
  return Math.min(Math.max(0, Math.floor((dueMs - now) / 1000)), LONGEST_DELAY_SECONDS);
}

function keyedDraft(job: NativeJob, ownKey: string): KeyedDraft {
  const { tube, header, payload } = job;
  let { hash } = job;
  return {
    ownKey,
    slot: slotKey(tube.name, ownKey),
    get hash() {
      return (hash ??= hashOf(header, payload));
    },
    at: (dueMs) => nativeDraft(job, dueMs),
  };
}

/** Equal for equal jobs. Headers of layers do not count: traces put another one on each call. */
function hashOf(header: JobHeader | undefined, payload: string | Buffer): string {
  const hash = createHash('sha1')
    .update(`${JSON.stringify(header ?? NO_HEADER)}\n`)
    .update(payload);
  return hash.digest('base64url').slice(0, HASH_LENGTH);
}
