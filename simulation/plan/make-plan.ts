import { Chance } from '../time/chance.js';
import { planFaults } from './plan-faults.js';
import { isLongWait, planRivals, withLongWaits } from './plan-rivals.js';
import { planKeys } from './plan-keys.js';
import { planPauses } from './plan-pauses.js';
import { planJobs } from './plan-jobs.js';
import type { Mode, Plan, PlannedSettings, Role } from './plan.js';
import { workOf } from './work-of.js';

const HOUR_MS = 3_600_000;
const LONG_RETENTION_MS = 168 * HOUR_MS;
const SHORT_RETENTION_MS = 60_000;

/** The plan of a seed. */
export function makePlan(seed: number, mode: Mode): Plan {
  const chance = new Chance(seed, mode);
  const settings = planSettings(chance.of('settings'));
  const roles = chance.of('roles');
  const processes: Role[] = Array.from({ length: roles.whole(1, 2) }, () => 'schedules');
  for (let left = roles.whole(1, 3); left > 0; left--) processes.push(roles.happens(0.3) ? 'both' : 'consumes');
  const busyMs = roles.between(8_000, 30_000);
  const night = roles.happens(0.25) ? { at: busyMs * 0.6, ms: roles.whole(1, 96) * HOUR_MS } : undefined;
  const endMs = busyMs + (night?.ms ?? 0) + roles.between(5_000, 15_000);
  const circumstances = { processes, night, settings, endMs, mode, busyMs };
  const first = withLongWaits(chance.of('waits'), planJobs(chance.of('jobs'), circumstances), night);
  const rivals = planRivals(chance.of('rivals'), first, circumstances);
  const keys = planKeys(chance.of('keys'), [...first, ...rivals], circumstances);
  const { jobs, words } = keys;
  const pauses = planPauses(chance.of('pauses'), jobs, circumstances);
  const usual = planFaults(chance, circumstances);
  const faults = [...usual, ...keys.faults].toSorted((one, other) => one.at - other.at);
  // Only what outlives the retention shows for how long an id is taken.
  const isLong = jobs.some(isLongWait) && chance.of('retention').happens(0.7);
  const kept = isLong ? { ...settings, retentionMs: SHORT_RETENTION_MS } : settings;
  return { seed, mode, settings: withRoom(kept, jobs), processes, night, jobs, words, pauses, faults, endMs };
}

/** Jobs that lie in a backlog for longer than the retention expire, and that is right: it has to be the faults that make them late. */
function withRoom(settings: PlannedSettings, jobs: Plan['jobs']): PlannedSettings {
  const isShort = settings.retentionMs <= 2 * workOf({ jobs, settings });
  return isShort ? { ...settings, retentionMs: LONG_RETENTION_MS } : settings;
}

function planSettings(chance: Chance): PlannedSettings {
  return {
    nodes: chance.weigh([
      [8, 3],
      [1, 4],
      [1, 5],
    ]),
    leaseMs: chance.pick([1_000, 2_000, 5_000, 10_000, 30_000]),
    ttrMs: chance.pick([5_000, 10_000, 60_000]),
    deadlineMs: chance.pick([500, 1_000, 3_000]),
    concurrency: chance.pick([1, 2, 5, 20]),
    attempts: chance.pick([3, 5, 8]),
    timeoutMs: chance.pick([3_000, 6_000, 15_000]),
    backoffMs: chance.pick([100, 1_000, 3_000]),
    retentionMs: chance.weigh([
      [9, LONG_RETENTION_MS],
      [1, SHORT_RETENTION_MS],
    ]),
  };
}
