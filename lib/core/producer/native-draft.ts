import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { generationKey, nativeClaimKey, slotKey } from '../claims/claim-key.js';
import type { AdmitRequest } from '../claims/claim-store.js';
import type { PutCommand } from '../cluster/node-connection.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { type JobHeader, nativePrefix, NO_HEADER } from '../wire/envelope.js';
import { commandOf, type JobBody, jobBody, type JobDraft, type KeyedDraft } from './job-draft.js';
import { type Headers, withAdded } from './job-header.js';

/** Of 27: 66 bits. */
const HASH_LENGTH = 11;

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
