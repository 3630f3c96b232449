// @ts-check
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { deathPrefix } from '../scripts/death-prefix.mjs';
import { root } from '../scripts/root.mjs';

/**
 * @typedef {object} AppProcessOptions
 * @property {string} name how errors call it
 * @property {string} script its file; one in TypeScript runs as it stands
 * @property {readonly string[]} [args]
 * @property {readonly string[]} [node] options of Node itself
 * @property {NodeJS.ProcessEnv} [env] added to this process's environment
 * @property {'lines' | 'ignore' | 'inherit'} [output] default `ignore`; `lines`: each is given to {@link AppProcess.said}, and there are no messages
 * @property {'inherit' | 'ignore'} [errors] default `inherit`
 * @property {boolean} [detached] a Ctrl-C in the terminal does not reach it
 * @property {boolean} [exact] messages keep typed arrays, maps and the like
 */

/** @typedef {{ readonly code: number | null, readonly signal: NodeJS.Signals | null }} End */

const loader = pathToFileURL(join(root, 'harness', 'typescript-loader.mjs')).href;
const LONGEST_WAIT_MS = 30_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * An application in a process of its own, which can be stopped and killed like a machine, and which ends with this one. It tells by
 * messages and is told by messages, or it tells by lines. It is **running** until it has ended and all it told has been heard.
 *
 * @template [Message=unknown]
 */
export class AppProcess {
  /**
   * What it told, in order.
   *
   * @type {Message[]}
   */
  messages = [];
  /** @type {string[]} */
  lines = [];
  /** How it ended; rejects when it could not be started. */
  ended;
  #child;
  #name;
  #running = true;
  /** @type {Set<() => void>} */
  #watchers = new Set();

  /** @param {AppProcessOptions} options */
  constructor({ name, script, args = [], node = [], env, output = 'ignore', errors = 'inherit', detached, exact }) {
    this.#name = name;
    const [command = '', ...rest] = [
      ...deathPrefix(),
      ...[process.execPath, ...node, ...(script.endsWith('.ts') ? ['--import', loader] : []), script, ...args],
    ];
    const child = spawn(command, rest, {
      cwd: root,
      detached,
      env: { ...process.env, ...env },
      stdio: output === 'lines' ? ['ignore', 'pipe', errors] : ['ignore', output, errors, 'ipc'],
      serialization: exact ? 'advanced' : 'json',
    });
    this.#child = child;
    running.add(child);
    child.on('message', (message) => {
      this.heard(/** @type {Message} */ (message));
      this.#look();
    });
    // What a process told before it was killed may be read after its exit. After `disconnect` here there is no event `close`.
    const silent = new Promise((resolve) => child.once(child.connected ? 'disconnect' : 'close', resolve));
    /** @type {Promise<End>} */
    const exited = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    this.ended = exited.then(async (end) => {
      await silent;
      return end;
    });
    const over = () => {
      running.delete(child);
      this.#running = false;
      this.#look();
    };
    this.ended.then(over, over);
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.said(line);
        this.#look();
      });
    }
  }

  get running() {
    return this.#running;
  }

  /**
   * Called for each message.
   *
   * @param {Message} message
   */
  heard(message) {
    this.messages.push(message);
  }

  /**
   * Called for each line of its output.
   *
   * @param {string} line
   */
  said(line) {
    this.lines.push(line);
  }

  /**
   * Waits until `find` finds something among what it told, and resolves to that. Rejects when it ends without that, or time is over.
   *
   * @template T
   * @param {() => T} find
   * @param {{ readonly what: string, readonly timeout?: number }} options `timeout`: milliseconds, default 30,000
   * @returns {Promise<NonNullable<T>>}
   */
  async told(find, { what, timeout = LONGEST_WAIT_MS }) {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#look();
    }, timeout);
    try {
      for (;;) {
        const found = find();
        if (found) return found;
        if (late) throw new Error(`waited ${timeout} ms for ${what} of ${this.#name}`);
        if (!this.#running) throw new Error(`${this.#name} ended without ${what}; its error stands above`);
        await new Promise((resolve) => this.#watchers.add(() => resolve(undefined)));
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Does nothing when it has gone.
   *
   * @param {object | string} message
   */
  tell(message) {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** No more is told to it, so that it can end by itself. */
  disconnect() {
    if (this.#child.connected) this.#child.disconnect();
  }

  /** SIGSTOP: as a machine that is suspended. */
  pause() {
    this.#child.kill('SIGSTOP');
  }

  resume() {
    this.#child.kill('SIGCONT');
  }

  /** @param {NodeJS.Signals} name */
  signal(name) {
    this.#child.kill(name);
  }

  /** SIGKILL, also while paused. Resolves when it has ended. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /**
   * Resolves when it has ended by itself; it is killed when it has not within so many milliseconds.
   *
   * @param {number} ms
   */
  async endsWithin(ms) {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ms);
    await this.ended;
    clearTimeout(timer);
  }

  #look() {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher();
  }
}
