import type { Chance } from '../time/chance.js';
import { type Circumstances, NATIVE_TUBE, type Plan, type PlannedJob } from './plan.js';

const HOUR_MS = 3_600_000;
/** A rival that gets its id has time to run. */
const LEAST_LEFT_MS = 3_000;

/** Jobs that want an id which another has: while that one waits, runs, is retried, or is over. */
export function planRivals(chance: Chance, jobs: readonly PlannedJob[], circumstances: Circumstances): PlannedJob[] {
  const share = chance.pick([0, 0.5, 0.5]);
  const callers = circumstances.processes.flatMap((role, at) => (role === 'schedules' ? at : []));
  const rivals: PlannedJob[] = [];
  for (const { seq, ownId, at, delayMs } of jobs) {
    if (ownId !== seq || !chance.happens(share)) continue;
    for (let left = chance.whole(1, 3); left > 0; left--) {
      rivals.push({
        seq: jobs.length + rivals.length,
        at: planRivalry(chance, at, at + delayMs, circumstances),
        by: chance.pick(callers),
        tube: NATIVE_TUBE,
        delayMs: chance.pick([0, chance.whole(1, 2_000)]),
        timed: false,
        ownId: seq,
        act: { do: 'finish', ms: 0 },
        bytes: 0,
      });
    }
  }
  return rivals;
}

/** When somebody asks who wants what a job has. With a night most ask in it: hours after the job was due, and before it can run again. */
export function planRivalry(
  chance: Chance,
  asked: number,
  due: number,
  { busyMs, night }: Pick<Circumstances, 'busyMs' | 'night'>,
): number {
  if (night !== undefined && chance.happens(0.7)) return night.at + chance.between(0.02, 1) * night.ms;
  const moment = chance.weigh<() => number>([
    [2, () => asked + chance.between(0, 50)],
    [2, () => chance.between(asked, due)],
    [3, () => due + chance.between(-20, 200)],
    [2, () => due + chance.between(0, 10_000)],
  ])();
  return Math.max(asked, Math.min(moment, busyMs + (night?.ms ?? 0) - LEAST_LEFT_MS));
}

/** It is to go on later than an id is taken whose job was over soon. */
export function isLongWait({ act, backoffMs }: PlannedJob): boolean {
  return backoffMs !== undefined || (act.do === 'again' && act.ms > HOUR_MS);
}

/** Some jobs with an id of their own begin before a night, and are to go on hours later. */
export function withLongWaits(chance: Chance, jobs: readonly PlannedJob[], night: Plan['night']): PlannedJob[] {
  const share = chance.pick([0, 0.5, 0.8]);
  if (night === undefined) return [...jobs];
  return jobs.map((job) => {
    const room = night.at + night.ms - job.at - job.delayMs;
    if (job.ownId === undefined || job.at + job.delayMs > night.at || room < HOUR_MS || !chance.happens(share))
      return job;
    const ms = Math.floor(chance.between(Math.min(room / 2, 4 * HOUR_MS), room));
    return chance.happens(0.5)
      ? { ...job, act: { do: 'again', times: 1, ms } }
      : { ...job, act: { do: 'fail', times: 1, ms: 0 }, attempts: undefined, backoffMs: ms };
  });
}
