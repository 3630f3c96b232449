import type { Chance } from '../time/chance.js';
import { type Circumstances, type FaultKind, type Mode, NATIVE_TUBE, PLAIN_TUBE, type PlannedFault } from './plan.js';

const KINDS = [
  'node-killed',
  'node-stopped',
  'node-clock',
  'node-full',
  'node-draining',
  'kicked',
  'redis-killed',
  'redis-stopped',
  'process-killed',
  'process-stopped',
  'process-closed',
  'app-clock',
  'app-drift',
  'blocked',
  'cut',
  'slow',
] as const satisfies readonly FaultKind[];
const HOUR_MS = 3_600_000;
const REDIS = -1;

/**
 * What goes wrong. Each seed picks a few kinds of fault, since with all of them at once each hides what the others would show. At
 * most one node loses writes, and none while another's disk is full: the promise needs one copy that survives.
 */
export function planFaults(streams: Chance, circumstances: Circumstances): PlannedFault[] {
  const chance = streams.of('faults');
  const { endMs, night, settings } = circumstances;
  if (chance.happens(0.08)) return [];
  const kinds = KINDS.filter(() => chance.happens(0.3));
  if (kinds.length === 0) return [];
  const frail = kinds.includes('node-full') || chance.happens(0.5) ? undefined : chance.whole(0, settings.nodes - 1);
  const forgetful = chance.happens(0.3);
  const awake = endMs - (night?.ms ?? 0);
  const rare = planRareFaults(streams.of('rare faults'), circumstances, frail, forgetful);
  const faults = Array.from({ length: chance.whole(1, 10) }, () => {
    const at = planMoment(chance, awake, night);
    return echoed(chance, planFault(chance, chance.pick(kinds), at, { ...circumstances, frail, forgetful }));
  });
  return [...faults.flat(), ...rare].toSorted((one, other) => one.at - other.at);
}

/** So long before its end a plan brings back an old disk, to see what comes of it. */
const LEFT_MS = 3_000;

/** Kinds of which a plan has few, or none. */
function planRareFaults(
  chance: Chance,
  { endMs, night, processes }: Circumstances,
  frail: number | undefined,
  forgetful: boolean,
): PlannedFault[] {
  const faults: PlannedFault[] = [];
  const awake = endMs - (night?.ms ?? 0);
  const moment = (): number => planMoment(chance, awake, night);
  if (frail !== undefined && chance.happens(0.3)) {
    // Where there is a night, the disk is brought back after it.
    const at = chance.between(0, night === undefined ? awake * 0.7 : night.at);
    const latest = endMs - LEFT_MS - at;
    const least = night === undefined ? 500 : night.at + night.ms - at;
    if (latest > least) faults.push({ kind: 'node-restored', node: frail, at, ms: chance.between(least, latest) });
  }
  if (forgetful && chance.happens(0.5)) {
    for (let left = chance.whole(1, 2); left > 0; left--) {
      faults.push({ kind: 'redis-failover', at: moment(), lagMs: chance.between(0, 2_000) });
    }
    if (chance.happens(0.2)) faults.push({ kind: 'redis-flushed', at: moment() });
  }
  if (chance.happens(0.15)) {
    for (let left = chance.whole(1, 3); left > 0; left--) {
      faults.push({
        kind: 'redis-refuses',
        at: moment(),
        process: chance.happens(0.5) ? -1 : chance.whole(0, processes.length - 1),
        what: chance.pick(['writes', 'trials', 'one tube'] as const),
        ms: chance.between(100, 12_000),
      });
    }
  }
  return faults;
}

/** When nobody sleeps. */
export function planMoment(chance: Chance, awake: number, night: Circumstances['night']): number {
  const moment = chance.between(0, awake);
  return night !== undefined && moment > night.at ? moment + night.ms : moment;
}

/** Some faults come back a few times, shortly after they were over. */
function echoed(chance: Chance, fault: PlannedFault): PlannedFault[] {
  if (!chance.happens(0.15)) return [fault];
  const echoes = [fault];
  let { at } = fault;
  for (let left = chance.whole(1, 3); left > 0; left--) {
    at += ('ms' in fault ? fault.ms : 0) + chance.between(0.5, 2_000);
    echoes.push({ ...fault, at });
  }
  return echoes;
}

function planFault(
  chance: Chance,
  kind: (typeof KINDS)[number],
  at: number,
  {
    processes,
    settings,
    frail,
    forgetful,
    mode,
  }: Circumstances & { readonly frail: number | undefined; readonly forgetful: boolean },
): PlannedFault {
  const node = chance.whole(0, settings.nodes - 1);
  const process = chance.whole(0, processes.length - 1);
  const server = chance.happens(0.4) ? REDIS : node;
  const ms = chance.weigh<() => number>([
    [2, () => chance.between(1, 300)],
    [4, () => chance.between(300, 5_000)],
    [2, () => chance.between(5_000, 20_000)],
  ])();
  // About as long as a lease: whoever was kept away may or may not have lost its jobs.
  const keptMs = chance.happens(0.5) ? chance.between(0.5, 2) * Math.min(settings.leaseMs, 10_000) : ms;
  const withHost = chance.happens(0.3);
  switch (kind) {
    case 'node-killed':
      return { kind, at, node, ms, withHost, lostWrites: node === frail ? chance.whole(0, 12) : 0 };
    case 'node-stopped':
    case 'node-full':
    case 'node-draining':
      return { kind, at, node, ms };
    case 'node-clock':
      return { kind, at, node, stepMs: planStep(chance, mode) };
    case 'kicked':
      return { kind, at, node, tube: chance.pick([NATIVE_TUBE, PLAIN_TUBE]) };
    case 'redis-killed': {
      const forgets = forgetful ? chance.pick(['since-snapshot', 'everything'] as const) : 'nothing';
      return { kind, at, ms, withHost, forgets };
    }
    case 'redis-stopped':
      return { kind, at, ms };
    case 'process-killed':
      return { kind, at, process, ms, withHost };
    case 'process-stopped':
      return { kind, at, process, ms: keptMs };
    case 'process-closed':
      return { kind, at, process, ms };
    case 'app-clock':
      return { kind, at, process, stepMs: planStep(chance, mode) };
    case 'app-drift':
      return { kind, at, process, ms, rate: chance.between(-0.05, 0.05) };
    case 'blocked':
      return { kind, at, process, server, ms: keptMs, way: chance.pick(['up', 'down', 'both'] as const) };
    case 'cut':
      return { kind, at, process, server };
    case 'slow':
      return { kind, at, process, server, ms, slowMs: chance.pick([5, 60, 300, 800]) };
  }
}

/**
 * A consumer whose clock is an hour slow puts copies back for an hour, and so may a node: that only makes them late, but nobody
 * wants to wait for it.
 */
function planStep(chance: Chance, mode: Mode): number {
  const sign = chance.happens(0.5) ? 1 : -1;
  return (
    sign *
    chance.weigh<() => number>([
      [3, () => chance.whole(1, 3_000)],
      [3, () => chance.whole(1_000, 20_000)],
      [mode === 'safety' ? 1 : 0, () => HOUR_MS],
    ])()
  );
}
