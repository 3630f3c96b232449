import type { ClaimState, ClaimVerdict } from '../../core/claims/claim-store.js';
import type { KeyPolicy } from '../../core/claims/key-claims.js';
import type { KnownPause } from '../../core/claims/pause-claims.js';
import type { ScheduleDefinition, ScheduleTurn } from '../../core/claims/schedule-claims.js';

/** What is forgotten after a moment. Records are never changed, only replaced, so that equal ones may be one object. */
export interface Kept {
  /** The last moment at which it is remembered, or {@link FOREVER}. */
  readonly keptUntil: number;
}

/** Stands for no end; a number that JSON can carry. */
export const FOREVER = Number.MAX_SAFE_INTEGER;
/** The end of what is over at once: a record that takes another one's place, and is as good as none. */
export const FORGOTTEN = 1;

/** A claim as it is kept: numbers and strings only. */
export type ClaimRecord =
  RunningClaim | WaitingClaim | OverClaim | DeadRecord | RevokedClaim | PendingClaim | ForeignClaim | UnknownClaim;

/** What is remembered of a job from one attempt to the next. */
export interface Marks {
  /** It was a dead letter. */
  readonly revived?: true;
  /** When its handler last asked to run again. */
  readonly askedMs?: number;
  /** The due time that it was moved to. */
  readonly movedMs?: number;
}

interface RunningClaim extends Kept, Marks {
  readonly state: 'running';
  readonly attempt: number;
  readonly token: string;
  readonly leaseEnd: number;
}

export interface WaitingClaim extends Kept, Marks {
  readonly state: 'waiting';
  readonly attempt: number;
  /** Who settled it so; empty when nobody did. */
  readonly token: string;
  readonly notBefore: number;
}

/** Copies asked for, as far as it is known, and those that are gone. */
interface Copies {
  readonly copies: number;
  readonly gone: number;
}

interface OverClaim extends Kept, Copies {
  readonly state: 'done';
  readonly attempt: number;
  readonly token: string;
}

interface DeadRecord extends Kept, Copies {
  readonly state: 'dead';
  /** 0 when it was never granted. */
  readonly attempt: number;
  /** Empty when it was never granted. */
  readonly token: string;
  readonly reason: string;
}

interface RevokedClaim extends Kept, Copies {
  readonly state: 'revoked';
}

/** A call with a key is writing it: what its commit needs, in case that another has to make it. */
export interface PendingClaim extends Kept {
  readonly state: 'pending';
  /** The call's place among all calls of its key. */
  readonly order: number;
  readonly policy: KeyPolicy;
  readonly firstMs: number;
  readonly dueMs: number;
  readonly hash: string;
}

interface ForeignClaim extends Kept {
  readonly state: 'foreign';
}

/** Stands for every state that this release does not know: a file may have one of a later release. */
interface UnknownClaim extends Kept {
  readonly state: 'unknown';
}

/** The admission of a caller's own id as it is kept. */
export type AdmissionRecord = PendingAdmission | ScheduledAdmission | FailedAdmission | UnknownAdmission;

interface PendingAdmission extends Kept {
  readonly state: 'pending';
  readonly generation: string;
  readonly dueMs: number;
  readonly since: number;
}

interface ScheduledAdmission extends Kept {
  readonly state: 'scheduled';
  readonly generation: string;
  readonly dueMs: number;
  /** Its job is done, also when its claim has gone. */
  readonly done?: true;
}

interface FailedAdmission extends Kept {
  readonly state: 'failed';
}

/** Stands for every state that this release does not know. */
interface UnknownAdmission extends Kept {
  readonly state: 'unknown';
}

/** What is known of a user's own key. Whether a job waits, runs or is over says its claim alone. */
export interface SlotRecord extends Kept {
  /** The highest place that a call was given: microseconds, no two calls the same. */
  readonly order: number;
  /** The place of the last word on the key: a call that was committed or postponed what stands, or a cancel. */
  readonly spoken: number;
  /** Calls that were reserved, and not concluded. */
  readonly open: number;
  readonly standing?: StandingRecord | undefined;
  /** Ids of jobs that were superseded or cancelled while they ran. */
  readonly marked: readonly string[];
}

/** The job that stands under a key. */
export interface StandingRecord {
  readonly id: string;
  readonly dueMs: number;
  readonly firstMs: number;
  readonly hash: string;
  readonly handle: string;
}

/** A schedule as it is kept. */
export interface ScheduleRecord extends Kept, ScheduleDefinition {
  readonly state: 'schedule';
  readonly tube: string;
  readonly rev: number;
  readonly paused: boolean;
  /** Undefined when it has ended. */
  readonly turn?: ScheduleTurn | undefined;
  /** When somebody was told to write the turn; 0 once it is written. */
  readonly begunMs: number;
}

/** What is left of one that was removed. */
interface RemovedRecord extends Kept {
  readonly state: 'removed-schedule';
  readonly rev: number;
}

/** A paused tube as it is kept. */
export interface PauseEntry extends Kept, KnownPause {
  readonly state: 'pause';
}

/** What stands under the key of a schedule. */
export type ScheduleEntry = ScheduleRecord | RemovedRecord;
/** What is kept of a tube beside its claims. */
export type TubeEntry = ScheduleEntry | PauseEntry;

const TUBE_STATES: ReadonlySet<string> = new Set<TubeEntry['state']>(['schedule', 'removed-schedule', 'pause']);

/** True for what a file keeps of tubes, among its claims: a release that does not know it keeps it as a claim that it does not understand. */
export function isTubeEntry(record: { readonly state: string }): record is TubeEntry {
  return TUBE_STATES.has(record.state);
}

/** One key's new record: what a file keeps, and how it is put back. */
export type ClaimChange =
  | { readonly of: 'claim'; readonly key: string; readonly record: ClaimRecord | TubeEntry }
  | { readonly of: 'admission'; readonly key: string; readonly record: AdmissionRecord }
  | { readonly of: 'slot'; readonly key: string; readonly record: SlotRecord };

/** What became of an outcome: `late` when it was too long on its way to be believed. */
export type Settlement = 'settled' | 'refused' | 'late' | 'superseded';

/** Asked too late to be granted anything, or of what is not understood: to be asked again. */
export const ASK_AGAIN: ClaimVerdict = Object.freeze({ kind: 'running', ms: 1 });

/** What a record says to one who asks what became of its job. */
export function claimState(record: ClaimRecord | undefined): ClaimState {
  if (record === undefined) return { kind: 'none' };
  const { state: kind } = record;
  switch (kind) {
    case 'running':
      return { kind, attempt: record.attempt, leaseEndMs: record.leaseEnd };
    case 'waiting':
      return {
        kind,
        attempt: record.attempt,
        notBeforeMs: record.notBefore,
        ...(waitsMoved(record) && { movedMs: record.movedMs }),
      };
    case 'pending':
      return { kind, dueMs: record.dueMs };
    case 'done':
      return { kind, attempt: record.attempt };
    case 'dead':
      return { kind, attempts: record.attempt, reason: record.reason };
    case 'revoked':
    case 'foreign':
      return { kind };
    default:
      // Of a later release, whatever it is called.
      return { kind: 'unknown' };
  }
}

/** True where a job waits for the moment that it was moved to: nobody has settled it since. */
export function waitsMoved(record: WaitingClaim): record is WaitingClaim & { readonly movedMs: number } {
  return record.movedMs !== undefined && record.token === '';
}

export const NO_MARKS: Marks = Object.freeze({});

/** They stay until the job is over. Most have none. */
export function marksOf({ revived, askedMs, movedMs }: Marks): Marks {
  if (revived === undefined && askedMs === undefined && movedMs === undefined) return NO_MARKS;
  return {
    ...(revived && { revived }),
    ...(askedMs !== undefined && { askedMs }),
    ...(movedMs !== undefined && { movedMs }),
  };
}
