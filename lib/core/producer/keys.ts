import { Asking } from '../base/batch.js';
import { nativeClaimKey, slotKey } from '../claims/claim-key.js';
import type {
  KeyCommit,
  KeyCommitment,
  KeyPolicy,
  KeyRequest,
  KeyReservation,
  StandingJob,
} from '../claims/key-claims.js';
import { type DqKeyState, DqKeyTakenError } from '../errors/argument.errors.js';
import { DqClaimStoreError, DqConnectionError } from '../errors/connection.errors.js';
import { CopySearch, type FoundCopy } from '../inspector/copy-search.js';
import { knownKeys } from '../options/option-checks.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { parseHandle } from '../wire/handle.js';
import { checkOwnKey } from '../wire/own-key.js';
import type { JobDraft, KeyedDraft } from './job-draft.js';
import { NativeDraft } from './native-draft.js';
import { checkTakesKeys, type KeyWish } from './key-options.js';
import { type DqMoment, dueAt, oneMoment } from './moment.js';
import type { ProducerParts, Writes } from './writes.js';

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

/** The job that stands under a key. */
export interface DqKeyedJob {
  readonly id: string;
  readonly handle: string;
  /** When it is first to run, where it was moved. */
  readonly dueAt: Date;
  /** `retrying`: it waits for another attempt. */
  readonly state: DqKeyState;
  /** The one that runs, or how many count so far. */
  readonly attempt: number;
}

/** `running`: a handler has it, and it gets no further attempt. `none`: nothing stands under the key. */
export type DqCancelOutcome = 'cancelled' | 'running' | 'none';
/** `running`: a handler has the job, and nothing was changed. `none`: nothing stands under the key. */
export type DqRescheduleOutcome = 'rescheduled' | 'running' | 'none';

const MOMENTS: ReadonlySet<string> = new Set(['delay', 'at']);
/** A job may be replaced, or run, while it is moved. */
const MOST_MOVES = 5;

/** A job of which a call tells. */
type Known = Pick<StandingJob, 'id' | 'handle' | 'dueMs'>;

/** How a call ended. */
type Placed =
  /** Nothing of its own was written. */
  | Exclude<KeyReservation, { readonly kind: 'reserved' | 'refused' }>
  | (Exclude<KeyCommitment, { readonly kind: 'refused' }> & { readonly own: Known });

/**
 * What may be done with the keys of one tube. A job with a key is **reserved**, written as others are, **committed**. Reservations and
 * commits of one turn share a trip. Copies of jobs that have lost their key are deleted afterwards; nobody waits for that but the close.
 */
export class Keys {
  readonly #tube: TubeSettings;
  readonly #parts: ProducerParts;
  readonly #writes: Writes;
  readonly #reservations: Asking<KeyRequest, KeyReservation>;
  readonly #commits: Asking<KeyCommit, KeyCommitment>;

  constructor(tube: TubeSettings, parts: ProducerParts, writes: Writes) {
    const { store, clock } = parts;
    this.#tube = tube;
    this.#parts = parts;
    this.#writes = writes;
    this.#reservations = new Asking((requests) => store.reserveKeys(tube.name, requests), clock);
    this.#commits = new Asking((requests) => store.commitKeys(tube.name, requests), clock);
  }

  /** @throws DqKeyTakenError, DqQuorumError, DqClaimStoreError */
  write(draft: JobDraft, keyed: KeyedDraft, { policy, maxWaitMs, refuses }: KeyWish): Promise<DqUpsertResult> {
    return this.#writes.during(async () => {
      const placed = await this.#place(draft, keyed, policy, maxWaitMs);
      if (!refuses || placed.kind !== 'kept') return resultOf(placed);
      const { state, dueMs, handle } = placed.standing;
      throw new DqKeyTakenError(keyed.ownKey, state, new Date(dueMs), handle);
    });
  }

  /** Gives a job its place under its key, and lets go of the copies of whichever lost it. The caller counts it as under way. */
  async #place(draft: JobDraft, keyed: KeyedDraft, policy: KeyPolicy, maxWaitMs?: number): Promise<Placed> {
    const { id } = draft;
    const { slot, hash } = keyed;
    const request = { slot, id, dueMs: draft.dueMs, policy, hash };
    const reserved = await this.#reservations.ask(maxWaitMs === undefined ? request : { ...request, maxWaitMs });
    if (reserved.kind === 'refused') throw reserved.error;
    if (reserved.kind !== 'reserved') return reserved;
    const { dueMs, firstMs, order } = reserved;
    const handle = await this.#writes.replicate(dueMs === draft.dueMs ? draft : keyed.at(dueMs));
    const commit = { slot, id, dueMs, handle, reserved: { firstMs, order, policy, hash } };
    const committed = await this.#commits.ask(commit).catch((error: unknown) => {
      throw unanswered(error);
    });
    if (committed.kind === 'refused') throw unanswered(committed.error);
    if (committed.kind === 'replaced') this.#remove(committed.previous.handle);
    if (committed.kind === 'kept' || committed.kind === 'superseded') this.#remove(handle);
    return { ...committed, own: { id, handle, dueMs } };
  }

  async cancel(key: string): Promise<DqCancelOutcome> {
    const slot = this.#slot(key);
    return this.#writes.during(async () => {
      const answer = await this.#parts.store.cancelKey(this.#tube.name, slot);
      if (answer.kind === 'cancelled' && answer.previous !== undefined) this.#remove(answer.previous.handle);
      return answer.kind;
    });
  }

  async find(key: string): Promise<DqKeyedJob | undefined> {
    const standing = await this.#parts.store.findKey(this.#tube.name, this.#slot(key));
    if (standing === undefined) return undefined;
    const { id, handle, dueMs, state, attempt } = standing;
    return { id, handle, dueAt: new Date(dueMs), state, attempt };
  }

  async reschedule(key: string, moment: DqMoment): Promise<DqRescheduleOutcome> {
    const slot = this.#slot(key);
    knownKeys(moment, 'the new moment of a job, { delay } or { at },', MOMENTS);
    const dueMs = dueAt(oneMoment(moment), this.#parts.clock.now());
    return this.#writes.during(() => this.#move(key, slot, dueMs));
  }

  async #move(ownKey: string, slot: string, dueMs: number): Promise<DqRescheduleOutcome> {
    const { store, cluster } = this.#parts;
    let unseen: string | undefined;
    for (let moves = 0; moves < MOST_MOVES; moves++) {
      const move = await store.moveKey(this.#tube.name, slot, dueMs);
      if (move.kind === 'moved') return 'rescheduled';
      if (move.kind !== 'earlier') return move.kind;
      const { standing } = move;
      const copy = await new CopySearch(parseHandle(standing.handle), this.#tube, cluster).first();
      if (copy !== undefined) {
        if (await this.#bringForward(ownKey, copy, standing, dueMs)) return 'rescheduled';
      } else if (unseen === standing.id) throw unreadable();
      // It may have been replaced or have run meanwhile, which is why its copies are gone.
      else unseen = standing.id;
    }
    throw new DqClaimStoreError(
      `Expected the job under the key ${JSON.stringify(ownKey)} to stay the same while it is moved, but others replaced it ${MOST_MOVES} times. Try again.`,
    );
  }

  /** Writes the same job anew, for an earlier moment. False when another one stands by now, or it runs. */
  async #bringForward(ownKey: string, { envelope }: FoundCopy, { hash }: StandingJob, dueMs: number): Promise<boolean> {
    if (envelope.format !== 'native') throw unreadable();
    const { newId, clock } = this.#parts;
    const { header, payload } = envelope;
    const draft = new NativeDraft({ tube: this.#tube, id: newId(), ownKey, header, payload, hash, clock }, dueMs);
    const { kind } = await this.#place(draft, draft.keyed as KeyedDraft, 'move');
    return kind !== 'superseded';
  }

  /** @throws DqKeyError */
  #slot(key: string): string {
    checkTakesKeys(this.#tube);
    return slotKey(this.#tube.name, checkOwnKey(key));
  }

  /**
   * Deletes the copies of a job that never runs (again). Nobody need wait for it. Its claim keeps from running what is left of it, and is kept
   * for as long whatever was deleted, so that nothing is accounted for.
   */
  #remove(handle: string): void {
    void this.#writes.during(async () => {
      try {
        const parsed = parseHandle(handle);
        if (parsed.id === undefined) return;
        const search = new CopySearch(parsed, this.#tube, this.#parts.cluster);
        await search.delete(nativeClaimKey(this.#tube.name, parsed.id));
      } catch {
        // A handle from the claim store that is not understood.
      }
    });
  }
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

function unreadable(): DqConnectionError {
  return new DqConnectionError(
    'Expected a node that has the job to show it, since it is to be written anew for an earlier moment, but none did. Nothing was changed. ' +
      'Try again when they are back.',
  );
}
