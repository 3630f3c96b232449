// @ts-check
import { join } from 'node:path';
import { FolderLock } from '../lib/cli/cluster/folder-lock.js';
import { ensureServerBinaries } from './server-binaries.mjs';
import { Beanstalkd, RedisServer } from './servers.mjs';

/**
 * The servers of `npm start`: three beanstalkd and one Redis of our own, except where the user names his. They live as
 * long as this process; their data stays in the folder.
 */
export class PrivateServers {
  #lock;
  #dir;
  /** @type {Array<Beanstalkd | RedisServer>} */
  #started = [];
  #locked = false;

  /** @param {string} dir */
  constructor(dir) {
    this.#dir = dir;
    this.#lock = new FolderLock(dir);
  }

  /**
   * @param {NodeJS.ProcessEnv} environment DQ_BEANSTALKS and REDIS_URL name servers that run already
   * @returns {Promise<{ DQ_BEANSTALKS: string, REDIS_URL: string }>}
   */
  async start({ DQ_BEANSTALKS, REDIS_URL }) {
    if (DQ_BEANSTALKS && REDIS_URL) return { DQ_BEANSTALKS, REDIS_URL };
    ensureServerBinaries([
      ...(DQ_BEANSTALKS ? [] : /** @type {const} */ (['beanstalkd'])),
      ...(REDIS_URL ? [] : /** @type {const} */ (['redis-server'])),
    ]);
    this.#lock.take();
    this.#locked = true;
    return {
      DQ_BEANSTALKS: DQ_BEANSTALKS || (await this.#startBeanstalks()),
      REDIS_URL: REDIS_URL || (await this.#startRedis()),
    };
  }

  async #startBeanstalks() {
    const nodes = [];
    for (const name of ['node-1', 'node-2', 'node-3']) {
      const node = await Beanstalkd.start({ dir: join(this.#dir, name) });
      this.#started.push(node);
      nodes.push(node.endpoint);
    }
    return nodes.join(',');
  }

  async #startRedis() {
    const redis = await RedisServer.start({ dir: join(this.#dir, 'redis') });
    this.#started.push(redis);
    return redis.url;
  }

  async stop() {
    await Promise.all(this.#started.map((server) => server.stop()));
    this.#started = [];
    if (this.#locked) this.#lock.release();
    this.#locked = false;
  }
}
