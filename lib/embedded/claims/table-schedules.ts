import type {
  KnownSchedule,
  OverdueSchedules,
  ScheduleClaims,
  ScheduleStep,
  ScheduleStepped,
  ScheduleUpsert,
  ScheduleUpserted,
} from '../../core/claims/schedule-claims.js';
import type { ScheduleTable } from './schedule-table.js';

/** How a table is reached: at once, with a file behind it, or over a network. */
export type ReachSchedules = <T>(operation: string, work: (table: ScheduleTable) => T, tube: string) => Promise<T>;

/** Schedules in a table, each call in one piece. */
export class TableSchedules implements ScheduleClaims {
  readonly reach: ReachSchedules;

  constructor(reach: ReachSchedules) {
    this.reach = reach;
  }

  now(tube: string): Promise<number> {
    return this.reach('the time', (table) => table.now(), tube);
  }

  upsert(tube: string, requests: readonly ScheduleUpsert[], onlyMissing = false): Promise<readonly ScheduleUpserted[]> {
    const each = (table: ScheduleTable): readonly ScheduleUpserted[] =>
      requests.map((request) => table.upsert(tube, request, onlyMissing));
    return this.reach('schedules', each, tube);
  }

  written(tube: string, name: string, slotMs: number): Promise<void> {
    return this.reach('an occurrence of a schedule', (table) => table.written(tube, name, slotMs), tube);
  }

  step(tube: string, step: ScheduleStep): Promise<ScheduleStepped> {
    return this.reach('an occurrence of a schedule', (table) => table.step(tube, step), tube);
  }

  overdue(tube: string, lateMs: number, declared: readonly string[]): Promise<OverdueSchedules> {
    return this.reach('a look at schedules', (table) => table.overdue(tube, lateMs, declared), tube);
  }

  remove(tube: string, name: string): Promise<boolean> {
    return this.reach('the removal of a schedule', (table) => table.remove(tube, name), tube);
  }

  pause(tube: string, name: string, paused: boolean): Promise<boolean> {
    return this.reach('the pause of a schedule', (table) => table.pause(tube, name, paused), tube);
  }

  get(tube: string, name: string): Promise<KnownSchedule | undefined> {
    return this.reach('a look at a schedule', (table) => table.get(tube, name), tube);
  }

  async *list(tube: string): AsyncGenerator<KnownSchedule> {
    yield* await this.reach('a look at schedules', (table) => table.all(tube), tube);
  }
}
