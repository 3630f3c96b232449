// @ts-check
import { verdicts } from '../thresholds.mjs';
import { shown } from './number.mjs';

/** @typedef {import('../figures/figure.mjs').Figure} Figure */

const head = ['figure', 'unit', 'ours', 'BullMQ', 'ceiling', 'vs BullMQ', 'vs ceiling', 'wanted'];

/**
 * The figures as a table in Markdown, padded so that it can be read as it is.
 *
 * @param {readonly Figure[]} figures
 */
export function table(figures) {
  const rows = figures.map((figure) => [
    figure.figure,
    figure.unit,
    cell(figure, 'ours'),
    cell(figure, 'bullmq'),
    cell(figure, 'ceiling'),
    ratio(figure.vsBullmq),
    ratio(figure.vsCeiling),
    verdicts(figure)
      .map(({ text, met }) => `${text}: ${met ? 'met' : 'NOT MET'}`)
      .join('; '),
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((text, at) => text.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}

/**
 * @param {Figure} figure
 * @param {'ours' | 'bullmq' | 'ceiling'} side
 */
function cell(figure, side) {
  const value = figure[side];
  if (value === undefined) return '';
  const [least, most] = figure.spread?.[side] ?? [value, value];
  return least === most ? shown(value) : `${shown(value)} (${shown(least)} to ${shown(most)})`;
}

/** @param {number | undefined} value */
function ratio(value) {
  return value === undefined ? '' : value.toFixed(2);
}
