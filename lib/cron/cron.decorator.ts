import { shown } from '../core/errors/shown.js';
import { CRON_MARK } from '../nest/dq.cron-marks.js';
import { Marks, type MethodMark, requireLegacyDecorators, requireMethod } from '../nest/dq.marks.js';
import type { DqCronOptions } from './cron-options.js';
import type { DqScheduleTimes } from './spec/spec.js';

/** What the decorator leaves on a class, once for each schedule. */
export interface CronMark extends MethodMark {
  readonly times: string | DqScheduleTimes;
  readonly options: DqCronOptions;
}

/** On the prototypes of classes. */
export const CRON_MARKS = new Marks<CronMark>(CRON_MARK);

/**
 * The method runs at the times of a pattern, on a fixed grid, or so long after its last run has ended: once in the whole fleet, whichever process is
 * there. It gets a `DqOccurrence`. Returning and throwing mean what they mean for `@DqHandler`: a run that fails is tried again, and becomes a dead
 * letter in the end; the next one comes all the same. Guards, interceptors, pipes and filters of the method and its class are applied.
 *
 * Needs `DqCronModule` in the application. Wrong patterns, zones and options are refused at boot, and so is a method of a module that is loaded later.
 * @example `@DqCron('0 9 * * 1-5', { timeZone: 'Europe/Berlin' })`, `@DqCron({ every: '15m' })`, `@DqCron({ afterEnd: '10s' })`
 */
export function DqCron(
  times: string | Omit<DqScheduleTimes, 'timeZone'>,
  options: DqCronOptions = {},
): MethodDecorator {
  return (target, key, descriptor) => {
    requireLegacyDecorators('@DqCron', key);
    CRON_MARKS.add(target, { times, options, ...requireMethod(`@DqCron(${shown(times)})`, target, key, descriptor) });
  };
}
