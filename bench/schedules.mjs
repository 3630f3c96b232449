// @ts-check
// npm run bench:schedules: a fleet of one with 10,000 schedules that come each minute, evenly spread, on three nodes and Redis. Prints one
// line of JSON: what a schedule takes in Redis, and what a run costs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Beanstalkd, RedisServer } from '../scripts/servers.mjs';
import { built } from './built.mjs';
import { cpuTime, redisMemory, scriptCalls } from './counters.mjs';
import 'reflect-metadata';

const SCHEDULES = Number(process.argv[2] ?? 10_000);
const TUBE = 'work';
const EVERY_MS = 60_000;
/** Until each schedule has its first occurrence. */
const AHEAD_MS = 30_000;
/** Upserts that wait at once. */
const CHUNK = 500;
const NODES = 3;

/** @type {typeof import('../lib/core/options/resolve-options.js')} */
const { resolveOptions } = await built('core/options/resolve-options');
/** @type {typeof import('../lib/core/runtime.js')} */
const { DqRuntime } = await built('core/runtime');
/** @type {typeof import('../lib/cron/definition.js')} */
const { definitionOf } = await built('cron/definition');
/** @type {typeof import('../lib/cron/occurrence-layer.js')} */
const { OccurrenceLayer } = await built('cron/occurrence-layer');
/** @type {typeof import('../lib/cron/schedules.js')} */
const { Schedules } = await built('cron/schedules');
/** @type {typeof import('../lib/cron/spec/spec.js')} */
const { readSpec } = await built('cron/spec/spec');

const dir = mkdtempSync(join(tmpdir(), 'nestjs-dq-schedules-'));
const nodes = await Promise.all(
  Array.from({ length: NODES }, (_, at) => Beanstalkd.start({ dir: join(dir, `node-${at}`) })),
);
const redis = await RedisServer.start({ dir: join(dir, 'redis') });
try {
  console.log(JSON.stringify(await measure()));
} finally {
  await Promise.all([...nodes, redis].map((server) => server.stop()));
  rmSync(dir, { recursive: true, force: true });
}

async function measure() {
  const options = { beanstalks: nodes.map(({ endpoint }) => endpoint), redis: redis.url, tubes: [TUBE] };
  const runtime = new DqRuntime(resolveOptions(options));
  const schedules = new Schedules(runtime);
  runtime.use(new OccurrenceLayer(runtime, schedules), -900);
  /** @type {number[]} */
  const late = [];
  /** @type {Map<string, number>} */
  const runs = new Map();
  runtime.handle(TUBE, (_data, { id, dueAt }) => {
    late.push(Date.now() - dueAt.getTime());
    runs.set(id, (runs.get(id) ?? 0) + 1);
  });
  await schedules.put(TUBE, [wanted('warm', Date.now() + 86_400_000)]);
  const empty = await redisMemory(redis.url);
  const firstMs = Date.now() + AHEAD_MS;
  const from = performance.now();
  for (let at = 0; at < SCHEDULES; at += CHUNK) {
    const part = Array.from({ length: Math.min(CHUNK, SCHEDULES - at) }, (_, more) => at + more);
    await schedules.put(
      TUBE,
      part.map((one) => wanted(`invoice-${one}`, firstMs + Math.round((one * EVERY_MS) / SCHEDULES))),
    );
  }
  const putMs = performance.now() - from;
  const memory = await redisMemory(redis.url);
  runtime.start();
  // The first minute is no part of it.
  await sleep(Math.max(0, firstMs + EVERY_MS - Date.now()));
  const pids = { nodes: nodes.map(({ pid }) => pid), redis: [redis.pid] };
  const cpu = () => ({ nodes: cpuTime(pids.nodes), redis: cpuTime(pids.redis) });
  const own = process.cpuUsage();
  const [before, calls, ran, used] = [cpu(), await scriptCalls(redis.url), late.length, await redisMemory(redis.url)];
  await sleep(EVERY_MS);
  const [after, callsAfter, ranAfter] = [cpu(), await scriptCalls(redis.url), late.length];
  const app = process.cpuUsage(own);
  const grown = (await redisMemory(redis.url)) - used;
  const count = ranAfter - ran;
  await runtime.close();
  const sorted = late.slice(ran, ranAfter).toSorted((one, other) => one - other);
  return {
    schedules: SCHEDULES,
    putMs: Math.round(putMs),
    redisBytesPerSchedule: Math.round((memory - empty) / SCHEDULES),
    runs: count,
    redisBytesPerRun: Math.round(grown / count),
    twice: [...runs.values()].filter((times) => times > 1).length,
    scriptsPerRun: Number(((callsAfter - calls) / count).toFixed(2)),
    cpuMicrosPerRun: {
      app: Math.round((app.user + app.system) / count),
      nodes: Math.round(((after.nodes - before.nodes) * 1_000) / count),
      redis: Math.round(((after.redis - before.redis) * 1_000) / count),
    },
    earliestMs: sorted[0],
    lateMs: [0.5, 0.99, 1].map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]),
  };
}

/** @param {string} name @param {number} startAt */
function wanted(name, startAt) {
  const spec = readSpec({ every: EVERY_MS, startAt }, name);
  return { tube: TUBE, name, definition: definitionOf(spec, JSON.stringify({ customer: 42 })) };
}
