import { isGood, type ScenarioResult } from '../run/scenario-result.js';

/** A result as one line of JSON. */
export function jsonLine(result: ScenarioResult, seed: number): string {
  const { id: row, variant, title } = result.row;
  if (result.kind === 'skipped') return JSON.stringify({ row, variant, title, skipped: result.reason });
  const { performance, judgement, control, seconds } = result;
  const { counts, ...measured } = performance.verdict;
  return JSON.stringify({
    row,
    variant,
    title,
    ...counts,
    ...measured,
    asExpected: isGood(result),
    broken: judgement.broken,
    bounds: judgement.bounds,
    failure: performance.failure,
    control: control === undefined ? undefined : { what: control.what, damage: control.damage, caught: control.caught },
    seed,
    seconds,
  });
}
