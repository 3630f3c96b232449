import type { KnownSchedule } from '../core/claims/schedule-claims.js';
import { readDefinition } from './definition.js';
import type { DqScheduleRules, DqScheduleTimes, Spec } from './spec/spec.js';

/** A recurring job as the claim store knows it. */
export interface DqSchedule extends DqScheduleTimes, DqScheduleRules {
  readonly name: string;
  readonly tube: string;
  /** When it runs next: its slot, to which jitter may add. Undefined when it has ended, by `endAt` or `limit`. */
  readonly next: Date | undefined;
  /** The slot of its last run. */
  readonly last: Date | undefined;
  readonly paused: boolean;
}

/** As users see it. Times are milliseconds and `Date`s. */
export function shownSchedule(tube: string, { name, text, paused, turn }: KnownSchedule): DqSchedule {
  return {
    name,
    tube,
    ...shownSpec(readDefinition(text).spec),
    paused,
    next: dateOf(turn?.slotMs),
    last: dateOf(turn?.lastMs),
  };
}

function shownSpec(spec: Spec): DqScheduleTimes & DqScheduleRules {
  const shown = {
    cron: spec.cron,
    timeZone: spec.zone,
    every: spec.everyMs,
    afterEnd: spec.afterEndMs,
    missed: spec.missed ?? 'once',
    missedWindow: spec.windowMs,
    overlap: spec.overlap ?? 'allow',
    jitter: spec.jitterMs,
    startAt: dateOf(spec.startMs),
    endAt: dateOf(spec.endMs),
    limit: spec.limit,
  } as const;
  return Object.fromEntries(Object.entries(shown).filter(([, value]) => value !== undefined));
}

export function dateOf(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}
