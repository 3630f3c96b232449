// @ts-check
import { openBullmq } from './queues/bullmq.mjs';
import { openCeiling } from './queues/ceiling.mjs';
import { openOurs } from './queues/ours.mjs';
import { newOrder } from './queues/queue.mjs';
import { keepInFlight } from './load/in-flight.mjs';
import { pace } from './load/pace.mjs';
import { Profiling } from './load/profile.mjs';
import { LONG, Runs } from './load/runs.mjs';

/**
 * The measured process: one side, in one role at a time, told what to do by the parent. Times are taken here.
 *
 * @typedef {import('./queues/queue.mjs').Target} Target
 * @typedef {import('./queues/queue.mjs').Queue} Queue
 */

const sides = { ours: openOurs, bullmq: openBullmq, ceiling: openCeiling };
const open = sides[/** @type {keyof typeof sides} */ (process.argv[2])];

/** @type {Queue | undefined} */
let opened;
let runs = new Runs();
let added = 0;
let profiling = new Profiling();

function queue() {
  if (opened === undefined) throw new Error('no queue is open');
  return opened;
}

const calls = {
  /** @param {{ target: Target }} options */
  async openProducer({ target }) {
    opened = await open(target);
  },

  /** @param {{ target: Target, concurrency: number, handlerMs: number, tubes?: number }} options */
  async openConsumer({ target, concurrency, handlerMs, tubes }) {
    runs = new Runs();
    opened = await open(target, { concurrency, run: runs.handler(handlerMs), tubes });
  },

  async close() {
    const closing = opened;
    opened = undefined;
    await closing?.close();
  },

  /**
   * Adds one by one, `inFlight` at a time.
   *
   * @param {{ inFlight: number, ms?: number, count?: number, delayMs: number }} options
   */
  async add({ inFlight, ms, count, delayMs }) {
    const target = queue();
    return measured(() =>
      keepInFlight({ inFlight, ms, count }, (at) => target.add(newOrder(at, Date.now() + delayMs), delayMs)),
    );
  },

  /**
   * Adds in chunks, one chunk after the other.
   *
   * @param {{ chunk: number, ms: number, delayMs: number }} options
   */
  async addMany({ chunk, ms, delayMs }) {
    const target = queue();
    let order = 0;
    return measured(async () => {
      const done = await keepInFlight({ inFlight: 1, ms }, () => {
        const now = Date.now();
        return target.addMany(
          Array.from({ length: chunk }, () => newOrder(order++, now + delayMs)),
          now,
        );
      });
      return { calls: order, ms: done.ms };
    });
  },

  /**
   * Adds jobs that fall due at given moments.
   *
   * @param {{ dues: Float64Array, orders: Int32Array, inFlight: number }} options
   */
  async addAt({ dues, orders, inFlight }) {
    const target = queue();
    return measured(() =>
      keepInFlight({ inFlight, count: dues.length }, (at) => {
        const due = dues[at] ?? 0;
        return target.add(newOrder(orders[at] ?? 0, due), Math.max(0, due - Date.now()));
      }),
    );
  },

  /**
   * Adds at an even rate, each job with a delay from `least` to `most`, and every so many-th with a long handler.
   *
   * @param {{ perSecond: number, count: number, least: number, most: number, longEvery?: number }} options
   */
  async addPaced({ perSecond, count, least, most, longEvery }) {
    const target = queue();
    await pace({ perSecond, count }, (at) => {
      const delay = Math.round(least + Math.random() * (most - least));
      const order = newOrder(at, Date.now() + delay);
      return target.add(longEvery !== undefined && at % longEvery === 0 ? { ...order, note: LONG } : order, delay);
    });
  },

  /**
   * Adds one by one whatever comes of it.
   *
   * @param {{ inFlight: number, count: number, delayMs: number }} options
   */
  async addThrough({ inFlight, count, delayMs }) {
    const target = queue();
    const startedAt = performance.timeOrigin + performance.now();
    /** @type {number[]} */
    const refused = [];
    let slowestMs = 0;
    added = 0;
    await keepInFlight({ inFlight, count }, async (at) => {
      const begun = performance.now();
      try {
        await target.add(newOrder(at, Date.now() + delayMs), delayMs);
      } catch {
        refused.push(at);
      }
      slowestMs = Math.max(slowestMs, performance.now() - begun);
      added++;
    });
    return { startedAt, refused, slowestMs };
  },

  added: async () => added,
  progress: async () => runs.progress,
  runs: async () => runs.all,

  async usage() {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    return { cpuMs: cpuMs(), rss, heapUsed, sockets };
  },

  /** CPU time of this process so far, without the cost of looking at its memory. */
  cpu: async () => cpuMs(),

  async startProfile() {
    profiling = new Profiling();
    await profiling.start();
  },

  stopProfile: async () => profiling.stop(),
};

/** @typedef {typeof calls} WorkerCalls */

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** @param {() => Promise<{ calls: number, ms: number }>} work */
async function measured(work) {
  globalThis.gc?.();
  const before = cpuMs();
  const { calls: jobs, ms } = await work();
  return { jobs, ms, cpuMs: cpuMs() - before };
}

process.on(
  'message',
  (/** @type {{ id: number, name: keyof WorkerCalls, options: never }} */ { id, name, options }) => {
    calls[name](options).then(
      (value) => process.send?.({ id, value }),
      (/** @type {unknown} */ error) =>
        process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  },
);
// The parent ends its children; a Ctrl-C that reaches this process too is not its own.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
