import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../scripts/root.mjs';
import type { RowResult } from '../play/row-result.js';
import type { Arguments } from './arguments.js';
import { controlCells, rowCells } from './cells.js';
import { describeMachine } from './machine.js';
import { markdownTable } from './markdown.js';

const page = join(root, 'docs', 'reliability.md');
const BEGIN = '<!-- faults: begin, written by `npm run faults -- --write` -->';
const END = '<!-- faults: end -->';

/** Puts the results between the marks of docs/reliability.md; the rest of the page stays as it is. */
export function writeReportPage(results: readonly RowResult[], wanted: Arguments): void {
  const text = existsSync(page) ? readFileSync(page, 'utf8') : `# Reliability\n\n${BEGIN}\n${END}\n`;
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`expected the lines "${BEGIN}" and "${END}" in docs/reliability.md`);
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, `${text.slice(0, from)}${BEGIN}\n\n${reportOf(results, wanted)}\n\n${text.slice(to)}`);
}

function reportOf(results: readonly RowResult[], { seed, short }: Arguments): string {
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)} with ${describeMachine()}. Seed ${seed}. ` +
      `To run it again: \`npm run faults -- --seed ${seed}${short ? ' --short' : ''}\`; one row: \`npm run faults -- --row F4\`.`,
    'Times are p50 / p99 / max in milliseconds. *Late* is from due to start. *In fault*: jobs that came due, or were scheduled, while ' +
      'the fault was on; for lateness only jobs with a copy on a node that worked. *Ran again* counts runs beyond the first of ' +
      'a job, with their cause. *Left behind* is what is on the nodes at the end.',
    markdownTable(rowCells(results)),
    'Each row was run once more with a protection taken out; its checks must see that:',
    markdownTable(controlCells(results)),
  ].join('\n\n');
}
