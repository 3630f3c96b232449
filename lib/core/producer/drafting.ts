import { DqBodyTooLargeError } from '../errors/argument.errors.js';
import type { DqJobOptions } from '../options/dq-options.js';
import { knownKeys } from '../options/option-checks.js';
import { JOB_OPTIONS } from '../options/option-names.js';
import type { ResolvedOptions, TubeSettings } from '../options/resolved-options.js';
import { type Apart, encodePayload } from '../wire/codec.js';
import { checkOwnId, type NewId } from '../wire/job-id.js';
import { checkPriority } from '../wire/priority.js';
import type { JobDraft } from './job-draft.js';
import { addedBeside, type Headers, jobHeader } from './job-header.js';
import { checkOwnKeyOptions } from './key-options.js';
import { NativeDraft } from './native-draft.js';
import { plainDraft, type PlainParts } from './plain-draft.js';

const NO_OPTIONS: DqJobOptions = {};
/** 66 random bits. */
const GENERATION_LENGTH = 11;

/** What drafts are made with besides the job. */
export interface DraftParts extends PlainParts {
  readonly newId: NewId;
  /** @default the present one */
  readonly context?: Apart;
  readonly options: Pick<ResolvedOptions, 'copies' | 'maxBodyBytes'>;
}

/**
 * Checks and encodes a job. Its delay is reckoned anew for each command, since an admission or a slow node may come before it.
 * @throws DqJobIdError, DqKeyError, DqPriorityError, DqPayloadError, DqBodyTooLargeError, DqOptionsError
 */
export function draftJob(
  tube: TubeSettings,
  data: unknown,
  dueMs: number,
  parts: DraftParts,
  options: DqJobOptions = NO_OPTIONS,
  /** What the clock said when the job was asked for: `dueMs` was reckoned from it. */
  askedAt = parts.clock.now(),
  /** Headers of layers. Left out where there is no place for them. */
  added?: Headers,
): JobDraft {
  if (options !== NO_OPTIONS) knownKeys(options, 'the options of a job', JOB_OPTIONS);
  if (options.priority !== undefined) checkPriority(options.priority);
  const payload = ownPayload(encodePayload(tube.codec, data, parts.context));
  let draft: JobDraft;
  if (tube.format === 'plain') draft = plainDraft(tube, dueMs, parts, payload, options, askedAt);
  else {
    const { newId, clock } = parts;
    const ownKey = checkOwnKeyOptions(options, tube);
    const id = options.id === undefined ? newId() : checkOwnId(options.id);
    const generation = options.id === undefined ? undefined : newId().slice(0, GENERATION_LENGTH);
    const header = jobHeader(options, Buffer.isBuffer(data));
    const more = added && addedBeside(options.headers, added);
    draft = new NativeDraft({ tube, id, generation, ownKey, header, added: more, payload, clock }, dueMs);
  }
  checkSize(draft, parts.options);
  return draft;
}

/** @throws DqBodyTooLargeError */
export function checkSize(draft: JobDraft, { copies, maxBodyBytes }: DraftParts['options']): void {
  const byteLength = draft.byteLength(copies);
  if (byteLength <= maxBodyBytes) return;
  throw new DqBodyTooLargeError(
    `Expected a body of at most ${maxBodyBytes} bytes, got ${byteLength}. Store the data elsewhere and schedule its key, ` +
      'or raise maxBodyBytes together with the -z of every node.',
  );
}

/** The caller may reuse a `Buffer` while the job is still being written. */
function ownPayload(payload: string | Buffer): string | Buffer {
  return typeof payload === 'string' ? payload : Buffer.from(payload);
}
