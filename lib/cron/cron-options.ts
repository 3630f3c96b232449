import { DqScheduleError } from '../core/errors/argument.errors.js';
import { shown } from '../core/errors/shown.js';
import type { DqJobOptions, DqRunOptions } from '../core/options/dq-options.js';
import { knownKeys } from '../core/options/option-checks.js';
import { namesOf, RUN_OPTIONS } from '../core/options/option-names.js';
import { checkTubeName } from '../core/wire/tube-name.js';
import type { DqScheduleRules, DqScheduleTimes } from './spec/spec.js';

/** What `DqCronModule.forRoot` takes. */
export interface DqCronModuleOptions extends DqRunOptions {
  /**
   * The tube of all methods with `@DqCron` of this application; it is declared by this. Services with other methods need another one. May be
   * left out where there are none.
   */
  readonly tube?: string | undefined;
}

/** What each job of a schedule says for itself. */
export type DqScheduleJobOptions = Pick<DqJobOptions, 'priority' | 'attempts' | 'backoff' | 'expires' | 'headers'>;

/** What `@DqCron` takes besides the times. */
export interface DqCronOptions extends DqScheduleRules, DqScheduleJobOptions {
  /** Names the schedule in its tube: 1 to 80 letters, digits or `. _ : @ + = -`. @default `Class.method` */
  readonly name?: string | undefined;
  /** The zone of the pattern. @default 'UTC', whatever the zone of the process is */
  readonly timeZone?: string | undefined;
  /** It does not run, and is removed where it did. @default false */
  readonly disabled?: boolean | undefined;
}

/** What `DqScheduler.upsert` takes: when, how, and the job. */
export interface DqScheduleOptions<T = unknown> extends DqScheduleTimes, DqScheduleRules, DqScheduleJobOptions {
  /** Whose `@DqHandler` runs its jobs. A declared native tube. @default the default tube */
  readonly tube?: string | undefined;
  /** The payload of each job. @default null */
  readonly data?: T | undefined;
}

/** What `DqScheduler.preview` takes besides the times. */
export interface DqPreviewOptions extends DqScheduleRules {
  /** The zone of the pattern. @default 'UTC' */
  readonly timeZone?: string | undefined;
  /** Slots behind this moment. @default now */
  readonly from?: Date | number | undefined;
  /** From 1 to 1,000. @default 5 */
  readonly count?: number | undefined;
}

const TIMES = ['cron', 'timeZone', 'every', 'afterEnd'] as const;
const RULES = ['missed', 'missedWindow', 'overlap', 'jitter', 'startAt', 'endAt', 'limit'] as const;
const JOB = ['priority', 'attempts', 'backoff', 'expires', 'headers'] as const;

export const SCHEDULE_OPTIONS = namesOf<DqScheduleOptions>()(['tube', 'data', ...TIMES, ...RULES, ...JOB]);
export const CRON_OPTIONS = namesOf<DqCronOptions>()(['name', 'disabled', 'timeZone', ...RULES, ...JOB]);
export const PREVIEW_OPTIONS = namesOf<DqPreviewOptions>()(['from', 'count', 'timeZone', ...RULES]);
const TIMES_OPTIONS = namesOf<DqScheduleTimes>()(TIMES);

/** @throws DqOptionsError, DqTubeNameError */
export function checkModuleOptions(options: DqCronModuleOptions): DqCronModuleOptions {
  knownKeys(options, 'the options of DqCronModule', new Set(['tube', ...RUN_OPTIONS]));
  if (options.tube !== undefined) checkTubeName(options.tube);
  return options;
}

/** The times as one object. @throws DqScheduleError for what is neither a pattern nor times; DqOptionsError */
export function timesOf(times: string | DqScheduleTimes, where: string): DqScheduleTimes {
  if (typeof times === 'string') return { cron: times };
  if (typeof times === 'object' && times !== null) {
    knownKeys(times, `the times of ${where}`, TIMES_OPTIONS);
    return times;
  }
  throw new DqScheduleError(
    `Expected ${where} to be given a pattern such as '0 9 * * 1-5', { every: '15m' } or { afterEnd: '10s' }, got ${shown(times)}.`,
  );
}
