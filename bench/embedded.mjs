// @ts-check
// npm run bench:embedded: what an embedded queue does in this process, in memory and with a file. Prints one line of JSON each:
// jobs scheduled and run per second with handlers that do nothing, and the growth of this process per waiting job.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { built } from './built.mjs';

const JOBS = 100_000;
/** Calls of delay() that wait at once. */
const IN_FLIGHT = 500;
const ROUNDS = 3;
/** What only warms up is not told. */
const WARM_UP = 20_000;

/** @type {typeof import('../lib/core/options/resolve-options.js')} */
const { resolveOptions } = await built('core/options/resolve-options');
/** @type {typeof import('../lib/core/runtime.js')} */
const { DqRuntime } = await built('core/runtime');
/** @type {typeof import('../lib/embedded/embedded-backend.js')} */
const { embeddedBackend } = await built('embedded/embedded-backend');

/** Runs `use` with a queue, which is closed after that. @param {string | undefined} file @param {(queue: Queue) => Promise<void>} use */
async function withQueue(file, use) {
  const queue = new Queue(file);
  try {
    await use(queue);
  } finally {
    await queue.close();
  }
}

/** An embedded queue with one tube, whose handler only counts. */
class Queue {
  /** @type {InstanceType<typeof DqRuntime>} */
  #runtime;
  #left = 0;
  /** @type {() => void} */
  #done = () => undefined;

  /** @param {string | undefined} file */
  constructor(file) {
    const embedded = file === undefined ? true : { file };
    this.#runtime = new DqRuntime(resolveOptions({ embedded, tubes: ['work'] }), { backend: embeddedBackend });
    this.#runtime.handle('work', () => {
      this.#left -= 1;
      if (this.#left === 0) this.#done();
    });
    this.#runtime.start();
  }

  /** Milliseconds from the first delay() to the last run, and to the last resolved delay(). @param {number} jobs */
  async run(jobs) {
    this.#left = jobs;
    const ran = new Promise((resolve) => {
      this.#done = () => resolve(undefined);
    });
    const from = performance.now();
    await this.schedule(jobs, 0);
    const scheduledMs = performance.now() - from;
    await ran;
    return { scheduledMs, ranMs: performance.now() - from };
  }

  /** @param {number} jobs @param {import('../lib/index.js').DqDuration} delay */
  async schedule(jobs, delay) {
    const producer = this.#runtime.producer('work');
    let next = 0;
    const line = async () => {
      while (next < jobs) {
        next += 1;
        await producer.delay({ order: next, item: 'book' }, delay);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, line));
  }

  close() {
    return this.#runtime.close();
  }
}

const perSecond = (/** @type {number} */ ms) => Math.round((JOBS / ms) * 1_000);

/** All memory of the process that is in use, with garbage collected when node was started with --expose-gc. */
function memory() {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, used: heapUsed + external };
}

/** The file, and the log of SQLite beside it. @param {string} file */
const bytesOf = (file) => statSync(file).size + (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0);

/** @param {string} kept @param {string | undefined} file */
async function measure(kept, file) {
  await withQueue(file, async (queue) => {
    await queue.run(WARM_UP);
    for (let round = 1; round <= ROUNDS; round++) {
      const { scheduledMs, ranMs } = await queue.run(JOBS);
      const figures = { scheduledPerSecond: perSecond(scheduledMs), runPerSecond: perSecond(ranMs) };
      console.log(JSON.stringify({ figure: 'embedded-run', kept, jobs: JOBS, inFlight: IN_FLIGHT, round, ...figures }));
    }
  });
}

/** @param {string} kept @param {string | undefined} file */
async function measureWaiting(kept, file) {
  await withQueue(file, async (queue) => {
    const before = memory();
    await queue.schedule(JOBS, '1h');
    const after = memory();
    const figures = {
      usedMb: Math.round((after.used - before.used) / 1e5) / 10,
      rssMb: Math.round((after.rss - before.rss) / 1e5) / 10,
      bytesPerJob: Math.round((after.used - before.used) / JOBS),
      fileMb: file === undefined ? undefined : Math.round(bytesOf(file) / 1e5) / 10,
    };
    console.log(JSON.stringify({ figure: 'embedded-waiting', kept, jobs: JOBS, ...figures }));
  });
}

const dir = mkdtempSync(join(tmpdir(), 'dq-bench-'));
try {
  await measureWaiting('memory', undefined);
  await measure('memory', undefined);
  if (isBuiltin('node:sqlite')) {
    await measureWaiting('file', join(dir, 'waiting'));
    await measure('file', join(dir, 'run'));
  } else console.error(`Node ${process.versions.node} cannot keep a file: that needs 22.13 or later.`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
