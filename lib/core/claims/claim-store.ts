import type { DqKnownJobState } from '../errors/argument.errors.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import { isNativeKey } from './claim-key.js';
import type { KeyClaims } from './key-claims.js';
import type { PauseClaims } from './pause-claims.js';
import type { ScheduleClaims } from './schedule-claims.js';

/**
 * The seam to the claim store. A claim says who may run a job and what became of it:
 *
 * - **none**: nobody has run it. `claim` makes it running, attempt 1.
 * - **running**: a holder (`token`) runs attempt n until its lease is over. While the lease is valid, others are told to look
 *   again later. When it is over, the job is an **orphan**: those who ask are told so, and whoever asks to take it over gets
 *   attempt n + 1. The same holder asking again gets the same attempt again, so that a lost reply costs nothing.
 * - **waiting**: attempt n failed and may be followed by n + 1 from a moment on. A plain job that is given back as if nobody had
 *   claimed it (no attempt counted, no wait, never dead) has no claim from then on: Go consumers take any value for a lock.
 * - **done**, **revoked**, **dead**: over. A job that is done remembers how many copies are still out, to know how long it must be kept:
 *   the `doneRetention` when all are accounted for, else the retention.
 * - **foreign**: a value that this package did not write. A Go consumer has the job; it is treated as done.
 * - **being written**: a job with a user's own key whose call has not been committed; see {@link KeyClaims}. It is not run.
 * - **unknown**: a value of this package that this release does not understand, as a later one may write it. It is changed by nobody here,
 *   and means neither that the job may run nor that it is over: those who ask are told to look again later.
 *
 * While a job with a caller's own id is running or waiting, its id is held: taken for at least as long as its claim is kept.
 *
 * Only the holder of token and attempt may settle or renew a running claim; anyone else is refused. All calls take many jobs
 * of one tube in one round trip, and reject as a whole with `DqClaimStoreError`, after which the outcome is unknown; each
 * but `account` may be repeated safely. A command that arrives long after its caller gave it up changes nothing that was decided
 * since.
 *
 * A store that is a server of its own may lose writes that it had acknowledged: it is emptied, restarted, or another takes its place.
 * Then it asks whoever holds claims of the tube to tell them again (`onLoss`, `toldAgain`), before it grants any.
 */
export interface ClaimStore extends KeyClaims {
  /** Recurring jobs, which only `nestjs-dq/cron` asks for. */
  readonly schedules: ScheduleClaims;
  /** Whether tubes are paused. */
  readonly pauses: PauseClaims;
  claim(tube: string, holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]>;
  /** `history`: where the tube has one, each outcome that stands from now on is written into it, in the same step. */
  settle(
    tube: string,
    holder: Holder,
    requests: readonly SettleRequest[],
    history?: HistorySettings,
  ): Promise<readonly SettleAnswer[]>;
  /** The outcomes that were written last, the latest first: at most `limit`, older than `before` where that is given. */
  history(tube: string, limit: number, before?: string): Promise<readonly HistoryRecord[]>;
  /** False where the lease was lost to another. */
  renew(tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]>;
  /** Records copies that are certainly gone from their nodes. Not to be repeated: they would be counted twice. */
  account(tube: string, requests: readonly AccountRequest[]): Promise<void>;
  /** Puts a tombstone where the job is not running and not over. Rejects where its claim is unknown. */
  revoke(tube: string, request: RevokeRequest): Promise<RevokeVerdict>;
  /** What the store knows of a job. Changes nothing. `key`: for a caller's own id that without a generation, which leads to its claim. */
  describe(tube: string, key: string): Promise<JobRecord>;
  /** What the store knows of jobs that were given up. */
  describeDead(tube: string, keys: readonly string[]): Promise<readonly DeadClaim[]>;
  /**
   * Ends what `dead` means for a job: `'retry'` makes it waiting with no attempt counted, `'drop'` revoked. A forgotten claim
   * counts as dead. False where the job is not dead.
   */
  resolveDead(tube: string, keys: readonly string[], how: 'retry' | 'drop'): Promise<readonly boolean[]>;
  /** Asks for caller's own ids before anything is written. */
  admit(tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]>;
  /** Tells what became of an admitted write. False where the admission is another call's by now; one that was forgotten is made up for. */
  conclude(tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]>;
  /** Whether it can be reached: false before it has answered, and while it is lost. */
  readonly up: boolean;
  /** Resolves when the store answers, and takes writes, for this tube. Finds out whether it has lost some. */
  ping(tube: string): Promise<void>;
  /**
   * `tellAgain` is called when the store may have lost writes of this tube; until it has resolved, none of the tube's claims is sent. It is
   * called again when it rejects. Only a store that may lose writes has this; it is to be pinged now and then.
   */
  onLoss?(tube: string, tellAgain: () => Promise<void>): void;
  close(): Promise<void>;
}

/** What a call is given, for those that pass it on. */
export type Given<Call extends Exclude<keyof ClaimStore, 'schedules' | 'pauses' | 'up' | 'onLoss'>> = Parameters<
  ClaimStore[Call]
>;

export interface Holder {
  /** Names one consumer of one process; new in each process. */
  readonly token: string;
  /** Milliseconds. */
  readonly leaseMs: number;
}

export interface ClaimRequest {
  /** The claim's key; see `claim-key.ts`. */
  readonly key: string;
  readonly dueMs: number;
  /** Take it over if it is an orphan. */
  readonly takeover: boolean;
  /** Of a job with a key: its slot is asked before it is taken over. */
  readonly slot?: string | undefined;
}

export type ClaimVerdict =
  /**
   * `revived`: it was a dead letter, and somebody wants it to run all the same. `askedMs`: the moment for which its handler last asked, by
   * the store's clock. `movedMs`: the due time that it was moved to.
   */
  | {
      readonly kind: 'granted';
      readonly attempt: number;
      readonly revived?: true;
      readonly askedMs?: number;
      readonly movedMs?: number;
    }
  /** Another run has it; its lease is over in `ms`. */
  | { readonly kind: 'running'; readonly ms: number }
  /** Another run had it, and its lease is over: to be asked for again as a takeover. */
  | { readonly kind: 'orphaned' }
  /** To be tried again in `ms`. */
  | { readonly kind: 'waiting'; readonly ms: number }
  /** Not due by the store's clock for `ms` more. */
  | { readonly kind: 'early'; readonly ms: number }
  | { readonly kind: 'done' | 'revoked' | 'dead' | 'foreign' }
  /** Nobody remembers it, and it came later than the retention after its due time. It is dead from now on. */
  | { readonly kind: 'expired' }
  /** Its producer left it between its copies and their commit: to be committed on its behalf, and asked for again. */
  | { readonly kind: 'unborn' }
  /** Its tube is paused: nothing was changed, and no claim of the call was granted. */
  | { readonly kind: 'paused' };

export interface SettleRequest {
  readonly key: string;
  readonly attempt: number;
  readonly outcome: SettleOutcome;
  /** Copies asked for, as the copy's header says; 0 when unknown. */
  readonly copies: number;
  /**
   * This end, done or dead, stood in the store before. It stands over all that has no end, but for what another runs, and for a dead
   * letter that was revived since.
   */
  readonly toldAgain?: boolean;
  /** What is written of it where its tube has a history. */
  readonly entry?: HistoryEntry;
  /** Of a job with a key. */
  readonly slot?: string | undefined;
}

/** False where another has the job or ended it. `superseded`: its key went to another, so it is revoked in place of a further attempt. */
export type SettleAnswer = boolean | 'superseded';

export type SettleOutcome =
  | { readonly kind: 'done' }
  /** Try again in `ms`. `counts` false: this attempt is not counted. `asked`: its handler wants it then, which is remembered. */
  | { readonly kind: 'again'; readonly ms: number; readonly counts: boolean; readonly asked?: true }
  | { readonly kind: 'dead'; readonly reason: string };

/** How much of a tube's history is kept: both hold, roughly. */
export interface HistorySettings {
  readonly last: number;
  readonly forMs: number;
}

/** What is told of an attempt that ended, beside its claim. */
export interface HistoryEntry {
  readonly id: string;
  readonly outcome: HistoryOutcome;
  /** From its due time to its start. */
  readonly lateMs: number;
  readonly tookMs: number;
  /** The first line of what it failed with, at most {@link LONGEST_HISTORY_ERROR} characters; empty when it did not. */
  readonly error: string;
}

export const LONGEST_HISTORY_ERROR = 500;

/** `skipped`: it came too late, and was not run. `again`: its handler asked for that. `superseded`: in place of one of the two before, by the store. */
export type HistoryOutcome = 'done' | 'skipped' | 'retrying' | 'again' | 'dead' | 'superseded';

export interface HistoryRecord extends HistoryEntry {
  /** Names its place in the history. */
  readonly place: string;
  readonly atMs: number;
  readonly attempt: number;
  /** The token of who ran it. */
  readonly token: string;
}

export interface RenewRequest {
  readonly key: string;
  readonly attempt: number;
  /** The store may have lost writes: an older state of the claim may stand, which this one replaces. */
  readonly toldAgain?: boolean;
}

export interface AccountRequest {
  readonly key: string;
  /** Copies asked for; 0 when unknown. */
  readonly copies: number;
  /** Copies that were deleted since the last account. */
  readonly gone: number;
}

export interface RevokeRequest {
  readonly key: string;
  readonly copies: number;
  /** Undefined when no copy could be read: the tombstone is then kept for a year and the retention, and longer when a copy is met. */
  readonly dueMs: number | undefined;
  /** Every copy was looked for and none is left. Without a claim, the job is then done since long. */
  readonly absent?: boolean;
  /** The key is a guess from an id: where the store does not let this user touch such keys, it is answered as if there were no claim. */
  readonly guess?: boolean;
  /** Of a job with a key: the key is free from then on, where it was this job's. */
  readonly slot?: string | undefined;
}

/** What is known of a job: by its claim and, for a caller's own id, by the admission of its last write. */
export interface JobRecord {
  readonly claim: ClaimState;
  readonly admission?: { readonly state: 'pending' | 'scheduled'; readonly dueMs: number };
}

export type ClaimState =
  | { readonly kind: 'running'; readonly attempt: number; readonly leaseEndMs: number }
  /** `attempt`: how many count so far. `movedMs`: it was moved, and waits for its first attempt since. */
  | { readonly kind: 'waiting'; readonly attempt: number; readonly notBeforeMs: number; readonly movedMs?: number }
  /** `attempt` undefined: its claim has gone, and the admission remembers it. */
  | { readonly kind: 'done'; readonly attempt: number | undefined }
  | { readonly kind: 'dead'; readonly attempts: number; readonly reason: string }
  /** A call with a key is writing it, or died while it did. */
  | { readonly kind: 'pending'; readonly dueMs: number }
  | { readonly kind: 'none' | 'revoked' | 'foreign' | 'unknown' };

/**
 * `expired`: it came later than the retention after its due time, so it may have run before. `over`: done or revoked, so that
 * copies still buried are leftovers. `alive`: about to run (again), or running. `unknown`: not to be decided on by this release.
 */
export type DeadClaim =
  | { readonly kind: 'dead' | 'expired'; readonly attempts: number; readonly reason: string }
  | { readonly kind: 'forgotten' | 'over' | 'alive' | 'unknown' };

/**
 * A caller's own id is admitted for one write at a time, which has a **generation**: a random word that stands in its copies
 * and in their claim's key. So copies of a write that failed are never taken for those of the next write with that id. The
 * admission is **pending** until its write is concluded: **scheduled**, or **failed**, after which the id is free again. A
 * pending admission that is 10 s old was left by a process that died, or could not tell: the next to ask puts a tombstone on its
 * generation and is admitted, unless that job has been started. An admission is kept until the retention after the due time, longer while
 * its job is held, and says that the job is done when its claim has gone before. One that is not understood counts as pending.
 */
export interface AdmitRequest {
  /** The claim's key without a generation. */
  readonly key: string;
  readonly generation: string;
  readonly dueMs: number;
}

export type Admission =
  | { readonly kind: 'admitted' }
  | { readonly kind: 'duplicate'; readonly state: DqKnownJobState; readonly dueMs: number };

export interface ConcludeRequest extends AdmitRequest {
  readonly written: boolean;
}

export type RevokeVerdict = 'revoked' | 'running' | 'done' | 'dead';

/** What a call rejects with when it meets a claim of a later release: only that one knows what it means. */
export function unknownClaim(
  remedy = 'The job was not revoked, and nothing was changed. Revoke it from a process of that release.',
): DqClaimStoreError {
  return new DqClaimStoreError(
    'Expected a claim that this release understands, got one that it does not, as a later release may write it. ' +
      remedy,
  );
}

/**
 * True where a settled job is left as if nobody had ever claimed it: plain, its only attempt not counted, no moment to wait for, and
 * nothing else to be remembered: it is `marked` when it was a dead letter, or its handler has put it off. Then its claim goes: a Go
 * consumer takes any value under its key for a lock, and throws its copies away.
 */
export function leavesNoClaim({ key, attempt, outcome }: Omit<SettleRequest, 'copies'>, marked: boolean): boolean {
  if (isNativeKey(key) || outcome.kind !== 'again' || marked || outcome.asked) return false;
  return !outcome.counts && attempt === 1 && outcome.ms === 0;
}
