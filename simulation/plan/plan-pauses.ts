import type { Chance } from '../time/chance.js';
import { planMoment } from './plan-faults.js';
import { type Circumstances, NATIVE_TUBE, PLAIN_TUBE, type Plan, type PlannedPause } from './plan.js';

/**
 * In some plans tubes are paused a few times, mostly for longer than it takes until they are known to be; often at the very moment at which a
 * job of theirs is due.
 */
export function planPauses(
  chance: Chance,
  jobs: Plan['jobs'],
  { processes, busyMs, night }: Circumstances,
): PlannedPause[] {
  if (!chance.happens(0.35)) return [];
  return Array.from({ length: chance.whole(1, 4) }, (_, number) => {
    const job = jobs.length > 0 && chance.happens(0.6) ? chance.pick(jobs) : undefined;
    const any = planMoment(chance, busyMs, night);
    const ends = chance.happens(0.4);
    return {
      number,
      at: Math.max(0, (job === undefined ? any : job.at + job.delayMs) + chance.between(-20, 20)),
      by: chance.whole(0, processes.length - 1),
      tube: job?.tube ?? (chance.happens(0.7) ? NATIVE_TUBE : PLAIN_TUBE),
      forMs: ends ? chance.whole(500, 8_000) : undefined,
      resumeAfterMs: ends && chance.happens(0.7) ? undefined : chance.between(200, 8_000),
    };
  });
}
