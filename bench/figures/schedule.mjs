// @ts-check
import { cpuTime } from '../counters.mjs';
import { figureOf } from './figure.mjs';

/** @typedef {import('../bench.mjs').Bench} Bench */

const DELAY_MS = 3_600_000;
const CHUNK = 1000;
const WARM_MS = 200;
const SIDES = /** @type {const} */ (['ours', 'bullmq', 'ceiling']);

/**
 * Jobs scheduled per second: one by one with some in flight, and in chunks of 1000.
 *
 * @type {import('./figure.mjs').FigureGroup}
 */
export const schedule = {
  figures: ['schedule-1', 'schedule-50', 'schedule-500', 'bulk'],
  async measure(bench, wanted) {
    const figures = [];
    for (const inFlight of [1, 50, 500]) {
      const figure = `schedule-${inFlight}`;
      if (!wanted(figure)) continue;
      figures.push(...(await rate(bench, figure, (side, ms) => side.call('add', { inFlight, ms, delayMs: DELAY_MS }))));
    }
    if (wanted('bulk')) {
      figures.push(
        ...(await rate(bench, 'bulk', (side, ms) => side.call('addMany', { chunk: CHUNK, ms, delayMs: DELAY_MS }))),
      );
    }
    return figures;
  },
};

/**
 * @param {Bench} bench
 * @param {string} figure
 * @param {(side: import('../side.mjs').Side, ms: number) => Promise<{ jobs: number, ms: number, cpuMs: number }>} work
 */
async function rate(bench, figure, work) {
  const [rounds, ms] = bench.quick ? [2, 300] : [5, 2000];
  /** @type {Record<'process' | 'servers', Record<string, number[]>>} */
  const micros = { process: {}, servers: {} };
  const values = await bench.alternate(
    { figure, sides: SIDES, rounds, warmUps: bench.quick ? 0 : 1 },
    async (name, round) => {
      const { target, producer: side } = await bench.fresh(name);
      await side.call('openProducer', { target });
      await work(side, WARM_MS);
      await bench.settleMemory();
      const profiled = bench.profile && name === 'ours' && round === rounds;
      if (profiled) await side.call('startProfile');
      const pids = bench.installation.serversOf(name).map(({ pid }) => pid);
      const before = cpuTime(pids);
      const done = await work(side, ms);
      const servers = cpuTime(pids) - before;
      if (profiled) bench.profiles.set(figure, await side.call('stopProfile'));
      await side.call('close');
      if (round > 0) {
        (micros.process[name] ??= []).push((done.cpuMs * 1000) / done.jobs);
        (micros.servers[name] ??= []).push((servers * 1000) / done.jobs);
      }
      return (done.jobs * 1000) / done.ms;
    },
  );
  return [
    figureOf(figure, 'jobs/s', values),
    figureOf(`${figure}-cpu`, 'µs/job', micros.process, { servers: micros.servers }),
  ];
}
