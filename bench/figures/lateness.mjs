// @ts-check
import { quantile, sortedQuantile } from '../statistics.mjs';
import { figureOf } from './figure.mjs';

/** @typedef {import('../bench.mjs').Bench} Bench */
/** @typedef {'ours' | 'bullmq'} Timed */

const CONCURRENCY = 100;
/** Jobs are scheduled this long ahead, at random, so that due times do not all fall on one part of a second. */
const [LEAST_DELAY_MS, MOST_DELAY_MS] = [1_000, 2_000];

/** Every so many-th job takes long in one plan: of 500 jobs a second 10 take 3 s, so 30 of 100 slots are taken by them at any time. */
const LONG_EVERY = 50;

/** @typedef {{ figure: string, perSecond: number, seconds: number, handlerMs: number, rounds: number, longEvery?: number }} Plan */

/** @type {readonly Plan[]} */
const plans = [
  ...[100, 1_000, 3_000].flatMap((perSecond) =>
    [0, 20].map((handlerMs) => ({
      figure: handlerMs === 0 ? `lateness-${perSecond}` : `lateness-${perSecond}-${handlerMs}ms`,
      perSecond,
      seconds: 4,
      handlerMs,
      rounds: 3,
    })),
  ),
  // How late short jobs begin while long handlers run on the same tube.
  { figure: 'lateness-beside-long', perSecond: 500, seconds: 8, handlerMs: 1, rounds: 1, longEvery: LONG_EVERY },
];
const QUICK = { rounds: 1, seconds: 1 };

/**
 * How late handlers begin when jobs fall due at an even rate.
 *
 * @type {import('./figure.mjs').FigureGroup}
 */
export const lateness = {
  figures: plans.map(({ figure }) => figure),
  async measure(bench, wanted) {
    const figures = [];
    for (const plan of plans.filter(({ figure }) => wanted(figure))) {
      const { figure, rounds, ...load } = bench.quick ? { ...plan, ...QUICK } : plan;
      const samples = await bench.alternate(
        { figure, sides: /** @type {const} */ (['ours', 'bullmq']), rounds, warmUps: 0 },
        (side) => observeLateness(bench, side, load),
      );
      figures.push(latenessFigure(figure, samples));
    }
    return figures;
  },
};

/**
 * @param {Bench} bench
 * @param {Timed} side
 * @param {Pick<Plan, 'perSecond' | 'seconds' | 'handlerMs' | 'longEvery'>} plan every `longEvery`-th job takes long
 * @returns {Promise<number[]>} how late each job began, in milliseconds; long ones are left out
 */
async function observeLateness(bench, side, { perSecond, seconds, handlerMs, longEvery }) {
  const { target, producer, consumer } = await bench.fresh(side);
  await consumer.call('openConsumer', { target, concurrency: CONCURRENCY, handlerMs });
  await producer.call('openProducer', { target });
  const warm = perSecond * (bench.quick ? 1 : 2);
  const count = warm + perSecond * seconds;
  await producer.call('addPaced', { perSecond, count, least: LEAST_DELAY_MS, most: MOST_DELAY_MS, longEvery });
  await bench.ran([consumer], count, 50);
  const { orders, late } = await consumer.call('runs');
  await Promise.all([producer.call('close'), consumer.call('close')]);
  const isLong = (/** @type {number} */ order) => longEvery !== undefined && order % longEvery === 0;
  return [...late].filter((_, at) => (orders[at] ?? 0) >= warm && !isLong(orders[at] ?? 0));
}

/**
 * The value is the median of the rounds' 99th percentiles; the details and the curve are of all rounds together.
 *
 * @param {string} figure
 * @param {Record<'ours' | 'bullmq', number[][]>} samples by round
 * @returns {import('./figure.mjs').Figure}
 */
function latenessFigure(figure, samples) {
  const [ours, bullmq] = [sorted(samples.ours), sorted(samples.bullmq)];
  const p99 = (/** @type {number[][]} */ rounds) => rounds.map((late) => quantile(late, 0.99));
  const details = { ours: summary(ours), bullmq: summary(bullmq) };
  return {
    ...figureOf(figure, 'ms late at p99', { ours: p99(samples.ours), bullmq: p99(samples.bullmq) }, details),
    curves: { ours: curve(ours), bullmq: curve(bullmq) },
  };
}

/** @param {readonly number[][]} rounds */
function sorted(rounds) {
  return Float64Array.from(rounds.flat()).toSorted();
}

/** @param {Float64Array} late in order */
function summary(late) {
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((part) => sortedQuantile(late, part));
  return { jobs: late.length, earliest: late[0], p50, p90, p99, max: late.at(-1) };
}

/**
 * In steps of half a percent, and finer at the end: enough to draw it.
 *
 * @param {Float64Array} late in order
 * @returns {[number, number][]}
 */
function curve(late) {
  return [...Array.from({ length: 199 }, (_, at) => at / 200), 0.995, 0.997, 0.999, 1].map((part) => [
    part,
    sortedQuantile(late, part),
  ]);
}
