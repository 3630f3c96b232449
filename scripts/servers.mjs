// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { memberOf } from '../lib/cli/cluster/cluster-state.js';
import { answering, spawnServer } from '../lib/cli/cluster/daemon.js';
import { onPort } from '../lib/cli/cluster/free-port.js';
import { isStopped } from '../lib/cli/cluster/process-identity.js';
import { BEANSTALKD, REDIS } from '../lib/cli/cluster/server-program.js';
import { systemClock } from '../lib/core/base/clock.js';
import { deathPrefix } from './death-prefix.mjs';
import { freePort } from './free-port.mjs';
import { requireBinary } from './server-binaries.mjs';

/** @typedef {import('../lib/cli/cluster/server-program.js').ServerProgram} ServerProgram */

/**
 * @typedef {object} ServerOptions
 * @property {string} dir folder for the server's data and log; made when missing, never removed
 * @property {number} [port] default: a free one, which the server keeps across restarts
 * @property {() => Promise<number>} [pick] which one that is; default any
 * @property {string[]} [args] more arguments, after ours
 * @property {NodeJS.ProcessEnv} [env] added to this process's environment, for example LD_PRELOAD
 */

const END_MS = 5_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const owned = new Set();

process.once('exit', () => {
  for (const child of owned) child.kill('SIGKILL');
});

/**
 * One server process on 127.0.0.1, for scripts and tests: it can be killed, paused and started again on the same port and
 * data, and is always addressed by the pid this object started.
 *
 * Its life: `down` -> (start, restart) -> `up` <-> (pause, resume) `paused`; kill and stop lead back to `down` from both.
 */
export class ServerProcess {
  #program;
  #options;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {Promise<void>} */
  #exited = Promise.resolve();
  /** @type {number | undefined} */
  #port;

  /**
   * @param {ServerProgram} program
   * @param {ServerOptions} options
   */
  constructor(program, options) {
    this.#program = program;
    this.#options = options;
    this.#port = options.port;
  }

  get dir() {
    return this.#options.dir;
  }

  get port() {
    if (this.#port === undefined) throw new Error(`${this.#program.name} has no port before it was started`);
    return this.#port;
  }

  /** `host:port`, as DQ_BEANSTALKS takes it. */
  get endpoint() {
    return `127.0.0.1:${this.port}`;
  }

  get pid() {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#program.name} is not running`);
    return pid;
  }

  get running() {
    return this.#child !== undefined;
  }

  /** Starts the process and waits until it answers. Without a fixed port it tries another when one turns out taken. */
  async start() {
    if (this.running) throw new Error(`${this.#program.name} runs already, pid ${this.pid}`);
    const fixed = this.#port;
    const start = async (/** @type {number} */ port) => {
      this.#port = port;
      try {
        await this.#startOn(port);
      } catch (error) {
        await this.kill();
        this.#port = fixed;
        throw error;
      }
    };
    await onPort(fixed, start, this.#options.pick ?? freePort);
    return this;
  }

  /** @param {number} port */
  async #startOn(port) {
    const { dir, args, env } = this.#options;
    const path = requireBinary(this.#program.name);
    const all = env && { ...process.env, ...env };
    const place = { program: this.#program, path, dir, prefix: deathPrefix(), args, env: all };
    const child = spawnServer({ ...place, port });
    this.#child = child;
    owned.add(child);
    this.#exited = new Promise((resolve) => {
      const gone = () => {
        owned.delete(child);
        if (this.#child === child) this.#child = undefined;
        resolve();
      };
      child.once('exit', gone);
      child.once('error', gone);
    });
    await answering(memberOf(this.#program.name, port, child.pid ?? 0), place, { clock: systemClock });
  }

  /** Ends it at once (SIGKILL), also while paused, and waits until it is gone. */
  async kill() {
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  /** Ends it as an operator would, also while paused: it is asked, and killed when it does not end within 5 s. */
  async stop() {
    this.#child?.kill('SIGCONT');
    this.#child?.kill('SIGTERM');
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), END_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Stops the process in its tracks (SIGSTOP): the port still accepts connections, but nothing answers. */
  async pause() {
    const { pid } = this;
    this.#child?.kill('SIGSTOP');
    while (this.running && !isStopped(pid)) await sleep(1);
  }

  resume() {
    this.#child?.kill('SIGCONT');
  }

  /**
   * Kills it when it runs, and starts it again on the same port and data.
   *
   * @param {Partial<Pick<ServerOptions, 'args' | 'env'>>} [changes] for this start and later ones
   */
  async restart(changes = {}) {
    await this.kill();
    this.#options = { ...this.#options, ...changes };
    await this.start();
  }
}

/** @type {ServerProgram} */
const WITHOUT_LOG = { ...BEANSTALKD, argumentsFor: (port) => ['-l', '127.0.0.1', '-p', String(port)] };

/** A private beanstalkd: `-z`, `-f` and `-s` go into `args`. */
export class Beanstalkd extends ServerProcess {
  /** @param {ServerOptions & { binlog?: boolean }} options binlog false: all jobs are lost with the process */
  constructor({ binlog = true, ...options }) {
    super(binlog ? BEANSTALKD : WITHOUT_LOG, options);
  }

  /** @param {ServerOptions & { binlog?: boolean }} options */
  static start(options) {
    return new Beanstalkd(options).start();
  }
}

/** A private Redis with the settings that claims need: an append-only file, and nothing evicted. */
export class RedisServer extends ServerProcess {
  /** @param {ServerOptions} options */
  constructor(options) {
    super(REDIS, options);
  }

  /** @param {ServerOptions} options */
  static start(options) {
    return new RedisServer(options).start();
  }

  /** As REDIS_URL takes it. */
  get url() {
    return `redis://${this.endpoint}`;
  }
}
