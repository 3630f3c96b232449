// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTime } from '../counters.mjs';
import { fieldOf, figureOf } from './figure.mjs';

/** @typedef {import('../bench.mjs').Bench} Bench */

/** @type {readonly ('ours' | 'bullmq')[]} */
const BOTH = ['ours', 'bullmq'];
const TUBES = 50;

/**
 * What a consumer of 50 tubes costs while there is nothing to do.
 *
 * @type {import('./figure.mjs').FigureGroup}
 */
export const idle = {
  figures: ['idle'],
  async measure(bench) {
    const ms = bench.quick ? 1_000 : 10_000;
    const values = await bench.alternate(
      { figure: 'idle', sides: bench.quick ? ['ours'] : BOTH, rounds: 1, warmUps: 0 },
      (side) => observe(bench, side, ms),
    );
    return [
      figureOf('idle-cpu', '% of a core', fieldOf(values, 'cpu'), {
        tubes: TUBES,
        servers: fieldOf(values, 'servers'),
      }),
      figureOf('idle-sockets', 'sockets', fieldOf(values, 'sockets'), { tubes: TUBES }),
    ];
  },
};

/**
 * @param {Bench} bench
 * @param {'ours' | 'bullmq'} side
 * @param {number} ms
 */
async function observe(bench, side, ms) {
  const { target, consumer } = await bench.fresh(side);
  await consumer.call('openConsumer', { target, concurrency: 10, handlerMs: 0, tubes: TUBES });
  await sleep(bench.quick ? 1_000 : 3_000);
  const pids = bench.installation.serversOf(side).map(({ pid }) => pid);
  const [before, serversBefore] = [await consumer.call('cpu'), cpuTime(pids)];
  await sleep(ms);
  const [after, serversAfter] = [await consumer.call('cpu'), cpuTime(pids)];
  const { sockets } = await consumer.call('usage');
  await consumer.call('close');
  return {
    cpu: ((after - before) * 100) / ms,
    servers: ((serversAfter - serversBefore) * 100) / ms,
    sockets,
  };
}
