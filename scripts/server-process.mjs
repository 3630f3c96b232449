// @ts-check
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../lib/cli/cluster/free-port.js';
import { isStopped } from '../lib/cli/cluster/process-identity.js';
import { ask } from '../lib/cli/cluster/question.js';
import { deathPrefix } from './death-prefix.mjs';
import { requireBinary } from './server-binaries.mjs';

/**
 * @typedef {object} ServerOptions
 * @property {string} dir folder for the server's data and log; made when missing, never removed
 * @property {number} [port] default: a free one, which the server keeps across restarts
 * @property {string[]} [args] more arguments, after ours
 * @property {NodeJS.ProcessEnv} [env] added to this process's environment, for example LD_PRELOAD
 * @property {number} [startDeadline] milliseconds until it must answer, default 15,000
 */

/** @typedef {import('./server-binaries.mjs').ServerName} ServerName */

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
  /** @type {ServerName} */
  #binary;
  /** @type {ServerOptions} */
  #options;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  /** @type {Promise<void>} */
  #exited = Promise.resolve();
  /** @type {number | undefined} */
  #port;

  /**
   * @param {ServerName} binary
   * @param {ServerOptions} options
   */
  constructor(binary, options) {
    this.#binary = binary;
    this.#options = options;
    this.#port = options.port;
  }

  get dir() {
    return this.#options.dir;
  }

  get port() {
    if (this.#port === undefined) throw new Error(`${this.#binary} has no port before it was started`);
    return this.#port;
  }

  /** `host:port`, as DQ_BEANSTALKS takes it. */
  get endpoint() {
    return `127.0.0.1:${this.port}`;
  }

  get pid() {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`${this.#binary} is not running`);
    return pid;
  }

  get running() {
    return this.#child !== undefined;
  }

  /** What the server wrote last, for error messages. */
  get lastWords() {
    try {
      return readFileSync(this.#logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
    } catch {
      return '';
    }
  }

  get #logFile() {
    return join(this.dir, `${this.#binary}.log`);
  }

  /**
   * The server's arguments; each kind of server has its own.
   *
   * @protected
   * @param {number} _port
   * @returns {string[]}
   */
  argumentsFor(_port) {
    throw new Error('argumentsFor() must be overridden');
  }

  /**
   * A request whose reply names the server's pid, so that a stranger on the port is not taken for our server.
   *
   * @protected
   * @returns {import('../lib/cli/cluster/question.js').Question}
   */
  get identityCheck() {
    throw new Error('identityCheck must be overridden');
  }

  /** Starts the process and waits until it answers. Without a fixed port it tries another when one turns out taken. */
  async start() {
    if (this.running) throw new Error(`${this.#binary} runs already, pid ${this.pid}`);
    mkdirSync(this.dir, { recursive: true });
    const fixed = this.#port;
    for (let attempt = 1; ; attempt += 1) {
      const port = fixed ?? (await freePort());
      this.#port = port;
      try {
        await this.#startOn(port);
        return this;
      } catch (error) {
        this.#port = fixed;
        const taken = /address already in use/i.test(String(error));
        if (fixed !== undefined || !taken || attempt === 5) throw error;
      }
    }
  }

  /** @param {number} port */
  async #startOn(port) {
    const { args = [], env, startDeadline = 15_000 } = this.#options;
    const [command = '', ...rest] = [
      ...deathPrefix(),
      requireBinary(this.#binary),
      ...this.argumentsFor(port),
      ...args,
    ];
    const log = openSync(this.#logFile, 'w');
    // Its own session: a Ctrl-C in the terminal must reach the script, which then stops things in order, and not the server.
    const child = spawn(command, rest, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    });
    closeSync(log);
    this.#adopt(child);
    const until = performance.now() + startDeadline;
    while (this.#child === child) {
      const reply = await ask(port, this.identityCheck);
      if (reply.is === 'ready' && reply.pid === child.pid) return;
      if (performance.now() > until) {
        await this.kill();
        throw new Error(
          `${this.#binary} did not answer on port ${port} within ${startDeadline} ms:\n${this.lastWords}`,
        );
      }
      await sleep(5);
    }
    throw new Error(`${this.#binary} ended while starting on port ${port}:\n${this.lastWords}`);
  }

  /** @param {import('node:child_process').ChildProcess} child */
  #adopt(child) {
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
  }

  /** Ends it at once (SIGKILL), also while paused, and waits until it is gone. */
  async kill() {
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  /** Ends it as an operator would. A server that has no orderly way is killed. */
  async stop() {
    await this.kill();
  }

  /**
   * For servers that end on SIGTERM: asks, waits, and kills when the time is over.
   *
   * @protected
   * @param {number} deadline milliseconds
   */
  async terminate(deadline) {
    const child = this.#child;
    if (!child) return;
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), deadline);
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
