import { LONGEST_DELAY_SECONDS } from '../wire/due-time.js';
import type { Clock } from '../base/clock.js';
import type { PutCommand } from '../cluster/node-connection.js';
import { generationKey, nativeClaimKey, plainClaimKey } from '../claims/claim-key.js';
import type { AdmitRequest } from '../claims/claim-store.js';
import { DqBodyTooLargeError, DqJobIdError, DqOptionsError, DqPayloadError } from '../errors/argument.errors.js';
import type { DqJobOptions } from '../options/dq-options.js';
import { knownKeys } from '../options/option-checks.js';
import { JOB_OPTIONS } from '../options/option-names.js';
import type { ResolvedOptions, TubeSettings } from '../options/resolved-options.js';
import { type Apart, encodePayload } from '../wire/codec.js';
import { nativePrefix, plainPrefix } from '../wire/envelope.js';
import { checkJobId, type NewId } from '../wire/job-id.js';
import { checkPriority, priorityField } from '../wire/priority.js';
import { HEADER_OPTIONS, jobHeader } from './job-header.js';

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
  /** The command that writes it with a header that counts `copies`. */
  command(copies: number): PutCommand;
}

/** The bytes of a job behind its prefix, as a command. */
type Wrap = (prefix: string) => PutCommand;
/** What is left of its delay, in whole seconds. */
type SecondsLeft = () => number;

/**
 * Checks and encodes a job. Its delay is reckoned anew for each command, since an admission or a slow node may come before it.
 * @throws DqJobIdError, DqPriorityError, DqPayloadError, DqBodyTooLargeError, DqOptionsError
 */
export function draftJob(
  tube: TubeSettings,
  data: unknown,
  dueMs: number,
  parts: DraftParts,
  options: DqJobOptions = NO_OPTIONS,
  /** What the clock said when the job was asked for: `dueMs` was reckoned from it. */
  askedAt = parts.clock.now(),
): JobDraft {
  const { clock } = parts;
  const plain = tube.format === 'plain';
  const secondsLeft = (): number =>
    plain ? plainSecondsUntil(dueMs, askedAt, clock.now()) : secondsUntil(dueMs, clock.now());
  const { copies, maxBodyBytes } = parts.options;
  if (options !== NO_OPTIONS) knownKeys(options, 'the options of a job', JOB_OPTIONS);
  const priority = priorityField(
    options.priority === undefined ? tube.priority : checkPriority(options.priority),
    dueMs,
  );
  const payload = ownPayload(encodePayload(tube.codec, data, parts.context));
  const wrap: Wrap = (prefix) => {
    const body = typeof payload === 'string' ? prefix + payload : Buffer.concat([Buffer.from(prefix), payload]);
    return {
      tube: tube.name,
      priority,
      delaySeconds: secondsLeft(),
      ttrSeconds: tube.ttrSeconds,
      body,
      byteLength: Buffer.byteLength(body),
      wire: {},
    };
  };
  const draft = plain
    ? plainDraft(tube, dueMs, parts, payload, options, wrap, secondsLeft)
    : nativeDraft(tube, dueMs, parts, data, options, wrap, secondsLeft);
  const { byteLength } = draft.command(copies);
  if (byteLength > maxBodyBytes) {
    throw new DqBodyTooLargeError(
      `Expected a body of at most ${maxBodyBytes} bytes, got ${byteLength}. Store the data elsewhere and schedule its key, ` +
        'or raise maxBodyBytes together with the -z of every node.',
    );
  }
  return draft;
}

/** The caller may reuse a `Buffer` while the job is still being written. */
function ownPayload(payload: string | Buffer): string | Buffer {
  return typeof payload === 'string' ? payload : Buffer.from(payload);
}

/** Whole seconds, rounded down: the consumer waits out the rest. No more than beanstalkd takes, wherever the clock was set meanwhile. */
function secondsUntil(dueMs: number, now: number): number {
  return Math.min(Math.max(0, Math.floor((dueMs - now) / 1000)), LONGEST_DELAY_SECONDS);
}

/**
 * The same for a Go consumer, which runs a copy as soon as it comes up. A second is taken off only when it is over: however little of it
 * goes by before the write, a job that was asked for in whole seconds never comes up early, and others by less than one.
 */
function plainSecondsUntil(dueMs: number, askedAt: number, now: number): number {
  const over = Math.max(0, Math.floor((now - askedAt) / 1000)) * 1000;
  return secondsUntil(dueMs, askedAt + over);
}

/** The same command with what is left of its delay. */
function delayed(command: PutCommand, delaySeconds: number): PutCommand {
  return command.delaySeconds === delaySeconds ? command : { ...command, delaySeconds, wire: {} };
}

function nativeDraft(
  tube: TubeSettings,
  dueMs: number,
  { newId }: DraftParts,
  data: unknown,
  options: DqJobOptions,
  wrap: Wrap,
  secondsLeft: SecondsLeft,
): JobDraft {
  const id = options.id === undefined ? newId() : checkJobId(options.id);
  const generation = options.id === undefined ? undefined : newId().slice(0, GENERATION_LENGTH);
  const idKey = nativeClaimKey(tube.name, id);
  const header = jobHeader(options, Buffer.isBuffer(data));
  let copiesOf = 0;
  let last: PutCommand | undefined;
  return {
    tube,
    dueMs,
    id,
    key: generation === undefined ? idKey : generationKey(idKey, generation),
    admission: generation === undefined ? undefined : { key: idKey, generation, dueMs },
    command(copies) {
      last =
        last === undefined || copies !== copiesOf
          ? wrap(nativePrefix(dueMs, id, copies, generation, header))
          : delayed(last, secondsLeft());
      copiesOf = copies;
      return last;
    },
  };
}

function plainDraft(
  tube: TubeSettings,
  dueMs: number,
  { plainCounter }: DraftParts,
  payload: string | Buffer,
  options: DqJobOptions,
  wrap: Wrap,
  secondsLeft: SecondsLeft,
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
  const homeless = HEADER_OPTIONS.filter((name) => options[name] !== undefined);
  if (homeless.length > 0) {
    throw new DqOptionsError(
      `Expected no ${homeless.join(', ')} on tube "${tube.name}", whose plain format has no place for ${homeless.length > 1 ? 'them' : 'it'}.`,
    );
  }
  const prefix = plainPrefix(dueMs, plainCounter.next());
  let last = wrap(prefix);
  const id = plainClaimKey(last.body);
  const command = (): PutCommand => (last = delayed(last, secondsLeft()));
  return { tube, dueMs, id, key: id, admission: undefined, command };
}

function beginsLikeNative(payload: string | Buffer): boolean {
  return typeof payload === 'string' ? payload.startsWith('\u0001') : payload[0] === 1;
}
