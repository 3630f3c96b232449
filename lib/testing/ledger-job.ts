import type { JobIdentity } from '../core/claims/job-identity.js';
import type { TubeSettings } from '../core/options/resolved-options.js';
import type { HandlerCall } from './handler-calls.js';
import { decodePayload } from '../core/wire/codec.js';
import { formatHandle, type HandleCopy } from '../core/wire/handle.js';
import type { DqPriority } from '../core/wire/priority.js';

/**
 * Where a job stands. `scheduled`: it waits, for its first attempt or for the next. `skipped`: it came too late (`expires`). `deleted`:
 * it was dead and then deleted.
 */
export type DqTestJobState = 'scheduled' | 'running' | 'completed' | 'skipped' | 'dead' | 'revoked' | 'deleted';

/** A job as a test sees it. */
export interface DqTestJob {
  /** The job's id; for plain tubes the md5 of the body. */
  readonly id: string;
  readonly tube: string;
  readonly state: DqTestJobState;
  /** The payload as the handler gets it: after the codec, so a `Date` is a string. The bytes, where the codec cannot read them. */
  readonly data: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** The `key` it was scheduled with; undefined without one. */
  readonly key: string | undefined;
  /** As scheduled, or where it was moved by its key. */
  readonly dueAt: Date;
  /** When it runs next: `dueAt`, or the moment of its next attempt. Of a job that is over: when it would have, or had to. */
  readonly nextAt: Date;
  readonly scheduledAt: Date;
  /** Attempts made that count; 0 before the first. */
  readonly attempt: number;
  /** What the job said for itself; undefined: its handler's. */
  readonly attempts: number | undefined;
  readonly priority: DqPriority;
  /** What `delay()` returned. */
  readonly handle: string;
  /** What its attempts failed with, in order. A timeout has its `DqTimeoutError` here. */
  readonly errors: readonly unknown[];
  /** Why it is dead; undefined when it is not. */
  readonly reason: string | undefined;
  /** What its handler returned; undefined before it completed. */
  readonly result: unknown;
}

export class LedgerJob {
  state: DqTestJobState = 'scheduled';
  dueMs: number;
  nextMs: number;
  attempt = 0;
  reason: string | undefined;
  result: unknown;
  /** Of its handler, for the attempt that is not settled yet; undefined when it was not called. */
  call: HandlerCall | undefined;
  readonly errors: unknown[] = [];
  readonly copies: HandleCopy[] = [];

  constructor(
    readonly tube: string,
    readonly identity: JobIdentity,
    readonly scheduledMs: number,
  ) {
    this.dueMs = identity.envelope.dueMs;
    this.nextMs = this.dueMs;
  }

  move(dueMs: number): void {
    this.dueMs = dueMs;
    this.nextMs = dueMs;
  }

  /** It is an occurrence of a schedule, behind which another one comes. */
  get recurs(): boolean {
    const { envelope } = this.identity;
    const schedule = envelope.format === 'native' ? envelope.header.schedule : undefined;
    return schedule !== undefined && schedule.extra !== true;
  }

  wait(until: number, attempt: number): void {
    this.state = 'scheduled';
    this.reason = undefined;
    this.nextMs = until;
    this.attempt = attempt;
  }

  die(attempt: number, reason: string): void {
    this.state = 'dead';
    this.attempt = attempt;
    this.reason = reason;
  }

  /** As it is now; it does not change any more. */
  show({ codec, priority }: TubeSettings): DqTestJob {
    const { tube, state, attempt, reason, result, copies } = this;
    const { id, envelope } = this.identity;
    const header = envelope.format === 'native' ? envelope.header : {};
    const key = envelope.format === 'native' ? envelope.ownKey : undefined;
    let data: unknown = envelope.payload;
    try {
      data = decodePayload(codec, envelope.payload, header.raw);
    } catch {
      // Its handler will not see it either: such a job is dead when it is due.
    }
    return Object.freeze({
      id,
      tube,
      state,
      data,
      headers: header.headers ?? {},
      key,
      dueAt: new Date(this.dueMs),
      nextAt: new Date(this.nextMs),
      scheduledAt: new Date(this.scheduledMs),
      attempt,
      attempts: header.attempts,
      priority: header.priority ?? priority,
      handle: formatHandle(copies, id),
      errors: [...this.errors],
      reason,
      result,
    });
  }
}
