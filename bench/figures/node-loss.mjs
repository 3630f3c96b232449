// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../statistics.mjs';
import { figureOf } from './figure.mjs';

/** @typedef {import('../bench.mjs').Bench} Bench */

const CONCURRENCY = 100;
const IN_FLIGHT = 500;
const DELAY_MS = 1_000;
const LONGEST_QUIET_MS = 10_000;

/**
 * Jobs scheduled and run at the same time, as fast as they go; halfway one of the three nodes is killed and stays dead. The
 * same without a kill stands beside it.
 *
 * @type {import('./figure.mjs').FigureGroup}
 */
export const nodeLoss = {
  figures: ['node-loss'],
  async measure(bench) {
    const [jobs, rounds] = bench.quick ? [5_000, 1] : [60_000, 3];
    /** @type {Record<'lost' | 'twice' | 'refused' | 'lateP99' | 'slowestAdd' | 'allAlive', number[]>} */
    const details = { lost: [], twice: [], refused: [], lateP99: [], slowestAdd: [], allAlive: [] };
    const rates = [];
    for (let round = 1; round <= rounds; round += 1) {
      for (const kill of bench.quick ? [true] : [false, true]) {
        bench.tell(`node-loss: round ${round} of ${rounds}, ${kill ? 'a node is killed' : 'all nodes stay'}`);
        const { rate, ...rest } = await endToEnd(bench, jobs, kill);
        if (!kill) details.allAlive.push(rate);
        else {
          rates.push(rate);
          for (const [name, value] of Object.entries(rest))
            details[/** @type {keyof typeof rest} */ (name)].push(value);
        }
      }
    }
    await bench.endSides();
    return [figureOf('node-loss', 'jobs/s', { ours: rates }, details)];
  },
};

/**
 * @param {Bench} bench
 * @param {number} jobs
 * @param {boolean} kill
 */
async function endToEnd(bench, jobs, kill) {
  const { target, producer, consumer } = await bench.fresh('ours');
  await consumer.call('openConsumer', { target, concurrency: CONCURRENCY, handlerMs: 0 });
  await producer.call('openProducer', { target });
  const adding = producer.call('addThrough', { inFlight: IN_FLIGHT, count: jobs, delayMs: DELAY_MS });
  if (kill) {
    while ((await producer.call('added')) < jobs / 2) await sleep(5);
    await bench.installation.nodes[1]?.kill();
  }
  const { refused, slowestMs, startedAt } = await adding;
  await settled(consumer, jobs - refused.length);
  const [{ lastAt }, { orders, late }] = [await consumer.call('progress'), await consumer.call('runs')];
  await Promise.all([producer.call('close'), consumer.call('close')]);
  const ran = new Set(orders);
  const wanted = Array.from({ length: jobs }, (_, order) => order).filter((order) => !refused.includes(order));
  return {
    rate: (ran.size * 1000) / (lastAt - startedAt),
    lost: wanted.filter((order) => !ran.has(order)).length,
    twice: orders.length - ran.size,
    refused: refused.length,
    lateP99: quantile(late, 0.99),
    slowestAdd: slowestMs,
  };
}

/**
 * Waits until so many jobs have run, or none has for some time; then a moment longer, in which a second run would show.
 *
 * @param {import('../side.mjs').Side} consumer
 * @param {number} jobs
 */
async function settled(consumer, jobs) {
  let [runs, since] = [-1, performance.now()];
  while (runs < jobs && performance.now() - since < LONGEST_QUIET_MS) {
    const now = (await consumer.call('progress')).runs;
    if (now > runs) since = performance.now();
    runs = now;
    await sleep(50);
  }
  await sleep(1_500);
}
