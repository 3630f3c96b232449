import type { ControlUse, Scenario } from '../scenarios/scenario.js';
import { canShim } from '../shim/shim.js';
import { compare, type Comparison } from '../verdict/expectation.js';
import type { Counter } from '../verdict/verdict.js';
import { play, type Performance } from './run.js';

export type ScenarioResult =
  RunScenario | { readonly kind: 'skipped'; readonly row: Scenario; readonly reason: string };

export interface RunScenario {
  readonly kind: 'played';
  readonly row: Scenario;
  readonly seconds: number;
  readonly performance: Performance;
  readonly judgement: Comparison;
  readonly control: ControlResult | undefined;
}

export interface ControlResult {
  readonly what: string;
  /** The damage that was counted, such as `lost 12`. */
  readonly damage: readonly string[];
  readonly caught: boolean;
  readonly performance: Performance;
}

export interface RunOptions {
  readonly seed: number;
  readonly short: boolean;
  readonly controls: boolean;
}

/** Plays a row, and its control. */
export async function runScenario(row: Scenario, { seed, short, controls }: RunOptions): Promise<ScenarioResult> {
  if (row.needs === 'shim' && !canShim()) return { kind: 'skipped', row, reason: 'no compiler' };
  const from = performance.now();
  const performed = await play(row, { seed, short });
  const control = controls && row.control !== undefined ? await playControl(row, row.control, seed) : undefined;
  return {
    kind: 'played',
    row,
    seconds: Math.round((performance.now() - from) / 1_000),
    performance: performed,
    judgement: compare(performed.verdict, row.expect),
    control,
  };
}

/** True when the row shows what was expected, and its control does not. */
export function isGood(result: ScenarioResult): boolean {
  if (result.kind === 'skipped') return true;
  const { performance, judgement, control } = result;
  return performance.failure === undefined && judgement.broken.length === 0 && control?.caught !== false;
}

/** Played small whatever the row's size: it has to show damage, not figures. */
async function playControl(row: Scenario, use: ControlUse, seed: number): Promise<ControlResult> {
  const performed = await play(row, { seed, short: true, control: use });
  const { brokenCounters } = compare(performed.verdict, row.expect);
  const shown = (counter: Counter): boolean => brokenCounters.includes(counter) && use.shows.includes(counter);
  return {
    what: use.what,
    damage: brokenCounters.map((counter) => `${counter} ${performed.verdict.counts[counter] ?? 0}`),
    caught: performed.failure === undefined && brokenCounters.some(shown),
    performance: performed,
  };
}
