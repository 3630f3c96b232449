export { DqTesting, type DqAdvanceOptions } from './dq.testing.js';
export {
  DqTestingModule,
  useDqTesting,
  type DqTestingBuilder,
  type DqTestingModuleOptions,
} from './dq.testing.module.js';
export type { DqTestingSettings } from './testing-settings.js';
export type { DqTestReport, DqTestEvent } from './job-ledger.js';
export type { DqRunOneOptions, DqRunResult } from './direct-run.js';
export type { DqTestJob, DqTestJobState } from './ledger-job.js';
export { dqMatchers, type DqMatcherResult, type DqMatchers } from './matchers.js';
export type { DqWantedJob } from './wanted-job.js';
export * from './testing.errors.js';
