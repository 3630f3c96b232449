import type { Clock } from '../base/clock.js';
import { plainClaimKey } from '../claims/claim-key.js';
import { DqJobIdError, DqOptionsError, DqPayloadError } from '../errors/argument.errors.js';
import type { DqJobOptions } from '../options/dq-options.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { plainPrefix } from '../wire/envelope.js';
import { commandOf, jobBody, type JobDraft } from './job-draft.js';
import { HEADER_OPTIONS } from './job-header.js';
import { checkOwnKeyOptions } from './key-options.js';

const BELOW_MS = 1_000_000;

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

/** What plain jobs are made with besides. */
export interface PlainParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly plainCounter: PlainCounter;
}

/**
 * A job for a Go consumer, whose format has a place for nothing but its payload and its moment. `askedAt`: what the clock said when it was asked for.
 * @throws DqPayloadError, DqJobIdError, DqKeyError, DqOptionsError
 */
export function plainDraft(
  tube: TubeSettings,
  dueMs: number,
  { plainCounter, clock }: PlainParts,
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
