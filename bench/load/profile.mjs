// @ts-check
import { Session } from 'node:inspector/promises';

/**
 * @typedef {object} Profiles
 * @property {import('node:inspector').Profiler.Profile} cpu
 * @property {import('node:inspector').HeapProfiler.SamplingHeapProfile} heap what was allocated, collected since or not
 */

/** Samples where this process spends its time and what it allocates, from `start` to `stop`. */
export class Profiling {
  #session = new Session();

  async start() {
    this.#session.connect();
    await this.#session.post('HeapProfiler.startSampling', {
      samplingInterval: 65_536,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    await this.#session.post('Profiler.enable');
    await this.#session.post('Profiler.setSamplingInterval', { interval: 200 });
    await this.#session.post('Profiler.start');
  }

  /** @returns {Promise<Profiles>} */
  async stop() {
    const { profile: cpu } = await this.#session.post('Profiler.stop');
    const { profile: heap } = await this.#session.post('HeapProfiler.stopSampling');
    this.#session.disconnect();
    return { cpu, heap };
  }
}
