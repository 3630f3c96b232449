import type { AdmitRequest } from '../claims/claim-store.js';
import type { PutCommand } from '../cluster/node-connection.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { LONGEST_DELAY_SECONDS } from '../wire/due-time.js';
import { type DqPriority, priorityField } from '../wire/priority.js';

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
