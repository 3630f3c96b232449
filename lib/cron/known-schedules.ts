import type { KnownSchedule } from '../core/claims/schedule-claims.js';
import { DqScheduleError } from '../core/errors/argument.errors.js';
import type { DqRuntime } from '../core/runtime.js';
import { readDefinition } from './definition.js';
import { type DqSchedule, shownSchedule } from './schedule.js';
import { idOf, type Schedules } from './schedules.js';
import { checkScheduleName } from './spec/slot-name.js';

/** A schedule, and the id of the job that its last run was; undefined before the first, and of a time zone that this process does not know. */
export interface ScheduleWithLast {
  readonly schedule: DqSchedule;
  readonly lastId: string | undefined;
}

/** A job that was written beside its schedule's times. */
export interface ExtraRun {
  readonly tube: string;
  readonly id: string;
  readonly handle: string;
  readonly at: Date;
}

interface Found {
  readonly tube: string;
  readonly known: KnownSchedule;
}

/** The schedules of all native tubes, as the claim store knows them. */
export class KnownSchedules {
  readonly #runtime: DqRuntime;
  readonly #schedules: Schedules;

  constructor(runtime: DqRuntime, schedules: Schedules) {
    this.#runtime = runtime;
    this.#schedules = schedules;
  }

  get tubes(): readonly string[] {
    return [...this.#runtime.parts.tubes.values()].filter(({ format }) => format === 'native').map(({ name }) => name);
  }

  async get(name: string): Promise<DqSchedule | undefined> {
    const found = await this.#find(name);
    return found && shownSchedule(found.tube, found.known);
  }

  async *list(tubes = this.tubes): AsyncGenerator<ScheduleWithLast, void, undefined> {
    for (const tube of tubes) {
      for await (const known of this.#runtime.parts.store.schedules.list(tube))
        yield {
          schedule: shownSchedule(tube, known),
          // A pattern takes long to read, and who lists may not want it.
          get lastId() {
            return lastIdOf(known);
          },
        };
    }
  }

  /** Writes one run more. Undefined where there is no such schedule. @throws DqQuorumError */
  runNow(name: string): Promise<ExtraRun | undefined> {
    return this.#runtime.context.enter(async () => {
      const found = await this.#find(name);
      if (found === undefined) return undefined;
      const { tube, known } = found;
      const now = await this.#runtime.parts.store.schedules.now(tube);
      const turn = { slotMs: now, dueMs: now, run: known.turn?.run ?? 1, missed: 0, lastMs: known.turn?.lastMs };
      const written = await this.#schedules.writeExtra(
        { ...known, tube, definition: readDefinition(known.text) },
        turn,
      );
      return { tube, at: new Date(now), ...written };
    });
  }

  async #find(name: string): Promise<Found | undefined> {
    checkScheduleName(name);
    const { schedules } = this.#runtime.parts.store;
    const all = await Promise.all(this.tubes.map(async (tube) => ({ tube, known: await schedules.get(tube, name) })));
    return all.find((one): one is Found => one.known !== undefined);
  }
}

/** Of the definition that stands: a run of another one is another's. */
function lastIdOf({ name, mark, text, turn }: KnownSchedule): string | undefined {
  if (turn?.lastMs === undefined) return undefined;
  try {
    return idOf({ name, mark, definition: readDefinition(text) }, turn.lastMs);
  } catch (error) {
    if (error instanceof DqScheduleError) return undefined;
    throw error;
  }
}
