import type { ScheduleDefinition, ScheduleTurn } from '../../core/claims/schedule-claims.js';

/** A schedule as it is kept. */
export interface ScheduleRecord extends ScheduleDefinition {
  readonly state: 'schedule';
  readonly tube: string;
  readonly rev: number;
  readonly paused: boolean;
  /** Undefined when it has ended. */
  readonly turn?: ScheduleTurn | undefined;
  /** When somebody was told to write the turn; 0 once it is written. */
  readonly begunMs: number;
  readonly keptUntil: number;
}

/** What is left of one that was removed. */
interface RemovedRecord {
  readonly state: 'removed-schedule';
  readonly rev: number;
  readonly keptUntil: number;
}

/** What stands under the key of a schedule. */
export type ScheduleEntry = ScheduleRecord | RemovedRecord;
