// @ts-check
import { median, medianRatio } from '../statistics.mjs';

/** @typedef {import('../bench.mjs').Bench} Bench */

/**
 * One line of the table.
 *
 * @typedef {object} Figure
 * @property {string} figure
 * @property {string} unit
 * @property {number} ours
 * @property {number} [bullmq]
 * @property {number} [ceiling]
 * @property {number} [vsBullmq] ours divided by theirs
 * @property {number} [vsCeiling]
 * @property {Record<string, [number, number]>} [spread] least and most of the rounds, by side
 * @property {Record<string, unknown>} [details]
 * @property {Partial<Record<'ours' | 'bullmq', [number, number][]>>} [curves] part of the jobs, and how late those began at most
 */

/**
 * A group of figures that are measured together.
 *
 * @typedef {object} FigureGroup
 * @property {readonly string[]} figures what `--figure` may name
 * @property {(bench: Bench, wanted: (figure: string) => boolean) => Promise<Figure[]>} measure
 */

/**
 * A figure from the values of several rounds, by side.
 *
 * @param {string} figure
 * @param {string} unit
 * @param {Partial<Record<import('../side.mjs').SideName, number[]>>} values
 * @param {Record<string, unknown>} [details]
 * @returns {Figure}
 */
export function figureOf(figure, unit, values, details) {
  const { ours = [], bullmq, ceiling } = values;
  /** @type {Record<string, [number, number]>} */
  const spread = {};
  for (const [side, rounds] of Object.entries(values)) spread[side] = [Math.min(...rounds), Math.max(...rounds)];
  return {
    figure,
    unit,
    ours: median(ours),
    bullmq: bullmq && median(bullmq),
    ceiling: ceiling && median(ceiling),
    vsBullmq: bullmq && medianRatio(ours, bullmq),
    vsCeiling: ceiling && medianRatio(ours, ceiling),
    spread,
    details,
  };
}

/**
 * One field of what was measured, by side and round.
 *
 * @template {string} Field
 * @param {Partial<Record<import('../side.mjs').SideName, Record<Field, number>[]>>} values
 * @param {Field} field
 * @param {readonly import('../side.mjs').SideName[]} [sides] default: all that were measured
 * @returns {Partial<Record<import('../side.mjs').SideName, number[]>>}
 */
export function fieldOf(values, field, sides = /** @type {import('../side.mjs').SideName[]} */ (Object.keys(values))) {
  return Object.fromEntries(sides.map((side) => [side, (values[side] ?? []).map((one) => one[field])]));
}
