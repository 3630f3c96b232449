// @ts-check
import { CeilingDrain } from './ceiling-drain.mjs';
import { CeilingWriter } from './ceiling-writer.mjs';
import { TUBE } from './queue.mjs';

/**
 * What the machine and the servers give at best: plain sockets that write the commands a job needs and count the replies.
 * No claim, no handler, no check, no deadline. As many copies as this package writes.
 *
 * @type {import('./queue.mjs').OpenQueue}
 */
export async function openCeiling({ endpoints }, consumption) {
  if (consumption !== undefined) {
    const drain = new CeilingDrain(endpoints, TUBE, consumption.run);
    await drain.open();
    return { add: onlyConsumes, addMany: onlyConsumes, close: async () => drain.close() };
  }
  const writer = new CeilingWriter(endpoints, TUBE);
  await writer.open();
  return {
    add: (order, delayMs) => writer.put(order, Date.now() + delayMs, Math.floor(delayMs / 1000)),
    addMany: (orders, now) =>
      Promise.all(
        orders.map((order) => writer.put(order, order.due, Math.max(0, Math.floor((order.due - now) / 1000)))),
      ),
    close: async () => writer.close(),
  };
}

/** @returns {Promise<never>} */
function onlyConsumes() {
  return Promise.reject(new Error('this queue was opened to consume'));
}
