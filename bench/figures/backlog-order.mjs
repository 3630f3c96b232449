// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { figureOf } from './figure.mjs';

/** @typedef {import('../bench.mjs').Bench} Bench */

/** @type {readonly ('ours' | 'bullmq')[]} */
const BOTH = ['ours', 'bullmq'];
const CONCURRENCY = 100;

/**
 * Jobs scheduled in no order at all, whose due times have passed when the consumer starts: by how much is one started
 * before another that was due earlier?
 *
 * @type {import('./figure.mjs').FigureGroup}
 */
export const backlogOrder = {
  figures: ['backlog-order'],
  async measure(bench) {
    const [jobs, rounds, spreadMs] = bench.quick ? [3_000, 1, 2_500] : [20_000, 2, 8_000];
    const values = await bench.alternate(
      { figure: 'backlog-order', sides: bench.quick ? ['ours'] : BOTH, rounds, warmUps: 0 },
      (side) => worstInversion(bench, side, jobs, spreadMs),
    );
    return [figureOf('backlog-order', 'ms out of order', values, { jobs, spreadMs })];
  },
};

/**
 * @param {Bench} bench
 * @param {'ours' | 'bullmq'} side
 * @param {number} jobs
 * @param {number} spreadMs
 */
async function worstInversion(bench, side, jobs, spreadMs) {
  const { target, producer, consumer } = await bench.fresh(side);
  await producer.call('openProducer', { target });
  const first = Date.now() + 1_000;
  const dues = Float64Array.from({ length: jobs }, () => Math.floor(first + Math.random() * spreadMs));
  await producer.call('addAt', { dues, orders: Int32Array.from(dues.keys()), inFlight: 500 });
  await producer.call('close');
  await sleep(Math.max(0, first + spreadMs - Date.now()) + 100);
  await consumer.call('openConsumer', { target, concurrency: CONCURRENCY, handlerMs: 0 });
  await bench.ran([consumer], jobs);
  const { orders } = await consumer.call('runs');
  await consumer.call('close');
  let [latest, worst] = [0, 0];
  for (const order of orders) {
    const due = dues[order] ?? 0;
    latest = Math.max(latest, due);
    worst = Math.max(worst, latest - due);
  }
  return worst;
}
