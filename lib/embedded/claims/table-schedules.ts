import type {
  KnownSchedule,
  OverdueSchedules,
  ScheduleClaims,
  ScheduleStep,
  ScheduleStepped,
  ScheduleUpsert,
  ScheduleUpserted,
} from '../../core/claims/schedule-claims.js';
import type { CarryOut } from './claim-call.js';
import type { ScheduleTable } from './schedule-table.js';

/** Schedules in a table, each call in one piece. */
export class TableSchedules implements ScheduleClaims {
  readonly #carryOut: CarryOut<ScheduleTable>;

  constructor(carryOut: CarryOut<ScheduleTable>) {
    this.#carryOut = carryOut;
  }

  now(tube: string): Promise<number> {
    return this.#carryOut({ tube, operation: 'the time', effect: 'look' }, (table) => table.now());
  }

  upsert(tube: string, requests: readonly ScheduleUpsert[], onlyMissing = false): Promise<readonly ScheduleUpserted[]> {
    const each = (table: ScheduleTable): readonly ScheduleUpserted[] =>
      requests.map((request) => table.upsert(tube, request, onlyMissing));
    return this.#carryOut({ tube, operation: 'schedules', effect: 'lasting' }, each);
  }

  written(tube: string, name: string, slotMs: number): Promise<void> {
    return this.#carryOut({ tube, operation: 'an occurrence of a schedule', effect: 'lasting' }, (table) =>
      table.written(tube, name, slotMs),
    );
  }

  step(tube: string, step: ScheduleStep): Promise<ScheduleStepped> {
    return this.#carryOut({ tube, operation: 'an occurrence of a schedule', effect: 'lasting' }, (table) =>
      table.step(tube, step),
    );
  }

  overdue(tube: string, lateMs: number, declared: readonly string[]): Promise<OverdueSchedules> {
    return this.#carryOut({ tube, operation: 'a look at schedules', effect: 'look' }, (table) =>
      table.overdue(tube, lateMs, declared),
    );
  }

  remove(tube: string, name: string): Promise<boolean> {
    return this.#carryOut({ tube, operation: 'the removal of a schedule', effect: 'lasting' }, (table) =>
      table.remove(tube, name),
    );
  }

  pause(tube: string, name: string, paused: boolean): Promise<boolean> {
    return this.#carryOut({ tube, operation: 'the pause of a schedule', effect: 'lasting' }, (table) =>
      table.pause(tube, name, paused),
    );
  }

  get(tube: string, name: string): Promise<KnownSchedule | undefined> {
    return this.#carryOut({ tube, operation: 'a look at a schedule', effect: 'look' }, (table) =>
      table.get(tube, name),
    );
  }

  async *list(tube: string): AsyncGenerator<KnownSchedule> {
    yield* await this.#carryOut({ tube, operation: 'a look at schedules', effect: 'look' }, (table) => table.all(tube));
  }
}
