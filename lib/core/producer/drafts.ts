import type { AdmitRequest } from '../claims/claim-store.js';
import type { PutCommand } from '../cluster/node-connection.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { LONGEST_DELAY_SECONDS } from '../wire/due-time.js';

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
  /** The command that writes it with a header that counts `copies`. */
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

/** The bytes of a job behind its prefix, as a command. */
type Wrap = (prefix: string) => PutCommand;

/** `secondsLeft`: what is left of its delay, in whole seconds. */
export function wrapping(
  { name: tube, ttrSeconds }: TubeSettings,
  payload: string | Buffer,
  priority: number,
  secondsLeft: () => number,
): Wrap {
  return (prefix) => {
    const body = typeof payload === 'string' ? prefix + payload : Buffer.concat([Buffer.from(prefix), payload]);
    const byteLength = Buffer.byteLength(body);
    return { tube, priority, delaySeconds: secondsLeft(), ttrSeconds, body, byteLength, wire: {} };
  };
}

/** The same command with what is left of its delay. */
export function delayed(command: PutCommand, delaySeconds: number): PutCommand {
  return command.delaySeconds === delaySeconds ? command : { ...command, delaySeconds, wire: {} };
}

/** Whole seconds, rounded down: the consumer waits out the rest. No more than beanstalkd takes, wherever the clock was set meanwhile. */
export function secondsUntil(dueMs: number, now: number): number {
  return Math.min(Math.max(0, Math.floor((dueMs - now) / 1000)), LONGEST_DELAY_SECONDS);
}
