// @ts-check

/**
 * What every side carries as its payload: about 120 bytes of JSON.
 *
 * @typedef {object} Order
 * @property {number} order counts from 0; a warm-up has negative ones
 * @property {number} due epoch milliseconds
 * @property {string} customer
 * @property {string} note
 */

/**
 * @typedef {object} Target
 * @property {readonly string[]} endpoints of the beanstalkd nodes
 * @property {string} redisUrl of the side's own Redis
 * @property {string} dist the built package, or a copy of it
 */

/**
 * @typedef {object} Consumption
 * @property {number} concurrency
 * @property {(order: Order) => Promise<void> | undefined} run called once for each run
 * @property {number} [tubes] handlers on so many tubes; default 1
 */

/**
 * The seam that all sides stand behind, so that one load generator serves them all. A queue is opened either to add or to
 * consume.
 *
 * @typedef {object} Queue
 * @property {(order: Order, delayMs: number) => Promise<unknown>} add resolves when the job is acknowledged
 * @property {(orders: readonly Order[], now: number) => Promise<unknown>} addMany each is due at its `due`; `now` is now
 * @property {() => Promise<void>} close
 */

/** @typedef {(target: Target, consumption?: Consumption) => Promise<Queue>} OpenQueue */

/** Every job is of this tube, or queue. */
export const TUBE = 'orders';

const NOTE = 'please call before delivery, the bell is broken';

/**
 * @param {number} order
 * @param {number} due
 * @returns {Order}
 */
export function newOrder(order, due) {
  return { order, due, customer: 'c-4711', note: NOTE };
}
