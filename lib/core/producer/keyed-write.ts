import { Batch } from '../base/batch.js';
import type {
  KeyCommit,
  KeyCommitment,
  KeyPolicy,
  KeyRequest,
  KeyReservation,
  StandingJob,
} from '../claims/key-claims.js';
import { type DqKeyState, DqKeyTakenError } from '../errors/argument.errors.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { removeCopies } from './copy-removal.js';
import type { JobDraft, KeyedDraft } from './drafts.js';
import type { ProducerParts, Writes } from './writes.js';
import type { KeyWish } from './key-options.js';

/**
 * What a call with a key came to. `scheduled`: a new job waits, and none did. `replaced`: a new job waits in place of `previous`.
 * `postponed`: the job that waited runs at `dueAt`. `kept`: nothing was changed. `superseded`: a call that was admitted later was
 * quicker; what it said stands, and this one's job never runs.
 */
export type DqKeyOutcome = 'scheduled' | 'replaced' | 'postponed' | 'kept' | 'superseded';

export interface DqUpsertResult {
  readonly outcome: DqKeyOutcome;
  /**
   * Of the job that stands: this call's own where it is `scheduled` or `replaced`, else the other one. Where a later call has cancelled
   * the key, that of this call's own job, which is revoked.
   */
  readonly handle: string;
  readonly id: string;
  readonly dueAt: Date;
  /** The job whose key this one has taken. One that runs goes on, and is not tried again. */
  readonly previous?: { readonly id: string; readonly dueAt: Date; readonly state: DqKeyState };
}

/** A request, and who waits for its answer. */
interface Asked<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** A job of which a call tells. */
type Known = Pick<StandingJob, 'id' | 'handle' | 'dueMs'>;

/** How a call ended. */
export type Placed =
  /** Nothing of its own was written. */
  | Exclude<KeyReservation, { readonly kind: 'reserved' | 'refused' }>
  | (Exclude<KeyCommitment, { readonly kind: 'refused' }> & { readonly own: Known });

/**
 * The writes of jobs with keys: **reserved**, written as others are, **committed**. Reservations and commits of one turn share a trip.
 * Copies of jobs that have lost their key are deleted afterwards; nobody waits for that but the close.
 */
export class KeyedWrites {
  readonly #tube: TubeSettings;
  readonly #parts: ProducerParts;
  readonly #writes: Writes;
  readonly #reservations: Batch<Asked<KeyRequest, KeyReservation>, KeyReservation>;
  readonly #commits: Batch<Asked<KeyCommit, KeyCommitment>, KeyCommitment>;

  constructor(tube: TubeSettings, parts: ProducerParts, writes: Writes) {
    const { store, clock } = parts;
    this.#tube = tube;
    this.#parts = parts;
    this.#writes = writes;
    this.#reservations = new Batch((asked) => store.reserveKeys(tube.name, requests(asked)), answered, clock, 1);
    this.#commits = new Batch((asked) => store.commitKeys(tube.name, requests(asked)), answered, clock, 1);
  }

  /** @throws DqKeyTakenError, DqQuorumError, DqClaimStoreError */
  write(draft: JobDraft, keyed: KeyedDraft, { policy, maxWaitMs, refuses }: KeyWish): Promise<DqUpsertResult> {
    return this.#writes.during(async () => {
      const placed = await this.place(draft, keyed, policy, maxWaitMs);
      if (!refuses || placed.kind !== 'kept') return resultOf(placed);
      const { state, dueMs, handle } = placed.standing;
      throw new DqKeyTakenError(keyed.ownKey, state, new Date(dueMs), handle);
    });
  }

  /** Gives a job its place under its key, and lets go of the copies of whichever lost it. The caller counts it as under way. */
  async place(draft: JobDraft, keyed: KeyedDraft, policy: KeyPolicy, maxWaitMs?: number): Promise<Placed> {
    const { id } = draft;
    const { slot, hash } = keyed;
    const request = { slot, id, dueMs: draft.dueMs, policy, hash };
    const reserved = await ask(this.#reservations, maxWaitMs === undefined ? request : { ...request, maxWaitMs });
    if (reserved.kind === 'refused') throw reserved.error;
    if (reserved.kind !== 'reserved') return reserved;
    const { dueMs, firstMs, order } = reserved;
    const handle = await this.#writes.replicate(dueMs === draft.dueMs ? draft : keyed.at(dueMs));
    const commit = { slot, id, dueMs, handle, reserved: { firstMs, order, policy, hash } };
    const committed = await ask(this.#commits, commit).catch((error: unknown) => {
      throw unanswered(error);
    });
    if (committed.kind === 'refused') throw unanswered(committed.error);
    if (committed.kind === 'replaced') this.remove(committed.previous.handle);
    if (committed.kind === 'kept' || committed.kind === 'superseded') this.remove(handle);
    return { ...committed, own: { id, handle, dueMs } };
  }

  /** Deletes the copies of a job that never runs (again). Nobody need wait for it. */
  remove(handle: string): void {
    void this.#writes.during(() => removeCopies(handle, this.#tube, this.#parts.cluster));
  }
}

function requests<Request>(asked: readonly { readonly request: Request }[]): readonly Request[] {
  return asked.map(({ request }) => request);
}

function ask<Request, Answer>(batch: Batch<Asked<Request, Answer>, Answer>, request: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    batch.add({ request, resolve, reject });
  });
}

function answered<Answer>(
  { resolve, reject }: Pick<Asked<never, Answer>, 'resolve' | 'reject'>,
  answer: Answer | undefined,
  error: unknown,
): void {
  if (answer === undefined) reject(error);
  else resolve(answer);
}

function unanswered(cause: unknown): DqClaimStoreError {
  return new DqClaimStoreError(
    'Expected the claim store to say that the job has its key, but it did not. The job is written. It has the key, or asks for ' +
      'it again when it is due; a job that had the key before, and is due sooner, runs then. Make the same call again to be sure.',
    { cause },
  );
}

function resultOf(placed: Placed): DqUpsertResult {
  switch (placed.kind) {
    case 'postponed':
    case 'kept':
      return of(placed.kind, placed.standing);
    case 'superseded':
      return of('superseded', placed.standing ?? placed.own);
    case 'scheduled':
      return of('scheduled', placed.own);
    case 'replaced':
    case 'besides': {
      const { id, dueMs, state } = placed.previous;
      const previous = { id, dueAt: new Date(dueMs), state };
      return { ...of(placed.kind === 'replaced' ? 'replaced' : 'scheduled', placed.own), previous };
    }
  }
}

function of(outcome: DqKeyOutcome, { id, handle, dueMs }: Known): DqUpsertResult {
  return { outcome, handle, id, dueAt: new Date(dueMs) };
}
