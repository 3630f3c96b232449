import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/root.mjs';
import type { ScenarioResult } from '../run/scenario-result.js';
import type { Arguments } from './arguments.js';
import { controlTable, rowTable } from './tables.js';
import { describeMachine } from './machine.js';
import { nameOf } from '../scenarios/scenario.js';
import { rows } from '../scenarios/scenarios.js';

const page = join(root, 'docs', 'evidence', 'results', 'reliability.md');

const HEAD =
  '# Results of the fault matrix\n\nWritten by `npm run faults -- --write`. What it shows, and how to read it: [reliability](../reliability.md).';
const CONTROLS = 'Each row was run once more with a protection taken out; its checks must see that:';

/**
 * Writes the results into docs/evidence/results/reliability.md. When only some rows were played, the lines of the others stay.
 */
export function writeReportPage(results: readonly ScenarioResult[], wanted: Arguments): void {
  const text = wanted.rows.length > 0 && existsSync(page) ? readFileSync(page, 'utf8') : '';
  const [before = '', controlsBefore = ''] = text.split(CONTROLS);
  const played = withOthers(rowTable(results), before);
  const controls = withOthers(controlTable(results), controlsBefore);
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, `${[HEAD, ...preface(wanted), played, CONTROLS, controls].join('\n\n')}\n`);
}

/** A table with the lines of an older one for rows that it does not have, in the order of the rows. */
function withOthers(table: string, older: string): string {
  const [head = '', rule = '', ...fresh] = table.split('\n');
  const lines = new Map<string, string>();
  for (const line of [...older.split('\n'), ...fresh]) {
    const name = /^\| ([^|]+?) +\|/.exec(line)?.[1];
    if (name !== undefined) lines.set(name, line);
  }
  const known = rows.map((row) => lines.get(nameOf(row))).filter((line) => line !== undefined);
  return [head, rule, ...known].join('\n');
}

function preface({ seed, short, parallel }: Arguments): string[] {
  const options = `--seed ${seed}${short ? ' --short' : ''}${parallel > 1 ? ` --parallel ${parallel}` : ''}`;
  const crowd = parallel > 1 ? `${parallel} rows were played at once: alone, times are shorter. ` : '';
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)} with ${describeMachine()}. Seed ${seed}. ` +
      `To run it again: \`npm run faults -- ${options}\`; one row: \`npm run faults -- --row F4\`.`,
    `${crowd}Times are p50 / p99 / max in milliseconds. *Late* is from due to start. *In fault*: jobs that came due, or were scheduled, while ` +
      'the fault was on; for lateness only jobs with a copy on a node that worked. *Ran again* counts runs beyond the first of ' +
      'a job, with their cause. *Left behind* is what is on the nodes at the end.',
  ];
}
