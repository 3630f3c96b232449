import type { Clock } from '../base/clock.js';
import { plainClaimKey } from '../claims/claim-key.js';
import { DqBodyTooLargeError, DqJobIdError, DqOptionsError, DqPayloadError } from '../errors/argument.errors.js';
import type { DqJobOptions } from '../options/dq-options.js';
import { knownKeys } from '../options/option-checks.js';
import { JOB_OPTIONS } from '../options/option-names.js';
import type { ResolvedOptions, TubeSettings } from '../options/resolved-options.js';
import { type Apart, encodePayload } from '../wire/codec.js';
import { plainPrefix } from '../wire/envelope.js';
import { checkOwnId, type NewId } from '../wire/job-id.js';
import { checkPriority } from '../wire/priority.js';
import { commandOf, jobBody, type JobDraft, NativeDraft } from './drafts.js';
import { addedBeside, type Headers, HEADER_OPTIONS, jobHeader } from './job-header.js';
import { checkOwnKeyOptions } from './key-options.js';

const NO_OPTIONS: DqJobOptions = {};
const BELOW_MS = 1_000_000;
/** 66 random bits. */
const GENERATION_LENGTH = 11;

/** Tells equal plain payloads of one millisecond apart. It starts anywhere, so that two processes seldom agree. */
export class PlainCounter {
  #last: number;

  constructor(random: () => number) {
    this.#last = Math.floor(random() * BELOW_MS);
  }

  next(): number {
    this.#last = (this.#last + 1) % BELOW_MS;
    return this.#last;
  }
}

/** What drafts are made with besides the job. */
export interface DraftParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly newId: NewId;
  readonly plainCounter: PlainCounter;
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

function plainDraft(
  tube: TubeSettings,
  dueMs: number,
  { plainCounter, clock }: DraftParts,
  payload: string | Buffer,
  options: DqJobOptions,
  askedAt: number,
): JobDraft {
  if (beginsLikeNative(payload)) {
    throw new DqPayloadError(
      `Expected a payload on tube "${tube.name}" that does not begin with the byte 0x01, which marks native jobs. Use a native tube.`,
    );
  }
  if (options.id !== undefined) {
    throw new DqJobIdError(
      `Expected no id on tube "${tube.name}", whose plain format has no place for it. Use a native tube.`,
    );
  }
  checkOwnKeyOptions(options, tube);
  const homeless = HEADER_OPTIONS.filter((name) => options[name] !== undefined);
  if (homeless.length > 0) {
    throw new DqOptionsError(
      `Expected no ${homeless.join(', ')} on tube "${tube.name}", whose plain format has no place for ${homeless.length > 1 ? 'them' : 'it'}.`,
    );
  }
  const made = jobBody(plainPrefix(dueMs, plainCounter.next()), payload);
  const id = plainClaimKey(made.body);
  return {
    tube,
    dueMs,
    id,
    key: id,
    admission: undefined,
    keyed: undefined,
    isShared: false,
    byteLength: () => made.byteLength,
    command: () => commandOf(tube, made, tube.priority, dueMs, plainNow(askedAt, clock.now())),
  };
}

/**
 * From when the delay of a job for a Go consumer is reckoned, which runs a copy as soon as it comes up. A second is taken off only when it is over:
 * however little of it goes by before the write, a job that was asked for in whole seconds never comes up early, and others by less than one.
 */
function plainNow(askedAt: number, now: number): number {
  return askedAt + Math.max(0, Math.floor((now - askedAt) / 1000)) * 1000;
}

function beginsLikeNative(payload: string | Buffer): boolean {
  return typeof payload === 'string' ? payload.startsWith('\u0001') : payload[0] === 1;
}
