export { DqCronModule, type DqCronModuleAsyncOptions } from './cron.module.js';
export type { DqCronModuleOptions, DqCronOptions, DqScheduleJobOptions, DqScheduleOptions } from './cron-options.js';
export { DqCron } from './cron.decorator.js';
export type { DqOccurrence } from './cron-runs.js';
export type { DqSchedule } from './schedule.js';
export { DqScheduler, type DqScheduleUpsert } from './scheduler.js';
export type { DqScheduleRules, DqScheduleTimes } from './spec/spec.js';
