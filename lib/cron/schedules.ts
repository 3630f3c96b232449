import type { ScheduleTurn, ScheduleUpsert, ScheduleUpserted } from '../core/claims/schedule-claims.js';
import { DqClaimStoreError } from '../core/errors/connection.errors.js';
import { DqQuorumError } from '../core/errors/quorum.error.js';
import { OccurrenceWrites } from '../core/producer/occurrence-writes.js';
import type { DqRuntime } from '../core/runtime.js';
import { type Definition, definitionText, markOf } from './definition.js';
import { fractionOf, occurrenceId, slotName } from './spec/slot-name.js';
import { rhythmOf, type Spec } from './spec/spec.js';

/** A schedule that is to be there. */
export interface WantedSchedule {
  readonly tube: string;
  readonly name: string;
  readonly definition: Definition;
}

/** A schedule under one of its definitions, as each of its occurrences has it. */
export interface DefinedSchedule extends WantedSchedule {
  readonly mark: string;
  readonly rev: number;
}

const RETRY_MS = 1_000;

/**
 * Puts schedules into the registry, and their occurrences onto the nodes. The same occurrence may be written twice: all its copies share
 * one claim.
 */
export class Schedules {
  /** Called when something was put in. */
  onPut: () => void = () => {};
  readonly #runtime: DqRuntime;
  readonly #tubes = new Map<string, OccurrenceWrites>();

  constructor(runtime: DqRuntime) {
    this.#runtime = runtime;
  }

  /**
   * All of one tube, with their first occurrences. `onlyMissing`: they were put in before, and the store has forgotten them. What came due until
   * now is on the nodes, or was run. @throws DqClaimStoreError, DqQuorumError; DqBodyTooLargeError before anything is written
   */
  async put(
    tube: string,
    wanted: readonly WantedSchedule[],
    onlyMissing = false,
  ): Promise<readonly ScheduleUpserted[]> {
    if (wanted.length === 0) return [];
    const { schedules } = this.#runtime.parts.store;
    const now = await schedules.now(tube);
    const requests = wanted.map((one) => this.#request(one, now, onlyMissing));
    const answers = await schedules.upsert(tube, requests, onlyMissing);
    const writes = answers.map(async ({ write, turn, rev }, at) => {
      const { mark } = requests[at] as ScheduleUpsert;
      if (write && turn !== undefined) await this.write({ ...(wanted[at] as WantedSchedule), mark, rev }, turn);
    });
    this.onPut();
    // Each has its own chance; the first fault is told.
    const results = await Promise.allSettled(writes);
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return answers;
  }

  /** Writes a turn, and tells the registry. @throws DqQuorumError, DqBodyTooLargeError, DqClaimStoreError */
  async write(of: DefinedSchedule, turn: ScheduleTurn): Promise<void> {
    await this.#writes(of.tube).write(occurrenceOf(of, turn));
    await this.#runtime.parts.store.schedules.written(of.tube, of.name, turn.slotMs);
  }

  /** One occurrence more, behind which none comes. */
  async writeExtra(of: DefinedSchedule, turn: ScheduleTurn): Promise<{ readonly id: string; readonly handle: string }> {
    const occurrence = occurrenceOf(of, turn, true);
    return { id: occurrence.id, handle: await this.#writes(of.tube).write(occurrence) };
  }

  /**
   * The same as `write`, tried again until it is done, or the schedule has gone on without that: a single node may have given a copy to
   * somebody. `isTurn` false: it lies behind the turn that stands. Rejects with the reason of `signal` when that comes before.
   */
  async insist(of: DefinedSchedule, turn: ScheduleTurn, signal: AbortSignal, isTurn = true): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        await this.write(of, turn);
        return;
      } catch (error) {
        if (!(error instanceof DqQuorumError || error instanceof DqClaimStoreError)) throw error;
      }
      await this.wait(signal);
      if (isTurn && (await this.#hasGoneOn(of, turn))) return;
    }
  }

  /** Waits before something is tried again, no longer than until `signal`. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = this.#runtime.parts.clock.after(RETRY_MS, over);
      signal.addEventListener('abort', over, { once: true });
    });
  }

  /** The key of the claim of an occurrence. */
  keyOf(of: DefinedSchedule, slotMs: number): string {
    return this.#writes(of.tube).keyOf(idOf(of, slotMs));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all([...this.#tubes.values()].map((writes) => writes.idle()));
  }

  #request(wanted: WantedSchedule, now: number, again: boolean): ScheduleUpsert {
    const { tube, name, definition } = wanted;
    const text = definitionText(definition);
    const of: DefinedSchedule = { ...wanted, mark: markOf(text), rev: now };
    const slotMs = again ? rhythmOf(definition.spec).next(now) : firstSlot(definition.spec, now);
    const turn = turnOf(of, { slotMs: slotMs ?? now, run: 1, missed: 0 });
    this.#writes(tube).check(occurrenceOf(of, turn));
    return { name, mark: of.mark, text, turn: slotMs === undefined ? undefined : turn };
  }

  async #hasGoneOn({ tube, name, mark }: DefinedSchedule, { slotMs }: ScheduleTurn): Promise<boolean> {
    try {
      const known = await this.#runtime.parts.store.schedules.get(tube, name);
      return known?.mark !== mark || known.turn === undefined || known.turn.slotMs > slotMs;
    } catch (error) {
      if (error instanceof DqClaimStoreError) return false;
      throw error;
    }
  }

  #writes(tube: string): OccurrenceWrites {
    let writes = this.#tubes.get(tube);
    if (writes === undefined) {
      writes = new OccurrenceWrites(this.#runtime.requireTube(tube, 'a recurring job'), this.#runtime.parts);
      this.#tubes.set(tube, writes);
    }
    return writes;
  }
}

/** What comes behind a turn; `'none'` where no slot does, or it has had all its runs. */
export function nextTurn(
  of: DefinedSchedule,
  turn: Omit<ScheduleTurn, 'dueMs' | 'slotMs'> & { readonly slotMs: number | undefined },
): ScheduleTurn | 'none' {
  const { slotMs, run } = turn;
  if (slotMs === undefined || run > (of.definition.spec.limit ?? Infinity)) return 'none';
  return turnOf(of, { ...turn, slotMs });
}

/** The turn of a slot: due a little later where the schedule has jitter, the same in every process. */
function turnOf(of: DefinedSchedule, turn: Omit<ScheduleTurn, 'dueMs'>): ScheduleTurn {
  const { jitterMs } = of.definition.spec;
  const lateMs = jitterMs === undefined ? 0 : Math.floor(jitterMs * fractionOf(idOf(of, turn.slotMs)));
  return { ...turn, dueMs: turn.slotMs + lateMs };
}

/** Of the job that a slot's occurrence is. */
export function idOf({ name, mark, definition }: Omit<DefinedSchedule, 'tube' | 'rev'>, slotMs: number): string {
  return occurrenceId(name, mark, slotName(definition.spec, slotMs));
}

function occurrenceOf(of: DefinedSchedule, turn: ScheduleTurn, extra?: true) {
  const { name, mark, rev, definition } = of;
  const { slotMs: slot, dueMs, run, missed, lastMs: last } = turn;
  const id = extra === undefined ? idOf(of, slot) : occurrenceId(name, mark, `x${slot}`);
  const schedule = { name, mark, rev, slot, run, missed, last, extra, spec: { ...definition.spec } };
  return { id, dueMs, payload: definition.payload, header: { ...definition.header, schedule } };
}

/** The first slot of a schedule that is new. One that began in the past and leaves nothing out begins there. */
function firstSlot(spec: Spec, now: number): number | undefined {
  const { missed, startMs, windowMs = 0 } = spec;
  const from = missed === 'all' && startMs !== undefined ? Math.min(now, Math.max(startMs, now - windowMs) - 1) : now;
  return rhythmOf(spec).next(from);
}
