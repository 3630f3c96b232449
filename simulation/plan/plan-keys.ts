import type { Chance } from '../time/chance.js';
import {
  type Circumstances,
  NATIVE_TUBE,
  type PlannedFault,
  type PlannedJob,
  type PlannedKey,
  type PlannedWord,
} from './plan.js';
import { planRivalry } from './plan-rivals.js';

type KeyedJob = PlannedJob & { readonly keyed: PlannedKey };

/**
 * Gives a share of the jobs keys, few enough to be fought for: with calls at once, near the due time and after it, equal and other ones,
 * cancels and new moments. A plan without keys stays what it is.
 */
export function planKeys(
  chance: Chance,
  jobs: readonly PlannedJob[],
  circumstances: Circumstances,
): { readonly jobs: PlannedJob[]; readonly words: PlannedWord[]; readonly faults: PlannedFault[] } {
  const share = chance.pick([0, 0.3, 0.7]);
  if (share === 0) return { jobs: [...jobs], words: [], faults: [] };
  const habit = {
    keys: chance.whole(1, 3),
    rivals: chance.pick([0.2, 0.6]),
    words: chance.pick([0, 0.3, 0.6]),
    moves: chance.happens(0.7),
    debounces: chance.pick([0, 0.3]),
  };
  const callers = circumstances.processes.flatMap((role, at) => (role === 'schedules' ? at : []));
  const planned = jobs.map((job) => {
    if (job.tube !== NATIVE_TUBE || job.ownId !== undefined || !chance.happens(share)) return job;
    const key = `key-${chance.whole(1, habit.keys)}`;
    // Who holds the handle of a job that was brought forward holds that of another.
    const revokeAfterMs = habit.moves ? undefined : job.revokeAfterMs;
    return { ...job, revokeAfterMs, keyed: planKey(chance, key, job, habit.debounces) };
  });
  const keyed = planned.filter(isKeyed);
  const rivals: PlannedJob[] = [];
  const words: PlannedWord[] = [];
  for (const job of keyed) {
    const { at, delayMs, keyed } = job;
    const moment = (): number => planRivalry(chance, at, at + delayMs, circumstances);
    if (chance.happens(habit.rivals)) {
      for (let left = chance.whole(1, 3); left > 0; left--) {
        const seq = jobs.length + rivals.length;
        const rival = { ...job, seq, at: moment(), by: chance.pick(callers), revokeAfterMs: undefined };
        const delayed = { ...rival, delayMs: chance.pick([0, delayMs, chance.whole(1, 4_000)]) };
        const repeats = job.revokeAfterMs === undefined && chance.happens(0.4);
        const act = { do: 'finish', ms: 0 } as const;
        rivals.push(
          repeats
            ? { ...delayed, seq: job.seq, keyed: again(keyed, delayed) }
            : { ...delayed, act, keyed: planKey(chance, keyed.key, delayed, habit.debounces) },
        );
      }
    }
    if (chance.happens(habit.words)) {
      for (let left = chance.whole(1, 2); left > 0; left--) {
        const moveMs = habit.moves && chance.happens(0.5) ? planMove(chance) : undefined;
        words.push({ number: words.length, at: moment(), by: chance.pick(callers), key: keyed.key, moveMs });
      }
    }
  }
  const calls = [...keyed, ...rivals, ...words];
  const late = planLateCalls(chance.of('late'), keyed, jobs.length + rivals.length, circumstances, callers);
  return { jobs: [...planned, ...rivals, ...late], words, faults: planFailovers(chance, calls) };
}

/** Hours after jobs of the day are over somebody wants to keep what stands under their keys, or to postpone it. */
function planLateCalls(
  chance: Chance,
  keyed: readonly KeyedJob[],
  first: number,
  { night }: Circumstances,
  callers: readonly number[],
): PlannedJob[] {
  const [template] = keyed;
  if (night === undefined || template === undefined || !chance.happens(0.7)) return [];
  const keys = [...new Set(keyed.map(({ keyed }) => keyed.key))];
  const late: PlannedJob[] = [];
  for (const key of keys) {
    late.push({
      ...template,
      seq: first + late.length,
      at: night.at + chance.between(0.3, 0.9) * night.ms,
      by: chance.pick(callers),
      delayMs: chance.whole(0, 4_000),
      timed: false,
      act: { do: 'finish', ms: 0 },
      expires: undefined,
      revokeAfterMs: undefined,
      keyed: { key, onConflict: chance.pick(['keep', 'postpone', 'error'] as const), maxWaitMs: undefined },
    });
  }
  return late;
}

function isKeyed(job: PlannedJob): job is KeyedJob {
  return job.keyed !== undefined;
}

function planKey(chance: Chance, key: string, { timed, delayMs }: PlannedJob, debounces: number): PlannedKey {
  const onConflict = chance.weigh<PlannedKey['onConflict']>([
    [6, 'replace'],
    [2, 'keep'],
    [2, 'postpone'],
    [1, 'error'],
  ]);
  const moves = onConflict === 'replace' || onConflict === 'postpone';
  const debounced = moves && !timed && chance.happens(debounces);
  const maxWaitMs = chance.pick([Infinity, delayMs, delayMs + chance.whole(1, 5_000)]);
  return { key, onConflict, maxWaitMs: debounced ? maxWaitMs : undefined };
}

/** The same for another delay. */
function again(keyed: PlannedKey, { timed, delayMs }: PlannedJob): PlannedKey {
  const { maxWaitMs } = keyed;
  return { ...keyed, maxWaitMs: maxWaitMs === undefined || timed ? undefined : Math.max(maxWaitMs, delayMs) };
}

function planMove(chance: Chance): number {
  return chance.weigh<() => number>([
    [2, () => chance.whole(1, 300)],
    [3, () => chance.whole(300, 3_000)],
    [2, () => chance.whole(2_000, 12_000)],
  ])();
}

/** Redis comes back without what it heard from the middle of a call on. */
function planFailovers(chance: Chance, calls: readonly { readonly at: number }[]): PlannedFault[] {
  if (!chance.happens(0.3) || calls.length === 0) return [];
  return Array.from({ length: chance.whole(1, 2) }, () => {
    const { at } = chance.pick(calls);
    const since = chance.between(0.1, 8);
    const lagMs = chance.between(5, 2_000);
    return { kind: 'redis-failover', at: at + since + lagMs, lagMs };
  });
}
