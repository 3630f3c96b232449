// @ts-check
import { shown } from './number.mjs';
import { bar, legend, sides, svg, text } from './svg.mjs';

/** @typedef {import('../figures/figure.mjs').Figure} Figure */

const [LEFT, TOP, WIDTH, BAR, GAP] = [140, 70, 420, 14, 14];
const titles = new Map([
  ['schedule-1', '1 in flight'],
  ['schedule-50', '50 in flight'],
  ['schedule-500', '500 in flight'],
  ['bulk', 'bulk of 1,000'],
  ['drain', 'drain, 1 process'],
  ['drain-2', 'drain, 2 processes'],
  ['drain-4', 'drain, 4 processes'],
]);

/**
 * Rates as bars, a group of sides for each figure.
 *
 * @param {readonly Figure[]} figures
 */
export function rateBars(figures) {
  const rates = figures.filter(({ figure }) => titles.has(figure));
  const most = Math.max(...rates.flatMap(({ ours, bullmq = 0, ceiling = 0 }) => [ours, bullmq, ceiling]));
  /** @type {string[]} */
  const parts = [
    text(16, 26, 'Jobs per second', { kind: 'title' }),
    ...legend(
      16,
      48,
      sides.map(({ name }) => name),
    ),
  ];
  let y = TOP;
  for (const figure of rates) {
    parts.push(text(LEFT - 8, y + 1.5 * BAR + 4, titles.get(figure.figure) ?? '', { anchor: 'end' }));
    for (const { name, colour } of sides) {
      const value = figure[name] ?? 0;
      const width = Math.max(1, (value / most) * WIDTH);
      parts.push(
        bar(LEFT, y, width, BAR - 2, colour),
        text(LEFT + width + 6, y + BAR - 4, shown(value), { kind: 'soft' }),
      );
      y += BAR;
    }
    y += GAP;
  }
  return svg(LEFT + WIDTH + 80, y, 'Jobs per second', parts);
}
