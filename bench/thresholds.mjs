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

const EXACTLY_ONCE = /^drain(-\d)?(-20ms)?$|^node-loss$/;

/** @type {readonly Threshold[]} */
const thresholds = [
  { figure: /^schedule-500$/, text: '1.0 x BullMQ', holds: ({ vsBullmq = 0 }) => vsBullmq >= 1 },
  { figure: /^schedule-500$/, text: '0.75 x ceiling', holds: ({ vsCeiling = 0 }) => vsCeiling >= 0.75 },
  { figure: /^bulk$/, text: '1.5 x BullMQ', holds: ({ vsBullmq = 0 }) => vsBullmq >= 1.5 },
  { figure: /^drain$/, text: '1.0 x BullMQ', holds: ({ vsBullmq = 0 }) => vsBullmq >= 1 },
  { figure: /^drain$/, text: '0.70 x ceiling', holds: ({ vsCeiling = 0 }) => vsCeiling >= 0.7 },
  { figure: EXACTLY_ONCE, text: 'lost 0', holds: (it) => noneOfOurs(it.details?.lost), promise: true },
  { figure: EXACTLY_ONCE, text: 'twice 0', holds: (it) => noneOfOurs(it.details?.twice), promise: true },
  {
    figure: /^drain-4(-20ms)?$/,
    text: '1.0 x one process',
    holds: ({ details }) => {
      const { vsOne } = /** @type {{ vsOne?: { ours: number } }} */ (details);
      return vsOne && vsOne.ours >= 1;
    },
  },
  { figure: /^lateness-1000$/, text: 'p99 5 ms', holds: ({ ours }) => ours <= 5 },
  {
    figure: /^lateness/,
    text: 'never early',
    holds: ({ details }) => /** @type {{ ours: { earliest: number } }} */ (details).ours.earliest >= 0,
    promise: true,
  },
  { figure: /^waiting-rate-1m$/, text: '0.9 x empty', holds: ({ details }) => Number(details?.vsEmpty) >= 0.9 },
  { figure: /^waiting-heap$/, text: 'flat (5 MiB)', holds: ({ ours }) => ours <= 5 },
  { figure: /^backlog-order$/, text: 'within 1,000 ms', holds: ({ ours }) => ours <= 1_000 },
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
