import type { ScheduleTurn } from '../core/claims/schedule-claims.js';
import { DqClaimStoreError } from '../core/errors/connection.errors.js';
import { DqQuorumError } from '../core/errors/quorum.error.js';
import { OccurrenceWrites } from '../core/producer/occurrence-writes.js';
import type { DqRuntime } from '../core/runtime.js';
import type { Definition } from './definition.js';
import { fractionOf, occurrenceId, slotName } from './spec/slot-name.js';

/** Of which definition of a schedule something is. */
export interface ScheduleId {
  readonly tube: string;
  readonly name: string;
  readonly mark: string;
  readonly rev: number;
}

const RETRY_MS = 1_000;

/** Writes occurrences of schedules. The same one may be written twice: all its copies share one claim. */
export class OccurrenceWriter {
  readonly #runtime: DqRuntime;
  readonly #tubes = new Map<string, OccurrenceWrites>();

  constructor(runtime: DqRuntime) {
    this.#runtime = runtime;
  }

  /** Writes a turn, and tells the registry. @throws DqQuorumError, DqBodyTooLargeError, DqClaimStoreError */
  async write(of: ScheduleId, definition: Definition, turn: ScheduleTurn): Promise<void> {
    await this.#writes(of.tube).write(this.#occurrence(of, definition, turn));
    await this.#runtime.parts.store.schedules.written(of.tube, of.name, turn.slotMs);
  }

  /** One occurrence more, behind which none comes. */
  async writeExtra(of: ScheduleId, definition: Definition, turn: ScheduleTurn): Promise<void> {
    await this.#writes(of.tube).write(this.#occurrence(of, definition, turn, true));
  }

  /**
   * The same as `write`, tried again until it is done, or the schedule has gone on without that: a single node may have given a copy to
   * somebody. `isTurn` false: it lies behind the turn that stands. Rejects with the reason of `signal` when that comes before.
   */
  async insist(
    of: ScheduleId,
    definition: Definition,
    turn: ScheduleTurn,
    { signal, isTurn = true }: { readonly signal: AbortSignal; readonly isTurn?: boolean },
  ): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        await this.write(of, definition, turn);
        return;
      } catch (error) {
        if (!(error instanceof DqQuorumError || error instanceof DqClaimStoreError)) throw error;
      }
      await this.#wait(RETRY_MS, signal);
      if (isTurn && (await this.#hasGoneOn(of, turn))) return;
    }
  }

  /** @throws DqBodyTooLargeError */
  check(of: ScheduleId, definition: Definition, turn: ScheduleTurn): void {
    this.#writes(of.tube).check(this.#occurrence(of, definition, turn));
  }

  /** The key of the claim of an occurrence. */
  keyOf({ tube, name, mark }: Omit<ScheduleId, 'rev'>, { spec }: Pick<Definition, 'spec'>, slotMs: number): string {
    return this.#writes(tube).keyOf(occurrenceId(name, mark, slotName(spec, slotMs)));
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all([...this.#tubes.values()].map((writes) => writes.idle()));
  }

  async #hasGoneOn({ tube, name, mark }: ScheduleId, { slotMs }: ScheduleTurn): Promise<boolean> {
    try {
      const known = await this.#runtime.parts.store.schedules.get(tube, name);
      return known?.mark !== mark || known.turn === undefined || known.turn.slotMs > slotMs;
    } catch (error) {
      if (error instanceof DqClaimStoreError) return false;
      throw error;
    }
  }

  #occurrence(of: ScheduleId, { spec, payload, header }: Definition, turn: ScheduleTurn, extra?: true) {
    const { name, mark, rev } = of;
    const { slotMs: slot, dueMs, run, missed, lastMs: last } = turn;
    const id = occurrenceId(name, mark, extra === undefined ? slotName(spec, slot) : `x${slot}`);
    const schedule = { name, mark, rev, slot, run, missed, last, extra, spec: { ...spec } };
    return { id, dueMs, payload, header: { ...header, schedule } };
  }

  #writes(tube: string): OccurrenceWrites {
    let writes = this.#tubes.get(tube);
    if (writes === undefined) {
      writes = new OccurrenceWrites(this.#runtime.requireTube(tube, 'a recurring job'), this.#runtime.parts);
      this.#tubes.set(tube, writes);
    }
    return writes;
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', over);
        resolve();
      };
      const timer = this.#runtime.parts.clock.after(ms, over);
      signal.addEventListener('abort', over, { once: true });
    });
  }
}

/** The turn of a slot: due a little later where the schedule has jitter, the same in every process. */
export function turnOf(
  { name, mark }: Pick<ScheduleId, 'name' | 'mark'>,
  { spec }: Pick<Definition, 'spec'>,
  turn: Omit<ScheduleTurn, 'dueMs'>,
): ScheduleTurn {
  const { slotMs } = turn;
  const share = spec.jitterMs === undefined ? 0 : fractionOf(occurrenceId(name, mark, slotName(spec, slotMs)));
  return { ...turn, dueMs: slotMs + Math.floor(share * (spec.jitterMs ?? 0)) };
}
