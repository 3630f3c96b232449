import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from '../../harness/history/history.js';
import { isGood, type ScenarioResult } from '../run/scenario-result.js';
import { nameOf } from '../scenarios/scenario.js';

/** Says on stderr what became of a row, with examples where it is not as expected. */
export function tellProgress(result: ScenarioResult): void {
  const name = nameOf(result.row);
  if (result.kind === 'skipped') {
    console.error(`${name} skipped: ${result.reason}`);
    return;
  }
  const { performance, judgement, control, seconds } = result;
  console.error(`${name} ${isGood(result) ? 'as expected' : 'NOT AS EXPECTED'}, ${seconds} s`);
  if (performance.failure !== undefined) console.error(performance.failure);
  for (const broken of judgement.broken) console.error(`  ${broken}`);
  if (judgement.broken.length > 0) console.error(JSON.stringify(performance.verdict.examples, undefined, 2));
  if (control === undefined) return;
  const { caught, what, damage } = control;
  console.error(`  control ${caught ? 'caught' : 'NOT CAUGHT'} (${what}): ${damage.join(', ')}`);
  if (control.performance.failure !== undefined) console.error(control.performance.failure);
}

/** Keeps the histories of a row, one JSON line an event. */
export function keepHistories(dir: string, result: ScenarioResult): void {
  if (result.kind === 'skipped') return;
  const name = nameOf(result.row).replaceAll(/[^\w-]/g, '-');
  mkdirSync(dir, { recursive: true });
  keep(join(dir, `${name}.jsonl`), result.performance.history);
  if (result.control !== undefined) keep(join(dir, `${name}-control.jsonl`), result.control.performance.history);
}

function keep(file: string, history: History): void {
  writeFileSync(file, history.events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}
