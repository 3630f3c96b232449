import type { Act } from '../../harness/application/payload.js';
import type { Chance } from '../time/chance.js';
import { type Circumstances, NATIVE_TUBE, PLAIN_TUBE, type PlannedJob } from './plan.js';

/** What is scheduled, by whom, and what becomes of it. */
export function planJobs(chance: Chance, circumstances: Circumstances): PlannedJob[] {
  const { processes, busyMs } = circumstances;
  // Who is closed for the night would schedule in the morning what is due days later.
  const silent = circumstances.night === undefined ? ['consumes'] : ['consumes', 'both'];
  const callers = processes.flatMap((role, at) => (silent.includes(role) ? [] : [at]));
  const habit = {
    plain: chance.pick([0, 0.2, 0.5]),
    ownIds: chance.pick([0, 0.2, 0.6]),
    revokes: chance.pick([0, 0.15, 0.4]),
    excuse: chance.pick([0, 0.15, 0.4]),
    deaths: chance.happens(0.3) ? 0.05 : 0,
    long: chance.pick([0, 1, 4]),
    storm: chance.happens(0.2),
    expires: chance.pick([0, 0, 0.2]),
  };
  const stormAt = chance.between(0, busyMs);
  // Enough short runs for consumers to reach ahead of their handlers.
  const crowd = chance.happens(0.1);
  return Array.from({ length: crowd ? chance.whole(80, 150) : chance.whole(8, 40) }, (_, seq) => {
    const at = chance.between(0, busyMs);
    const tube = chance.happens(habit.plain) ? PLAIN_TUBE : NATIVE_TUBE;
    const delayMs = habit.storm && at < stormAt ? Math.ceil(stormAt - at) : planDelay(chance, at, circumstances);
    const act = planAct(chance, circumstances, habit);
    return {
      seq,
      at,
      by: chance.pick(callers),
      tube,
      delayMs,
      timed: chance.happens(0.3),
      ownId: tube === NATIVE_TUBE && chance.happens(habit.ownIds) ? seq : undefined,
      act,
      bytes: chance.happens(0.05) ? chance.whole(1_000, 20_000) : chance.whole(0, 60),
      attempts: tube === NATIVE_TUBE && chance.happens(0.1) ? chance.whole(1, 4) : undefined,
      priority: tube === NATIVE_TUBE && chance.happens(0.1) ? chance.pick(['high', 'low'] as const) : undefined,
      expires:
        tube === NATIVE_TUBE && chance.happens(habit.expires)
          ? { after: chance.whole(1, 8_000), action: chance.pick(['bury', 'skip'] as const) }
          : undefined,
      revokeAfterMs: chance.happens(habit.revokes) ? planRevoke(chance, delayMs) : undefined,
    };
  });
}

function planDelay(chance: Chance, at: number, { busyMs, night }: Circumstances): number {
  // What is due in the night is run in the morning.
  const far = Math.floor(chance.next() * (night !== undefined ? Math.max(0, night.at + night.ms - at) : busyMs));
  return chance.weigh<() => number>([
    [2, () => 0],
    [3, () => chance.whole(1, 1_200)],
    [6, () => chance.whole(1_000, 10_000)],
    [2, () => chance.whole(1, 10) * 1_000],
    [2, () => far],
  ])();
}

function planRevoke(chance: Chance, delayMs: number): number {
  return chance.weigh<() => number>([
    [2, () => 0],
    [3, () => chance.between(0, delayMs)],
    [3, () => Math.max(0, delayMs + chance.between(-30, 30))],
    [1, () => delayMs + chance.between(0, 5_000)],
  ])();
}

function planAct(
  chance: Chance,
  { settings }: Circumstances,
  habit: { readonly excuse: number; readonly deaths: number; readonly long: number },
): Act {
  if (chance.happens(habit.deaths)) return { do: 'die' };
  const ms = chance.weigh<() => number>([
    [5, () => 0],
    [4, () => chance.between(0, 50)],
    [2, () => chance.between(0, 2_000)],
    // Longer than a lease, and a bit shorter than the timeout.
    [habit.long, () => chance.between(0.5, 0.95) * settings.timeoutMs],
  ])();
  if (!chance.happens(habit.excuse)) return { do: 'finish', ms };
  return chance.weigh<Act>([
    [4, { do: 'fail', times: chance.whole(1, 2), ms }],
    [1, { do: 'fail', times: 100, ms: 0 }],
    [1, { do: 'give-up' }],
    [2, { do: 'again', times: chance.whole(1, 3), ms: chance.pick([0, 100, 1_500, 4_000]) }],
    [2, { do: 'overrun', times: 1 }],
  ]);
}
