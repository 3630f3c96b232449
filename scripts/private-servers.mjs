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
  #dir;
  /** @type {FolderLock | undefined} */
  #lock;
  /** @type {Array<Beanstalkd | RedisServer>} */
  #servers = [];

  /** @param {string} dir */
  constructor(dir) {
    this.#dir = dir;
  }

  /**
   * @param {NodeJS.ProcessEnv} environment DQ_BEANSTALKS and REDIS_URL name servers that run already
   * @returns {Promise<{ DQ_BEANSTALKS: string, REDIS_URL: string }>}
   */
  async start({ DQ_BEANSTALKS, REDIS_URL }) {
    if (DQ_BEANSTALKS && REDIS_URL) return { DQ_BEANSTALKS, REDIS_URL };
    const folder = (/** @type {string} */ name) => ({ dir: join(this.#dir, name) });
    const names = DQ_BEANSTALKS ? [] : ['node-1', 'node-2', 'node-3'];
    const nodes = names.map((name) => new Beanstalkd(folder(name)));
    const redis = REDIS_URL ? undefined : new RedisServer(folder('redis'));
    ensureServerBinaries([
      ...(nodes.length > 0 ? /** @type {const} */ (['beanstalkd']) : []),
      ...(redis ? /** @type {const} */ (['redis-server']) : []),
    ]);
    const lock = new FolderLock(this.#dir);
    lock.take();
    this.#lock = lock;
    this.#servers = [...nodes, ...(redis ? [redis] : [])];
    for (const server of this.#servers) await server.start();
    return {
      DQ_BEANSTALKS: DQ_BEANSTALKS || nodes.map(({ endpoint }) => endpoint).join(','),
      REDIS_URL: REDIS_URL || (redis?.url ?? ''),
    };
  }

  async stop() {
    await Promise.all(this.#servers.map((server) => server.stop()));
    this.#lock?.release();
  }
}
