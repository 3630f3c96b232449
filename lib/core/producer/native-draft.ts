import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.js';
import { generationKey, nativeClaimKey, slotKey } from '../claims/claim-key.js';
import type { PutCommand } from '../cluster/node-connection.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { type JobHeader, nativePrefix, NO_HEADER } from '../wire/envelope.js';
import { type DqPriority, priorityField } from '../wire/priority.js';
import { delayed, type JobDraft, type KeyedDraft, secondsUntil, wrapping } from './drafts.js';
import { type Headers, withAdded } from './job-header.js';

/** Of 27: 66 bits. */
const HASH_LENGTH = 11;

/** A native job, checked and encoded, whenever it is due. */
export interface NativeJob {
  readonly tube: TubeSettings;
  readonly id: string;
  /** Of a caller's own id. */
  readonly generation: string | undefined;
  readonly ownKey: string | undefined;
  readonly priority: DqPriority;
  /** What the caller said for it. */
  readonly header: JobHeader | undefined;
  /** Headers of layers. */
  readonly added: Headers | undefined;
  readonly payload: string | Buffer;
  /** Where it is known what it is; see {@link KeyedDraft}. */
  readonly hash?: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** Its command is made anew only for another number of copies. */
export function nativeDraft(job: NativeJob, dueMs: number): JobDraft {
  const { tube, id, generation, ownKey, payload, clock } = job;
  const idKey = nativeClaimKey(tube.name, id);
  const header = withAdded(job.header, job.added);
  const secondsLeft = (): number => secondsUntil(dueMs, clock.now());
  const wrap = wrapping(tube, payload, priorityField(job.priority, dueMs), secondsLeft);
  let copiesOf = 0;
  let last: PutCommand | undefined;
  return {
    tube,
    dueMs,
    id,
    key: generation === undefined ? idKey : generationKey(idKey, generation),
    admission: generation === undefined ? undefined : { key: idKey, generation, dueMs },
    keyed: ownKey === undefined ? undefined : keyedDraft(job, ownKey),
    command(copies) {
      last =
        last === undefined || copies !== copiesOf
          ? wrap(nativePrefix(dueMs, id, copies, generation, header, ownKey))
          : delayed(last, secondsLeft());
      copiesOf = copies;
      return last;
    },
  };
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
