import { fileURLToPath } from 'node:url';
import { AppProcess } from '../../harness/app-process.mjs';
import type { SabotageName } from '../../harness/sabotage/sabotages.js';
import type { Mode } from '../plan/plan.js';
import type { Trial } from '../run/trial.js';
import type { BrokenPromise, Rule } from '../../harness/judge/broken-promise.js';

/** What a worker process is asked to play. */
export interface Share {
  readonly mode: Mode;
  readonly seeds: readonly number[];
  readonly bug: SabotageName | undefined;
  /** The first failure that breaks one of these is enough. */
  readonly until?: readonly Rule[];
}

export interface Failure {
  readonly seed: number;
  readonly mode: Mode;
  readonly violations: readonly BrokenPromise[];
}

/** What became of one share, and of many. */
export interface Tally {
  readonly plans: number;
  readonly jobs: number;
  readonly faults: number;
  readonly runs: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly failures: readonly Failure[];
}

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const SHARE_SEEDS = 50;
const SMALL_SHARE_SEEDS = 5;
/** A guard against hanging. */
const LONGEST_SHARE_MS = 600_000;

export const NOTHING: Tally = { plans: 0, jobs: 0, faults: 0, runs: 0, events: 0, virtualMs: 0, failures: [] };

export function added(one: Tally, other: Tally): Tally {
  return {
    plans: one.plans + other.plans,
    jobs: one.jobs + other.jobs,
    faults: one.faults + other.faults,
    runs: one.runs + other.runs,
    events: one.events + other.events,
    virtualMs: one.virtualMs + other.virtualMs,
    failures: [...one.failures, ...other.failures],
  };
}

/** What became of one plan. */
export function tallyOf({ plan, violations, events, virtualMs, runs }: Trial): Tally {
  const { seed, mode, jobs, faults } = plan;
  const failures = violations.length === 0 ? [] : [{ seed, mode, violations }];
  return { plans: 1, jobs: jobs.length, faults: faults.length, runs, events, virtualMs, failures };
}

/** Cuts the seeds of each mode into shares. */
export function sharesOf(
  first: number,
  count: number,
  modes: readonly Mode[],
  { bug, until }: Pick<Share, 'bug' | 'until'>,
): Share[] {
  const shares: Share[] = [];
  const size = until === undefined ? SHARE_SEEDS : SMALL_SHARE_SEEDS;
  for (let at = 0; at < count; at += size) {
    const seeds = Array.from({ length: Math.min(size, count - at) }, (_, more) => first + at + more);
    for (const mode of modes) shares.push({ mode, seeds, bug, until });
  }
  return shares;
}

/** Plays shares in worker processes, each taking the next one when it is done, until `onTally` says that it is enough. */
export async function playShares(
  shares: readonly Share[],
  workers: number,
  onTally: (tally: Tally) => 'enough' | undefined,
): Promise<void> {
  const left = [...shares];
  const next = (): Share | undefined => left.shift();
  const told = (tally: Tally): void => {
    if (onTally(tally) === 'enough') left.length = 0;
  };
  await Promise.all(Array.from({ length: Math.min(workers, shares.length) }, () => work(next, told)));
}

async function work(next: () => Share | undefined, told: (tally: Tally) => void): Promise<void> {
  const worker = new AppProcess<Tally>({ name: 'a worker', script: WORKER, output: 'inherit' });
  for (let done = 0; ; done++) {
    const share = next();
    if (share === undefined) break;
    worker.tell(share);
    told(await worker.told(() => worker.messages[done], { what: 'a share played', timeout: LONGEST_SHARE_MS }));
  }
  worker.disconnect();
  const { code } = await worker.ended;
  if (code !== 0) throw new Error(`a worker ended with ${code}`);
}
