import type { DqSchedule } from '../../cron/schedule.js';
import { DqScheduler } from '../../cron/scheduler.js';
import { span } from '../base/moments.js';

/** When a schedule runs, in short. */
export function rhythmText({ cron, timeZone, every, afterEnd }: DqSchedule): string {
  if (cron !== undefined) return timeZone === undefined ? cron : `${cron} ${timeZone}`;
  if (every !== undefined) return `every ${spanOf(every)}`;
  return afterEnd === undefined ? 'unknown' : `${spanOf(afterEnd)} after its end`;
}

/** Its next slots: the one that is written, and those behind it. One that begins anew at each end has no further ones yet. */
export function slotsOf(schedule: DqSchedule, count: number): readonly Date[] {
  const { next, cron, timeZone, every, afterEnd, startAt, endAt } = schedule;
  if (next === undefined) return [];
  if (count === 1 || afterEnd !== undefined) return [next];
  const rules = { startAt, endAt, from: next, count: count - 1 };
  return [next, ...DqScheduler.preview(cron === undefined ? { every } : { cron, timeZone }, rules)];
}

function spanOf(duration: number | string): string {
  return typeof duration === 'number' ? span(duration) : duration;
}
