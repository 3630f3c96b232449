// @ts-check
import { BEANSTALKD, REDIS } from '../lib/cli/cluster/server-program.js';
import { ServerProcess } from './server-process.mjs';

/** @typedef {import('./server-process.mjs').ServerOptions} ServerOptions */

/** A private beanstalkd: `-z`, `-f` and `-s` go into `args`. */
export class Beanstalkd extends ServerProcess {
  /** @type {boolean} */
  #binlog;

  /** @param {ServerOptions & { binlog?: boolean }} options binlog false: all jobs are lost with the process */
  constructor({ binlog = true, ...options }) {
    super('beanstalkd', options);
    this.#binlog = binlog;
  }

  /** @param {ServerOptions & { binlog?: boolean }} options */
  static async start(options) {
    const server = new Beanstalkd(options);
    await server.start();
    return server;
  }

  /**
   * @protected
   * @override
   * @param {number} port
   */
  argumentsFor(port) {
    return this.#binlog ? [...BEANSTALKD.argumentsFor(port, this.dir)] : ['-l', '127.0.0.1', '-p', String(port)];
  }

  /**
   * @protected
   * @override
   */
  get identityCheck() {
    return BEANSTALKD.question;
  }
}

/** A private Redis with the settings that claims need: an append-only file, and nothing evicted. */
export class RedisServer extends ServerProcess {
  /** @param {ServerOptions} options */
  constructor(options) {
    super('redis-server', options);
  }

  /** @param {ServerOptions} options */
  static async start(options) {
    const server = new RedisServer(options);
    await server.start();
    return server;
  }

  /** As REDIS_URL takes it. */
  get url() {
    return `redis://${this.endpoint}`;
  }

  /**
   * @protected
   * @override
   * @param {number} port
   */
  argumentsFor(port) {
    return [...REDIS.argumentsFor(port, this.dir)];
  }

  /**
   * @protected
   * @override
   */
  get identityCheck() {
    return REDIS.question;
  }

  /** @override */
  async stop() {
    await this.terminate(5000);
  }
}
