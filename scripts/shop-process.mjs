// @ts-check
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { deathPrefix } from './death-prefix.mjs';
import { root } from './root.mjs';
import { readable } from './shop-log.mjs';

/** The sample shop as a process of its own; what it prints is passed on, made readable. */
export class ShopProcess {
  /** @type {import('node:child_process').ChildProcess} */
  #child;
  /** @type {Promise<string>} */
  #listening;
  /** @type {Promise<{ code: number | null, signal: NodeJS.Signals | null }>} */
  #exited;

  /** @param {NodeJS.ProcessEnv} env its environment; colours are taken off, and its times are UTC */
  constructor(env) {
    const [command, ...args] = [...deathPrefix(), process.execPath, 'sample-app/dist/main.js'];
    // Its own session: a Ctrl-C comes to us alone, and we stop first the shop and then its servers.
    this.#child = spawn(command, args, {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      // Its JSON has UTC, so its log has it too: a reader compares the two.
      env: { ...env, NO_COLOR: '1', TZ: 'UTC' },
    });
    this.#exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.#listening = new Promise((resolve) => {
      if (!this.#child.stdout) throw new Error('expected a pipe from the shop');
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        const shown = readable(line);
        if (shown !== undefined) console.log(shown);
        const url = /shop listening on (http:\/\/\S+)/.exec(line)?.[1];
        if (url) resolve(url);
      });
    });
    // Whoever waits for the end hears of a failed start; without this, nobody waiting yet would be an unhandled rejection.
    this.#exited.catch(() => undefined);
  }

  /** Settles with the exit, however it comes about. */
  get exited() {
    return this.#exited;
  }

  /**
   * @param {number} deadline milliseconds
   * @returns {Promise<string>} the shop's address, once it listens
   */
  async listening(deadline) {
    const { promise: late, cancel } = failAfter(deadline, `the shop did not listen within ${deadline} ms`);
    const gone = this.#exited.then(() => {
      throw new Error('the shop ended before it listened');
    });
    try {
      return await Promise.race([this.#listening, gone, late]);
    } finally {
      cancel();
    }
  }

  /**
   * SIGTERM, as an orchestrator would; SIGKILL when the time is over.
   *
   * @param {number} deadline milliseconds
   */
  async stop(deadline) {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.kill(), deadline);
    await exited;
    clearTimeout(timer);
  }

  kill() {
    this.#child.kill('SIGKILL');
  }
}

/**
 * @param {number} deadline milliseconds
 * @param {string} message
 * @returns {{ promise: Promise<never>, cancel: () => void }}
 */
function failAfter(deadline, message) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const promise = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), deadline);
  });
  return { promise: /** @type {Promise<never>} */ (promise), cancel: () => clearTimeout(timer) };
}
