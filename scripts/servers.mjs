// @ts-check
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
    return ['-l', '127.0.0.1', '-p', String(port), ...(this.#binlog ? ['-b', this.dir] : [])];
  }

  /**
   * @protected
   * @override
   */
  get identityCheck() {
    return { request: 'stats\r\n', pid: /^pid: (\d+)$/m };
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
    const settings = {
      bind: '127.0.0.1',
      port: String(port),
      dir: this.dir,
      appendonly: 'yes',
      appendfsync: 'everysec',
      save: '',
      'maxmemory-policy': 'noeviction',
    };
    return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  }

  /**
   * @protected
   * @override
   */
  get identityCheck() {
    // While it loads its file, Redis answers INFO already, but refuses everything else: PING first, and both must do.
    return { request: 'PING\r\nINFO server\r\n', pid: /^\+PONG\r\n[^]*^process_id:(\d+)\r$/m };
  }

  /** @override */
  async stop() {
    await this.terminate(5000);
  }
}
