// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

const TICK_MS = 2;

/**
 * Makes calls at an even rate and waits for the last. A generator that falls behind makes up for it.
 *
 * @param {object} rate
 * @param {number} rate.perSecond
 * @param {number} rate.count
 * @param {(at: number) => Promise<unknown>} call
 */
export async function pace({ perSecond, count }, call) {
  /** @type {Set<Promise<unknown>>} */
  const underWay = new Set();
  const start = performance.now();
  let calls = 0;
  while (calls < count) {
    const wanted = Math.min(count, Math.floor(((performance.now() - start) * perSecond) / 1000));
    while (calls < wanted) {
      const promise = call(calls++);
      underWay.add(promise);
      void promise.then(() => underWay.delete(promise));
    }
    if (calls < count) await sleep(TICK_MS);
  }
  await Promise.all(underWay);
}
