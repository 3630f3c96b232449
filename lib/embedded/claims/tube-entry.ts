import type { KnownPause } from '../../core/claims/pause-claims.js';
import type { ScheduleEntry } from './schedule-record.js';

/** A paused tube as it is kept. */
export interface PauseEntry extends KnownPause {
  readonly state: 'pause';
  readonly keptUntil: number;
}

/** What is kept of a tube beside its claims. */
export type TubeEntry = ScheduleEntry | PauseEntry;

const STATES: ReadonlySet<string> = new Set<TubeEntry['state']>(['schedule', 'removed-schedule', 'pause']);

/** True for what a file keeps of tubes, among its claims: a release that does not know it keeps it as a claim that it does not understand. */
export function isTubeEntry(record: { readonly state: string }): record is TubeEntry {
  return STATES.has(record.state);
}
