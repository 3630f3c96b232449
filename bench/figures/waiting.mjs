// @ts-check
import { cpuTime, redisMemory, residentMemory } from '../counters.mjs';
import { Installation } from '../installation.mjs';
import { medianRatio } from '../statistics.mjs';
import { figureOf } from './figure.mjs';

/** @typedef {import('../bench.mjs').Bench} Bench */
/** @typedef {import('../side.mjs').Side} Side */

const DELAY_MS = 86_400_000;
const WARM_MS = 200;
const MIB = 1024 * 1024;
const SIDES = /** @type {const} */ (['ours', 'bullmq']);

/**
 * What jobs that wait cost: memory on the servers, memory of our process, and whether scheduling slows down. Two sets of
 * servers stand side by side, one that fills and one that stays empty, so that each rate has its match of the same moment.
 *
 * @type {import('./figure.mjs').FigureGroup}
 */
export const waiting = {
  figures: ['waiting-memory', 'waiting-rate', 'waiting-heap'],
  async measure(bench, wanted) {
    const figures = [];
    const steps = bench.quick ? [20_000] : [100_000, 1_000_000];
    if (wanted('waiting-memory')) figures.push(await serverMemory(bench, bench.quick ? 10_000 : 100_000));
    if (wanted('waiting-rate') || wanted('waiting-heap')) figures.push(...(await growing(bench, steps)));
    await bench.endSides();
    return figures;
  },
};

/**
 * @param {Bench} bench
 * @param {number} jobs
 */
async function serverMemory(bench, jobs) {
  const figure = 'waiting-memory';
  /** @type {Record<string, number[]>} */
  const resident = {};
  const values = await bench.alternate({ figure, sides: SIDES, rounds: 1, warmUps: 0 }, async (name) => {
    const { installation } = bench;
    const { target, producer: side } = await bench.fresh(name);
    await side.call('openProducer', { target });
    // The first jobs make the servers grow by what they allocate once.
    await side.call('add', { inFlight: 500, count: 1_000, delayMs: DELAY_MS });
    const before = await memoryOf(installation, name);
    await side.call('add', { inFlight: 500, count: jobs, delayMs: DELAY_MS });
    const after = await memoryOf(installation, name);
    await side.call('close');
    (resident[name] ??= []).push((after.resident - before.resident) / jobs);
    return (after.counted - before.counted) / jobs;
  });
  return figureOf(figure, 'bytes/job on servers', values, { jobs, resident });
}

/**
 * @param {Installation} installation
 * @param {'ours' | 'bullmq'} side
 * @returns {Promise<{ counted: number, resident: number }>} counted: resident memory of the nodes, and what Redis allocated
 */
async function memoryOf(installation, side) {
  const servers = installation.serversOf(side);
  const redis = side === 'bullmq' ? installation.bullmq : installation.claims;
  const nodes = servers.filter((server) => server !== redis).map(({ pid }) => pid);
  const counted = residentMemory(nodes) + (await redisMemory(redis.url));
  return { counted, resident: residentMemory(servers.map(({ pid }) => pid)) };
}

/**
 * @param {Bench} bench
 * @param {readonly number[]} steps jobs waiting at each step, beside none
 */
async function growing(bench, steps) {
  const [rounds, ms] = bench.quick ? [2, 300] : [5, 1000];
  const full = new Installation({ dist: bench.installation.dist });
  try {
    await full.start();
    await bench.installation.empty('ours');
    const producers = { empty: bench.side('ours', 'beside none'), full: bench.side('ours', 'beside many') };
    const consumer = bench.side('ours', 'consumer');
    await producers.empty.call('openProducer', { target: bench.installation.target('ours') });
    await producers.full.call('openProducer', { target: full.target('ours') });
    await consumer.call('openConsumer', { target: full.target('ours'), concurrency: 100, handlerMs: 0 });
    const load = { inFlight: 500, delayMs: DELAY_MS };
    for (const producer of Object.values(producers)) await producer.call('add', { ...load, ms: WARM_MS });
    const memory = [await processMemory(0, producers.full, consumer)];
    const figures = [];
    let loaded = 0;
    for (const step of steps) {
      bench.tell(`waiting: loading ${step} jobs`);
      loaded += (await producers.full.call('add', { ...load, count: step - loaded })).jobs;
      memory.push(await processMemory(step, producers.full, consumer));
      /** @type {Record<'rate' | 'servers', Record<'empty' | 'full', number[]>>} */
      const seen = { rate: { empty: [], full: [] }, servers: { empty: [], full: [] } };
      for (let round = 1; round <= rounds; round += 1) {
        bench.tell(`waiting: rate beside ${step} jobs, round ${round} of ${rounds}`);
        const turns = /** @type {const} */ (['full', 'empty']);
        for (const name of round % 2 === 0 ? turns : turns.toReversed()) {
          const installation = name === 'full' ? full : bench.installation;
          const producer = producers[name];
          // A new connection for both; the empty servers are new too.
          await producer.call('close');
          if (name === 'empty') await installation.empty('ours');
          await producer.call('openProducer', { target: installation.target('ours') });
          const warm = await producer.call('add', { ...load, ms: WARM_MS });
          await bench.settleMemory();
          const pids = installation.nodes.map(({ pid }) => pid);
          const before = cpuTime(pids);
          const { jobs, ms: took } = await producer.call('add', { ...load, ms });
          seen.servers[name].push(((cpuTime(pids) - before) * 1000) / jobs);
          seen.rate[name].push((jobs * 1000) / took);
          if (name === 'full') loaded += warm.jobs + jobs;
        }
      }
      const vsEmpty = medianRatio(seen.rate.full, seen.rate.empty);
      const details = { vsEmpty, empty: seen.rate.empty, waiting: loaded, serverMicros: seen.servers };
      figures.push(figureOf(`waiting-rate-${shortCount(step)}`, 'jobs/s', { ours: seen.rate.full }, details));
    }
    const grown = (memory.at(-1)?.heap ?? 0) - (memory[0]?.heap ?? 0);
    figures.push(figureOf('waiting-heap', 'MiB more heap', { ours: [grown] }, { memory }));
    return figures;
  } finally {
    await bench.endSides();
    await full.stop();
  }
}

/**
 * @param {number} jobs
 * @param {Side} producer
 * @param {Side} consumer
 */
async function processMemory(jobs, producer, consumer) {
  const [one, other] = [await producer.call('usage'), await consumer.call('usage')];
  return { jobs, heap: (one.heapUsed + other.heapUsed) / MIB, rss: (one.rss + other.rss) / MIB };
}

/** @param {number} count */
function shortCount(count) {
  return count >= 1_000_000 ? `${count / 1_000_000}m` : `${count / 1000}k`;
}
