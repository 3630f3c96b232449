import type { ScheduleTurn, ScheduleUpsert, ScheduleUpserted } from '../core/claims/schedule-claims.js';
import type { DqRuntime } from '../core/runtime.js';
import { type Definition, definitionText, markOf } from './definition.js';
import { type OccurrenceWriter, type ScheduleId, turnOf } from './occurrence-writer.js';
import { rhythmOf, type Spec } from './spec/spec.js';

/** A schedule that is to be there. */
export interface WantedSchedule {
  readonly tube: string;
  readonly name: string;
  readonly definition: Definition;
}

/** Puts schedules into the registry, and their first occurrences onto the nodes. */
export class Schedules {
  /** Called when something was put in. */
  onPut: () => void = () => {};
  readonly #runtime: DqRuntime;
  readonly #writer: OccurrenceWriter;

  constructor(runtime: DqRuntime, writer: OccurrenceWriter) {
    this.#runtime = runtime;
    this.#writer = writer;
  }

  /**
   * All of one tube. `onlyMissing`: they were put in before, and the store has forgotten them. What came due until now is on the nodes, or was
   * run. @throws DqClaimStoreError, DqQuorumError; DqBodyTooLargeError before anything is written
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
      const { name, definition } = wanted[at] as WantedSchedule;
      const { mark } = requests[at] as ScheduleUpsert;
      if (write && turn !== undefined) await this.#writer.write({ tube, name, mark, rev }, definition, turn);
    });
    this.onPut();
    // Each has its own chance; the first fault is told.
    const results = await Promise.allSettled(writes);
    const failed = results.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return answers;
  }

  #request({ tube, name, definition }: WantedSchedule, now: number, again: boolean): ScheduleUpsert {
    const text = definitionText(definition);
    const mark = markOf(text);
    const of: ScheduleId = { tube, name, mark, rev: now };
    const slotMs = again ? rhythmOf(definition.spec).next(now) : firstSlot(definition.spec, now);
    const turn: ScheduleTurn | undefined =
      slotMs === undefined ? undefined : turnOf(of, definition, { slotMs, run: 1, missed: 0 });
    this.#writer.check(of, definition, turn ?? turnOf(of, definition, { slotMs: now, run: 1, missed: 0 }));
    return { name, mark, text, turn };
  }
}

/** The first slot of a schedule that is new. One that began in the past and leaves nothing out begins there. */
function firstSlot(spec: Spec, now: number): number | undefined {
  const { missed, startMs, windowMs = 0 } = spec;
  const from = missed === 'all' && startMs !== undefined ? Math.min(now, Math.max(startMs, now - windowMs) - 1) : now;
  return rhythmOf(spec).next(from);
}
