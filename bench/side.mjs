// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @typedef {'ours' | 'bullmq' | 'ceiling'} SideName */
/** @typedef {import('./worker.mjs').WorkerCalls} WorkerCalls */

const workerFile = fileURLToPath(new URL('worker.mjs', import.meta.url));
/** A call that takes longer has gone wrong. */
const LONGEST_CALL_MS = 180_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** One side's process, from the parent's end. */
export class Side {
  #child;
  /** @type {Map<number, { resolve: (value: unknown) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  #calls = 0;
  #ending = false;

  /** @param {SideName} name */
  constructor(name) {
    this.name = name;
    this.#child = fork(workerFile, [name], {
      execArgv: ['--expose-gc'],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.add(this.#child);
    this.#child.on('message', (/** @type {{ id: number, value?: unknown, error?: string }} */ { id, value, error }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(`${name}: ${error}`));
    });
    this.#child.once('exit', (code, signal) => {
      children.delete(this.#child);
      if (this.#ending) return;
      for (const { reject } of this.#waiting.values()) reject(new Error(`${name} ended: ${signal ?? code}`));
      this.#waiting.clear();
    });
  }

  /**
   * @template {keyof WorkerCalls} Name
   * @param {Name} name
   * @param {Parameters<WorkerCalls[Name]>[0]} [options]
   * @returns {Promise<Awaited<ReturnType<WorkerCalls[Name]>>>}
   */
  call(name, options) {
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`${this.name} did not finish "${name}" within ${LONGEST_CALL_MS / 1000} s`));
      }, LONGEST_CALL_MS);
      this.#waiting.set(id, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(/** @type {Awaited<ReturnType<WorkerCalls[Name]>>} */ (value));
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#child.send({ id, name, options });
    });
  }

  /** Nothing runs in it until {@link resume}, no garbage collection either. */
  pause() {
    this.#child.kill('SIGSTOP');
  }

  resume() {
    this.#child.kill('SIGCONT');
  }

  async end() {
    if (this.#ending) return;
    this.#ending = true;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
