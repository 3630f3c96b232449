import type { Plan, PlannedJob, PlannedSettings } from './plan.js';

/** The most time, in milliseconds, that the handlers of a plan take when each slot of one consumer works without a pause. */
export function workOf({ jobs, settings }: Pick<Plan, 'jobs' | 'settings'>): number {
  const total = jobs.reduce((sum, job) => sum + workOfJob(job, settings), 0);
  return total / settings.concurrency;
}

function workOfJob({ act, attempts }: PlannedJob, settings: PlannedSettings): number {
  const most = attempts ?? settings.attempts;
  switch (act.do) {
    case 'finish':
      return act.ms;
    case 'fail':
      return (act.ms ?? 0) * Math.min(act.times + 1, most);
    case 'overrun':
      return settings.timeoutMs * Math.min(act.times, most);
    case 'die':
      // Nobody works on it, but its slot, and those beside it, wait for the lease.
      return settings.leaseMs;
    default:
      return 0;
  }
}
