// @ts-check
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/root.mjs';
import { machine } from '../machine.mjs';
import { latenessCurves } from './lateness-curves.mjs';
import { rateBars } from './rate-bars.mjs';
import { shown } from './number.mjs';
import { table } from './table.mjs';

/** @typedef {import('../figures/figure.mjs').Figure} Figure */

const [START, END] = ['<!-- bench:start -->', '<!-- bench:end -->'];
const page = join(root, 'docs', 'evidence', 'performance.md');
const plots = join(root, 'docs', 'evidence', 'results');

/**
 * Rewrites what stands between the markers of docs/evidence/performance.md, and the plots beside it.
 *
 * @param {readonly Figure[]} figures of a whole run
 */
export function writePerformancePage(figures) {
  mkdirSync(plots, { recursive: true });
  writeFileSync(join(plots, 'rates.svg'), rateBars(figures));
  writeFileSync(
    join(plots, 'lateness.svg'),
    latenessCurves('Lateness, handlers that return at once', panels(figures, '')),
  );
  writeFileSync(
    join(plots, 'lateness-20ms.svg'),
    latenessCurves('Lateness, handlers of 20 ms', panels(figures, '-20ms')),
  );
  const old = existsSync(page) ? readFileSync(page, 'utf8') : `# Performance\n\n${START}\n${END}\n`;
  const [before, rest] = old.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`expected ${START} and ${END} in docs/evidence/performance.md`);
  writeFileSync(page, `${before}${START}\n\n${section(figures)}\n\n${END}${after}`);
}

/**
 * @param {readonly Figure[]} figures
 * @param {string} ending
 * @returns {[string, Figure][]}
 */
function panels(figures, ending) {
  return [100, 1_000, 3_000].flatMap((rate) => {
    const figure = figures.find((one) => one.figure === `lateness-${rate}${ending}`);
    return figure === undefined ? [] : [[`${rate.toLocaleString('en-US')} jobs/s`, figure]];
  });
}

/** @param {readonly Figure[]} figures */
function section(figures) {
  return [
    Object.entries(machine())
      .map(([name, value]) => `- ${name}: ${value}`)
      .join('\n'),
    table(figures),
    '![Jobs per second](results/rates.svg)',
    latenessTable(figures),
    '![Lateness, handlers that return at once](results/lateness.svg)',
    '![Lateness, handlers of 20 ms](results/lateness-20ms.svg)',
    details(figures),
  ].join('\n\n');
}

/** @param {readonly Figure[]} figures */
function latenessTable(figures) {
  const rows = figures.flatMap(({ figure, details }) =>
    figure.startsWith('lateness')
      ? /** @type {const} */ (['ours', 'bullmq']).map((side) => {
          const { earliest, p50, p90, p99, max } =
            /** @type {Record<string, Record<string, number>>} */ (details)[side] ?? {};
          const cells = [earliest, p50, p90, p99, max].map((value) => shown(value ?? Number.NaN));
          return `| ${figure} | ${side === 'ours' ? 'ours' : 'BullMQ'} | ${cells.join(' | ')} |`;
        })
      : [],
  );
  return ['| milliseconds late | | earliest | p50 | p90 | p99 | max |', '|---|---|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

/** @param {readonly Figure[]} figures */
function details(figures) {
  const rows = figures
    .filter(({ figure, details }) => details !== undefined && !figure.startsWith('lateness'))
    .map(({ figure, details }) => `${figure}: ${JSON.stringify(details, rounded)}`);
  return `<details><summary>More of each figure, by round</summary>\n\n\`\`\`\n${rows.join('\n')}\n\`\`\`\n\n</details>`;
}

/**
 * @param {string} _key
 * @param {unknown} value
 */
function rounded(_key, value) {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}
