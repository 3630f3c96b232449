import type { DqClaimStoreError } from '../errors/connection.errors.js';

/**
 * The seam to what the claim store knows of **keys**: a user's own names for what is to be done, under each of which at most one job waits.
 *
 * Each key has a **slot** beside the claims of its tube. It names the job that **stands**, and carries marks of jobs that were superseded or
 * cancelled while they ran: such a job gets no further attempt, and nobody takes it over. A job stands only once it was **committed**:
 *
 * 1. **reserve**: the call gets its place in the order of all calls of the key, and the claim of its new job says that it is *being written*.
 *    A copy that meets that state is not run.
 * 2. the copies are written.
 * 3. **commit**: in one step the job takes the place of the one that stood, whose claim becomes revoked when it waited, or which is marked when
 *    it ran; the new job's claim goes, so that it is a job like any other from then on. A call whose place is before the last word on its
 *    key is **superseded** in place of that: its own claim becomes revoked.
 *
 * A claim that has been *being written* for {@link STALE_ADMISSION_MS} was left by a producer that died, or whose commit the store lost. Whoever
 * meets its copy then **rolls forward**: commits on that producer's behalf. Never back: the call may have been acknowledged.
 *
 * Whether a job waits, runs or is over is always read from its claim, never from its slot. A slot is kept until its latest job's due time
 * and the retention have passed, and goes with the end of the job that stands, unless a call is under way.
 */
export interface KeyClaims {
  /** Gives calls their place. All but `reserved` are the end of the call: nothing is to be written. */
  reserveKeys(tube: string, requests: readonly KeyRequest[]): Promise<readonly KeyReservation[]>;
  /** May be repeated: it answers `scheduled` again where the job stands, or has begun. */
  commitKeys(tube: string, requests: readonly KeyCommit[]): Promise<readonly KeyCommitment[]>;
  /** Revokes what waits under a key, marks what runs, and supersedes every call that was reserved before. */
  cancelKey(tube: string, slot: string): Promise<KeyCancellation>;
  /** Moves what waits to a later moment: its claim waits until then. What runs, and what would have to come earlier, is left. */
  moveKey(tube: string, slot: string, dueMs: number): Promise<KeyMove>;
  /** The job that stands, unless it is over. */
  findKey(tube: string, slot: string): Promise<StandingJob | undefined>;
}

/**
 * What a call wants where a job stands that is not over. `replace`: its own in place of one that waits. `postpone`: the other one, later.
 * `keep`: nothing but the other one, also when it runs. `error` is as `keep` here. `move`: its own in place of one that waits and has
 * the same hash when it is committed; where none does, it is superseded.
 */
export type KeyPolicy = 'replace' | 'keep' | 'postpone' | 'move';

export interface KeyRequest {
  /** The slot's key in the store; see `claim-key.ts`. */
  readonly slot: string;
  /** Of the new job, which is not a caller's own. */
  readonly id: string;
  readonly dueMs: number;
  readonly policy: KeyPolicy;
  /**
   * Of payload and options. Where it equals that of a job that waits, `replace` with a later moment is a postponement, and with the same one
   * it is nothing.
   */
  readonly hash: string;
  /** The due time is at most so many milliseconds after the first call since nothing waited under the key. */
  readonly maxWaitMs?: number;
}

export type KeyReservation =
  /** To be written for `dueMs`, which `maxWaitMs` may have made earlier, and committed with `order` and `firstMs`. */
  | { readonly kind: 'reserved'; readonly dueMs: number; readonly firstMs: number; readonly order: number }
  /** `standing` waits until its `dueMs` now. */
  | { readonly kind: 'postponed'; readonly standing: StandingJob }
  /** Nothing was changed. */
  | { readonly kind: 'kept'; readonly standing: StandingJob }
  | KeyRefusal;

/** This key could not be asked, and nothing was changed: a later release wrote its slot, say. It says nothing of the others that were asked beside it. */
export interface KeyRefusal {
  readonly kind: 'refused';
  readonly error: DqClaimStoreError;
}

export interface KeyCommit {
  readonly slot: string;
  readonly id: string;
  readonly dueMs: number;
  /** Of all copies that were written. */
  readonly handle: string;
  /** What its reservation said. Undefined on behalf of a producer that left it: then its claim says it. */
  readonly reserved:
    { readonly firstMs: number; readonly order: number; readonly policy: KeyPolicy; readonly hash: string } | undefined;
}

export type KeyCommitment =
  /** It stands. */
  | { readonly kind: 'scheduled' }
  /** It stands, and `previous` never runs (again). Its copies are to be deleted. */
  | { readonly kind: 'replaced'; readonly previous: StandingJob }
  /** It stands beside `previous`, which runs, and is not tried again. */
  | { readonly kind: 'besides'; readonly previous: StandingJob }
  /** Another stands and was to be kept; this one never runs. Its copies are to be deleted. */
  | { readonly kind: 'kept'; readonly standing: StandingJob }
  /** A later call has spoken; this one's job never runs. `standing`: undefined when that was a cancel, or its job is over. */
  | { readonly kind: 'superseded'; readonly standing: StandingJob | undefined }
  | KeyRefusal;

export type KeyCancellation =
  /** `previous`: undefined where only calls were cancelled that had not been committed. */
  | { readonly kind: 'cancelled'; readonly previous: StandingJob | undefined }
  /** A handler has it, and it is not tried again. */
  | { readonly kind: 'running' }
  | { readonly kind: 'none' };

export type KeyMove =
  | { readonly kind: 'moved'; readonly standing: StandingJob }
  /** Its copies would come up too late: it has to be written anew. */
  | { readonly kind: 'earlier'; readonly standing: StandingJob }
  | { readonly kind: 'running' | 'none' };

/** The job that stands under a key. */
export interface StandingJob {
  readonly id: string;
  readonly handle: string;
  /** Where it was moved, that moment. */
  readonly dueMs: number;
  /** When the first call came since nothing waited under the key, by the store's clock. */
  readonly firstMs: number;
  /** Of its payload and options. */
  readonly hash: string;
  /** `retrying`: it waits for a further attempt. */
  readonly state: 'scheduled' | 'retrying' | 'running';
  /** The attempt that runs, or how many count so far. */
  readonly attempt: number;
}
