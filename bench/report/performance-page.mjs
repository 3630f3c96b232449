// @ts-check
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machine } from '../../harness/machine.mjs';
import { root } from '../../scripts/root.mjs';
import { latenessCurves } from './lateness-curves.mjs';
import { rateBars } from './rate-bars.mjs';
import { shown } from './number.mjs';
import { table } from './table.mjs';

/** @typedef {import('../figures/figure.mjs').Figure} Figure */

const folder = join(root, 'docs', 'evidence', 'results');

const HEAD = `# Figures

Written by \`npm run bench\`. What they mean, and what is close: [performance](../performance.md). More of each, by round:
[performance.json](performance.json).`;

/**
 * Writes docs/evidence/results: the page, its plots, and the details of each figure as JSON.
 *
 * @param {readonly Figure[]} figures of a whole run
 */
export function writePerformancePage(figures) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'rates.svg'), rateBars(figures));
  writeFileSync(
    join(folder, 'lateness.svg'),
    latenessCurves('Lateness, handlers that return at once', panels(figures, '')),
  );
  writeFileSync(
    join(folder, 'lateness-20ms.svg'),
    latenessCurves('Lateness, handlers of 20 ms', panels(figures, '-20ms')),
  );
  writeFileSync(join(folder, 'performance.json'), details(figures));
  writeFileSync(join(folder, 'performance.md'), `${HEAD}\n\n${section(figures)}\n`);
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
    '![Jobs per second](rates.svg)',
    latenessTable(figures),
    '![Lateness, handlers that return at once](lateness.svg)',
    '![Lateness, handlers of 20 ms](lateness-20ms.svg)',
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
  const all = figures
    .filter(({ figure, details }) => details !== undefined && !figure.startsWith('lateness'))
    .map(({ figure, details }) => `  ${JSON.stringify(figure)}: ${JSON.stringify(details, rounded)}`);
  return `{\n${all.join(',\n')}\n}\n`;
}

/**
 * @param {string} _key
 * @param {unknown} value
 */
function rounded(_key, value) {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}
