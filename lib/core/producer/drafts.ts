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
  readonly isShared: boolean;
  /** Of its body with a header that counts `copies`. */
  byteLength(copies: number): number;
  /** The command that writes it with such a header, and with what is left of its delay. */
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
  /** @default false */
  readonly isShared?: boolean;
  readonly clock: Pick<Clock, 'now'>;
}

export class NativeDraft implements JobDraft {
  readonly tube: TubeSettings;
  readonly id: string;
  readonly key: string;
  readonly admission: AdmitRequest | undefined;
  readonly keyed: KeyedDraft | undefined;
  readonly isShared: boolean;
  readonly #job: NativeJob;
  readonly #header: JobHeader | undefined;
  #copies = 0;
  #body: JobBody | undefined;

  constructor(
    job: NativeJob,
    readonly dueMs: number,
  ) {
    const { tube, id, generation, ownKey } = job;
    const idKey = nativeClaimKey(tube.name, id);
    this.tube = tube;
    this.id = id;
    this.key = generation === undefined ? idKey : generationKey(idKey, generation);
    this.admission = generation === undefined ? undefined : { key: idKey, generation, dueMs };
    this.keyed = ownKey === undefined ? undefined : keyedDraft(job, ownKey);
    this.isShared = job.isShared === true;
    this.#job = job;
    this.#header = withAdded(job.header, job.added);
  }

  byteLength(copies: number): number {
    return this.#bodyOf(copies).byteLength;
  }

  command(copies: number): PutCommand {
    const priority = this.#header?.priority ?? this.tube.priority;
    return commandOf(this.tube, this.#bodyOf(copies), priority, this.dueMs, this.#job.clock.now());
  }

  #bodyOf(copies: number): JobBody {
    if (this.#body === undefined || copies !== this.#copies) {
      const { generation, ownKey, payload } = this.#job;
      this.#body = jobBody(nativePrefix(this.dueMs, this.id, copies, generation, this.#header, ownKey), payload);
      this.#copies = copies;
    }
    return this.#body;
  }
}

/** The bytes of a job. */
export interface JobBody {
  readonly body: string | Buffer;
  readonly byteLength: number;
}

export function jobBody(prefix: string, payload: string | Buffer): JobBody {
  const body = typeof payload === 'string' ? prefix + payload : Buffer.concat([Buffer.from(prefix), payload]);
  return { body, byteLength: Buffer.byteLength(body) };
}

/** `now`: from when its delay is reckoned. */
export function commandOf(
  { name: tube, ttrSeconds }: TubeSettings,
  { body, byteLength }: JobBody,
  priority: DqPriority,
  dueMs: number,
  now: number,
): PutCommand {
  const delaySeconds = secondsUntil(dueMs, now);
  return { tube, priority: priorityField(priority, dueMs), delaySeconds, ttrSeconds, body, byteLength, wire: {} };
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
    at: (dueMs) => new NativeDraft(job, dueMs),
  };
}

/** Equal for equal jobs. Headers of layers do not count: traces put another one on each call. */
function hashOf(header: JobHeader | undefined, payload: string | Buffer): string {
  const hash = createHash('sha1')
    .update(`${JSON.stringify(header ?? NO_HEADER)}\n`)
    .update(payload);
  return hash.digest('base64url').slice(0, HASH_LENGTH);
}
