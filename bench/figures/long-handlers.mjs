// @ts-check
import { latenessFigure, observeLateness } from './lateness.mjs';

const SIDES = /** @type {const} */ (['ours', 'bullmq']);
/** Of 500 jobs a second 10 take 3 s: 30 of 100 slots are taken by them at any time. */
const PER_SECOND = 500;
const LONG_EVERY = 50;

/**
 * How late short jobs begin while long handlers run on the same tube.
 *
 * @type {import('./figure.mjs').FigureGroup}
 */
export const longHandlers = {
  figures: ['lateness-beside-long'],
  async measure(bench) {
    const seconds = bench.quick ? 3 : 8;
    const figure = 'lateness-beside-long';
    const samples = await bench.alternate({ figure, sides: SIDES, rounds: 1, warmUps: 0 }, (side) =>
      observeLateness(bench, side, { perSecond: PER_SECOND, seconds, handlerMs: 1, longEvery: LONG_EVERY }),
    );
    await bench.endSides();
    return [latenessFigure(figure, samples)];
  },
};
