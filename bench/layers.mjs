// @ts-check
// node bench/layers.mjs: what layers that do nothing add to a job, around its scheduling and its attempt. An embedded queue in memory, since
// layers do not know of servers. Prints one line of JSON for each number of layers: promises per job, which no slow machine changes, and CPU per
// job of this process, the least of some rounds.
import { createHook } from 'node:async_hooks';
import { built } from './built.mjs';

const JOBS = 20_000;
/** Calls of delay() that wait at once. */
const IN_FLIGHT = 500;
const ROUNDS = 5;
const LAYERS = [0, 1, 20];

/** @type {typeof import('../lib/core/options/resolve-options.js')} */
const { resolveOptions } = await built('core/options/resolve-options');
/** @type {typeof import('../lib/core/runtime.js')} */
const { DqRuntime } = await built('core/runtime');
/** @type {typeof import('../lib/embedded/embedded-backend.js')} */
const { embeddedBackend } = await built('embedded/embedded-backend');

/** Schedules all jobs and runs them. @param {number} layers */
async function drain(layers) {
  const runtime = new DqRuntime(resolveOptions({ embedded: true, tubes: ['work'] }), { backend: embeddedBackend });
  for (let layer = 0; layer < layers; layer++) {
    runtime.use({ job: (_job, next) => next(), schedule: (_call, next) => next() });
  }
  let left = JOBS;
  /** @type {() => void} */
  let over = () => undefined;
  /** @type {Promise<void>} */
  const ended = new Promise((resolve) => (over = resolve));
  runtime.handle('work', () => {
    if (--left === 0) over();
  });
  runtime.start();
  const producer = runtime.producer('work');
  for (let from = 0; from < JOBS; from += IN_FLIGHT) {
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, at) => producer.delay(from + at, 0)));
  }
  await ended;
  await runtime.close();
}

/** @param {number} layers */
async function promisesPerJob(layers) {
  let promises = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') promises++;
    },
  }).enable();
  await drain(layers);
  hook.disable();
  return promises / JOBS;
}

/** In microseconds. @param {number} layers */
async function cpuPerJob(layers) {
  const before = process.cpuUsage();
  await drain(layers);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / JOBS;
}

/** @type {Map<number, number>} */
const least = new Map();
for (let round = 0; round <= ROUNDS; round++) {
  for (const layers of LAYERS) {
    const cpu = await cpuPerJob(layers);
    // The first round warms up.
    if (round > 0) least.set(layers, Math.min(least.get(layers) ?? Infinity, cpu));
  }
}
for (const layers of LAYERS) {
  const promises = await promisesPerJob(layers);
  console.log(
    JSON.stringify({
      layers,
      promisesPerJob: Number(promises.toFixed(1)),
      cpuMicrosecondsPerJob: Number((least.get(layers) ?? 0).toFixed(1)),
    }),
  );
}
