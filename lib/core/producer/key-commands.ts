import { slotKey } from '../claims/claim-key.js';
import type { StandingJob } from '../claims/key-claims.js';
import type { DqKeyState } from '../errors/argument.errors.js';
import { DqClaimStoreError, DqConnectionError } from '../errors/connection.errors.js';
import { knownKeys } from '../options/option-checks.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { parseHandle } from '../wire/handle.js';
import { checkOwnKey } from '../wire/own-key.js';
import { CopySearch, type FoundCopy } from '../inspector/copy-search.js';
import type { KeyedDraft } from './drafts.js';
import { type DqMoment, dueAt, oneMoment } from './moment.js';
import { nativeDraft } from './native-draft.js';
import type { ProducerParts, Writes } from './writes.js';
import { checkTakesKeys } from './key-options.js';
import type { KeyedWrites } from './keyed-write.js';

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

/** What may be done with a key, of one tube. */
export class KeyCommands {
  readonly #tube: TubeSettings;
  readonly #parts: ProducerParts;
  readonly #writes: Writes;
  readonly #keyed: KeyedWrites;

  constructor(tube: TubeSettings, parts: ProducerParts, writes: Writes, keyed: KeyedWrites) {
    this.#tube = tube;
    this.#parts = parts;
    this.#writes = writes;
    this.#keyed = keyed;
  }

  async cancel(key: string): Promise<DqCancelOutcome> {
    const slot = this.#slot(key);
    return this.#writes.during(async () => {
      const answer = await this.#parts.store.cancelKey(this.#tube.name, slot);
      if (answer.kind === 'cancelled' && answer.previous !== undefined) this.#keyed.remove(answer.previous.handle);
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
    const { store } = this.#parts;
    let unseen: string | undefined;
    for (let moves = 0; moves < MOST_MOVES; moves++) {
      const move = await store.moveKey(this.#tube.name, slot, dueMs);
      if (move.kind === 'moved') return 'rescheduled';
      if (move.kind !== 'earlier') return move.kind;
      const { standing } = move;
      const copy = await this.#readBack(standing);
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

  /** Undefined when no node that its handle names shows it. */
  async #readBack({ handle }: StandingJob): Promise<FoundCopy | undefined> {
    return new CopySearch(parseHandle(handle), this.#tube, this.#parts.cluster).first();
  }

  /** Writes the same job anew, for an earlier moment. False when another one stands by now, or it runs. */
  async #bringForward(ownKey: string, { envelope }: FoundCopy, { hash }: StandingJob, dueMs: number): Promise<boolean> {
    if (envelope.format !== 'native') throw unreadable();
    const { newId, clock } = this.#parts;
    const { header, payload } = envelope;
    const { priority = this.#tube.priority } = header;
    const job = { tube: this.#tube, id: newId(), generation: undefined, added: undefined, ownKey, priority, header };
    const draft = nativeDraft({ ...job, payload, hash, clock }, dueMs);
    const { kind } = await this.#keyed.place(draft, draft.keyed as KeyedDraft, 'move');
    return kind !== 'superseded';
  }

  /** @throws DqKeyError */
  #slot(key: string): string {
    checkTakesKeys(this.#tube);
    return slotKey(this.#tube.name, checkOwnKey(key));
  }
}

function unreadable(): DqConnectionError {
  return new DqConnectionError(
    'Expected a node that has the job to show it, since it is to be written anew for an earlier moment, but none did. Nothing was changed. ' +
      'Try again when they are back.',
  );
}
