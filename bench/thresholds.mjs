// @ts-check

/** @typedef {import('./figures/figure.mjs').Figure} Figure */

/**
 * @typedef {object} Verdict
 * @property {string} text what was wanted
 * @property {boolean} met
 * @property {boolean} promise true for what must hold on any machine, however slow
 */

/**
 * @typedef {object} Threshold
 * @property {RegExp} figure
 * @property {string} text
 * @property {(figure: Figure) => boolean | undefined} holds undefined where what it is compared with was not measured
 * @property {boolean} [promise]
 */

/** @param {unknown} counts by side, or ours alone */
const noneOfOurs = (counts) => {
  const ours = Array.isArray(counts) ? counts : /** @type {{ ours: unknown[] }} */ (counts).ours;
  return ours.every((count) => count === 0);
};

const EXACTLY_ONCE = /^drain(-\d)?(-20ms|-dead)?$|^node-loss$/;

/**
 * At least so many times as fast, or at most as expensive, as the other side; said nothing of where that was not measured.
 *
 * @param {RegExp} figure
 * @param {'BullMQ' | 'ceiling'} side
 * @param {'least' | 'most'} end
 * @param {number} ratio
 * @returns {Threshold}
 */
const beside = (figure, side, end, ratio) => ({
  figure,
  text: `at ${end} ${ratio.toFixed(2)} x ${side}`,
  holds: ({ vsBullmq, vsCeiling }) => {
    const measured = side === 'BullMQ' ? vsBullmq : vsCeiling;
    return measured === undefined ? undefined : end === 'least' ? measured >= ratio : measured <= ratio;
  },
});

/**
 * @param {RegExp} figure
 * @param {number} most
 * @param {string} unit
 * @returns {Threshold}
 */
const atMost = (figure, most, unit) => ({ figure, text: `at most ${most} ${unit}`, holds: ({ ours }) => ours <= most });

/**
 * CPU per job and counts come first: they hold on a noisy machine.
 *
 * @type {readonly Threshold[]}
 */
const thresholds = [
  beside(/^schedule-500-cpu$/, 'ceiling', 'most', 1.2),
  beside(/^bulk-cpu$/, 'ceiling', 'most', 1.25),
  atMost(/^drain-cpu$/, 18, 'µs'),
  atMost(/^drain-4-cpu$/, 42, 'µs'),
  beside(/^waiting-memory/, 'BullMQ', 'most', 1.29),
  beside(/^schedule-500$/, 'BullMQ', 'least', 1.3),
  beside(/^schedule-500$/, 'ceiling', 'least', 0.9),
  beside(/^bulk$/, 'BullMQ', 'least', 1.8),
  beside(/^bulk$/, 'ceiling', 'least', 0.9),
  beside(/^drain$/, 'BullMQ', 'least', 2.2),
  beside(/^drain-gone$/, 'ceiling', 'least', 0.8),
  { figure: EXACTLY_ONCE, text: 'lost 0', holds: (it) => noneOfOurs(it.details?.lost), promise: true },
  { figure: EXACTLY_ONCE, text: 'twice 0', holds: (it) => noneOfOurs(it.details?.twice), promise: true },
  {
    figure: /^drain-4(-20ms)?$/,
    text: 'at least 1.0 x one process',
    holds: ({ details }) => {
      const { vsOne } = /** @type {{ vsOne?: { ours: number } }} */ (details);
      return vsOne && vsOne.ours >= 1;
    },
  },
  atMost(/^lateness-1000$/, 3, 'ms at p99'),
  atMost(/^lateness-3000$/, 5, 'ms at p99'),
  {
    figure: /^lateness/,
    text: 'never early',
    holds: ({ details }) => /** @type {{ ours: { earliest: number } }} */ (details).ours.earliest >= 0,
    promise: true,
  },
  {
    figure: /^waiting-rate-1m$/,
    text: 'at least 0.95 x empty',
    holds: ({ details }) => Number(details?.vsEmpty) >= 0.95,
  },
  atMost(/^waiting-heap$/, 5, 'MiB'),
  atMost(/^backlog-order$/, 5_000, 'ms'),
];

/**
 * What the design asks of a figure, and whether it was met.
 *
 * @param {Figure} figure
 * @returns {Verdict[]}
 */
export function verdicts(figure) {
  return thresholds
    .filter((threshold) => threshold.figure.test(figure.figure))
    .flatMap(({ text, holds, promise = false }) => {
      const met = holds(figure);
      return met === undefined ? [] : [{ text, met, promise }];
    });
}
