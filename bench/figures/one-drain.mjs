// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuTime, nodeCounts, scriptCalls } from '../counters.mjs';

/** @typedef {import('../bench.mjs').Bench} Bench */
/** @typedef {import('../side.mjs').SideName} SideName */

const CONCURRENCY = 100;

/**
 * What one drain was like.
 *
 * @typedef {object} Drain
 * @property {number} rate jobs/s from the first run to the last
 * @property {number} cpuMicros of all consumer processes, per job
 * @property {number} serverMicros the same for the servers
 * @property {number} scripts calls of a Lua script on Redis, per job
 * @property {number} commands beanstalkd commands, per copy
 * @property {number} lost
 * @property {number} twice
 * @property {number} goneRate jobs/s from the first run until no node had a copy left
 * @property {number} emptyMs from the last run until then
 */

/**
 * Schedules jobs for one moment, and drains them when it has passed; `dead`: after one of the nodes was killed.
 *
 * @param {Bench} bench
 * @param {{ side: SideName, processes: number, handlerMs: number, jobs: number, dead?: boolean, profile?: string }} plan
 * @returns {Promise<Drain>}
 */
export async function drainOnce(bench, { side, processes, handlerMs, jobs, dead, profile }) {
  const { installation } = bench;
  const { target, producer } = await bench.fresh(side);
  await load(producer, target, side, jobs);
  if (dead) await installation.nodes[1]?.kill();
  await bench.settleMemory();
  const consumers = Array.from({ length: processes }, (_, at) => bench.side(side, `consumer ${at}`));
  const [first] = consumers;
  const profiled = bench.profile && side === 'ours' && profile !== undefined;
  const [scriptsBefore, before] = [await scriptCalls(target.redisUrl), await nodeCounts(installation.nodes)];
  const servers = installation.serversOf(side).filter(({ running }) => running);
  const pids = servers.map(({ pid }) => pid);
  const serversBefore = cpuTime(pids);
  const cpuBefore = await Promise.all(consumers.map((consumer) => consumer.call('cpu')));
  if (profiled) await first?.call('startProfile');
  await Promise.all(
    consumers.map((consumer) => consumer.call('openConsumer', { target, concurrency: CONCURRENCY, handlerMs })),
  );
  // A ceiling's processes count whole jobs only, of which each may have begun one.
  const enough = side === 'ceiling' ? jobs - processes : jobs;
  const { firstAt, lastAt } = await bench.ran(consumers, enough);
  if (profiled && first) bench.profiles.set(profile, await first.call('stopProfile'));
  const emptyAt = side === 'bullmq' ? lastAt : await emptied(installation.nodes);
  const runs = await Promise.all(consumers.map((consumer) => consumer.call('runs')));
  // What is left to be told when all copies are gone is told now. It belongs to the work.
  await Promise.all(consumers.map((consumer) => consumer.call('close')));
  const serversMs = cpuTime(pids) - serversBefore;
  const cpuAfter = await Promise.all(consumers.map((consumer) => consumer.call('cpu')));
  const [scripts, after] = [await scriptCalls(target.redisUrl), await nodeCounts(installation.nodes)];
  const ran = runs.reduce((sum, one) => sum + one.orders.length, 0);
  const different = new Set(runs.flatMap((one) => Array.from(one.orders))).size;
  const cpuMs = cpuAfter.reduce((sum, cpu, at) => sum + cpu - (cpuBefore[at] ?? 0), 0);
  return {
    rate: (jobs * 1000) / (lastAt - firstAt),
    cpuMicros: (cpuMs * 1000) / jobs,
    serverMicros: (serversMs * 1000) / jobs,
    scripts: (scripts - scriptsBefore) / jobs,
    commands: (after.commands - before.commands) / (3 * jobs),
    lost: jobs - different,
    twice: ran - different,
    goneRate: (jobs * 1000) / (emptyAt - firstAt),
    emptyMs: emptyAt - lastAt,
  };
}

/** How many jobs per second each side was last loaded with. @type {Map<SideName, number>} */
const loadRates = new Map();

/**
 * Schedules jobs that all fall due at one moment, and returns when it has passed.
 *
 * @param {import('../side.mjs').Side} loader
 * @param {import('../queues/queue.mjs').Target} target
 * @param {SideName} side
 * @param {number} jobs
 */
async function load(loader, target, side, jobs) {
  await loader.call('openProducer', { target });
  const due = Date.now() + 500 + (jobs / (loadRates.get(side) ?? 10_000)) * 1300;
  const { ms } = await loader.call('addAt', {
    dues: new Float64Array(jobs).fill(Math.round(due)),
    orders: Int32Array.from({ length: jobs }, (_, at) => at),
    inFlight: 500,
  });
  await loader.call('close');
  loadRates.set(side, (jobs * 1000) / ms);
  await sleep(Math.max(0, due - Date.now()) + 100);
}

/**
 * @param {readonly import('../../scripts/servers.mjs').Beanstalkd[]} nodes
 * @returns {Promise<number>} when no node had a copy any more
 */
async function emptied(nodes) {
  const end = performance.now() + 10_000;
  while ((await nodeCounts(nodes)).copies > 0) {
    if (performance.now() > end) throw new Error('copies were left on the nodes after every job had run');
    await sleep(10);
  }
  return performance.timeOrigin + performance.now();
}
