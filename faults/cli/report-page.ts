import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/root.mjs';
import type { ScenarioResult } from '../run/scenario-result.js';
import type { Arguments } from './arguments.js';
import { controlCells, rowCells } from './cells.js';
import { describeMachine } from './machine.js';
import { nameOf } from '../scenarios/scenario.js';
import { rows } from '../scenarios/scenarios.js';
import { markdownTable } from './markdown.js';

const page = join(root, 'docs', 'evidence', 'reliability.md');
const BEGIN = '<!-- faults: begin, written by `npm run faults -- --write` -->';
const END = '<!-- faults: end -->';

const CONTROLS = 'Each row was run once more with a protection taken out; its checks must see that:';

/**
 * Puts the results between the marks of docs/evidence/reliability.md; the rest of the page stays as it is. When only some rows were played,
 * the lines of the others stay too.
 */
export function writeReportPage(results: readonly ScenarioResult[], wanted: Arguments): void {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : `# Reliability\n\n${BEGIN}\n${END}\n`;
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from)
    throw new Error(`expected the lines "${BEGIN}" and "${END}" in docs/evidence/reliability.md`);
  const [before = '', controlsBefore = ''] = wanted.rows.length > 0 ? text.slice(from, to).split(CONTROLS) : [];
  const played = withOthers(markdownTable(rowCells(results)), before);
  const controls = withOthers(markdownTable(controlCells(results)), controlsBefore);
  mkdirSync(dirname(page), { recursive: true });
  const report = [...preface(wanted), played, CONTROLS, controls].join('\n\n');
  writeFileSync(page, `${text.slice(0, from)}${BEGIN}\n\n${report}\n\n${text.slice(to)}`);
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

function preface({ seed, short }: Arguments): string[] {
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)} with ${describeMachine()}. Seed ${seed}. ` +
      `To run it again: \`npm run faults -- --seed ${seed}${short ? ' --short' : ''}\`; one row: \`npm run faults -- --row F4\`.`,
    'Times are p50 / p99 / max in milliseconds. *Late* is from due to start. *In fault*: jobs that came due, or were scheduled, while ' +
      'the fault was on; for lateness only jobs with a copy on a node that worked. *Ran again* counts runs beyond the first of ' +
      'a job, with their cause. *Left behind* is what is on the nodes at the end.',
  ];
}
