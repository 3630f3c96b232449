// @ts-check
import { Queue, Worker } from 'bullmq';
import { TUBE } from './queue.mjs';

/**
 * BullMQ as its documentation says to use it: one Queue, `add` and `addBulk`, one Worker with a concurrency; jobs that are
 * over are removed at once, which is the least work among the ways that its documentation gives. All else is default.
 *
 * @type {import('./queue.mjs').OpenQueue}
 */
export async function openBullmq({ redisUrl }, consumption) {
  const { hostname: host, port } = new URL(redisUrl);
  const connection = { host, port: Number(port) };
  const defaultJobOptions = { removeOnComplete: true, removeOnFail: { count: 5000 } };
  if (consumption === undefined) {
    const queue = new Queue(TUBE, { connection, defaultJobOptions });
    queue.on('error', report);
    await queue.waitUntilReady();
    return {
      add: (order, delay) => queue.add(TUBE, order, { delay }),
      addMany: (orders, now) =>
        queue.addBulk(orders.map((data) => ({ name: TUBE, data, opts: { delay: Math.max(0, data.due - now) } }))),
      close: () => queue.close(),
    };
  }
  const { concurrency, run, tubes = 1 } = consumption;
  const names = [TUBE, ...Array.from({ length: tubes - 1 }, (_, at) => `${TUBE}-${at + 2}`)];
  const workers = names.map((name) => new Worker(name, async (job) => run(job.data), { connection, concurrency }));
  for (const worker of workers) worker.on('error', report);
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  const onlyConsumes = () => Promise.reject(new Error('this queue was opened to consume'));
  return {
    add: onlyConsumes,
    addMany: onlyConsumes,
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** @param {Error} error */
function report(error) {
  console.error('bullmq:', error.message);
}
