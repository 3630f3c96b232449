import { DqOptionsError } from '../errors/argument.errors.js';
import { checkDelay, checkDueTime, type DqDuration } from '../options/duration.js';

/** When a job is to run, as its caller says it. */
export type Moment = { readonly delay: DqDuration } | { readonly at: Date | number };

/** The same, of a caller who says it among options: one of the two. */
export type DqMoment =
  { readonly delay: DqDuration; readonly at?: undefined } | { readonly at: Date | number; readonly delay?: undefined };

/** In epoch milliseconds. @throws DqDelayError, DqDateError, DqPastTimeError */
export function dueAt(moment: Moment, now: number): number {
  return 'delay' in moment ? now + checkDelay(moment.delay) : checkDueTime(moment.at, now);
}

/** @throws DqOptionsError */
export function oneMoment({ delay, at }: Partial<DqMoment>): Moment {
  if (at === undefined) return { delay: delay as DqDuration };
  if (delay === undefined) return { at };
  throw new DqOptionsError('Expected either a delay or a moment (at), got both. Leave one out.');
}
