export { DqDashboardModule, type DqDashboardModuleAsyncOptions } from './dq.dashboard.module.js';
export type {
  DqDashboardMount,
  DqDashboardOptions,
  DqDashboardOptionsFactory,
  DqDashboardRedaction,
  DqDashboardSettings,
} from './dashboard-options.js';
