// @ts-check
import { fileURLToPath } from 'node:url';
import { AppProcess } from '../harness/app-process.mjs';

/** @typedef {'ours' | 'bullmq' | 'ceiling'} SideName */
/** @typedef {import('./worker.mjs').WorkerCalls} WorkerCalls */
/** @typedef {{ readonly id: number, readonly value?: unknown, readonly error?: string }} Answer */

const script = fileURLToPath(new URL('worker.mjs', import.meta.url));
/** A call that takes longer has gone wrong. */
const LONGEST_CALL_MS = 180_000;

/**
 * One side's process, from the parent's end. While it is paused nothing runs in it, no garbage collection either.
 *
 * @extends {AppProcess<Answer>}
 */
export class Side extends AppProcess {
  #calls = 0;

  /** @param {SideName} name */
  constructor(name) {
    super({ name, script, args: [name], node: ['--expose-gc'], output: 'inherit', exact: true });
    this.name = name;
  }

  /**
   * @template {keyof WorkerCalls} Name
   * @param {Name} name
   * @param {Parameters<WorkerCalls[Name]>[0]} [options]
   * @returns {Promise<Awaited<ReturnType<WorkerCalls[Name]>>>}
   */
  async call(name, options) {
    const id = this.#calls++;
    this.tell({ id, name, options });
    const what = `the end of "${name}"`;
    const answer = await this.told(() => this.messages.find((message) => message.id === id), {
      what,
      timeout: LONGEST_CALL_MS,
    });
    this.messages.splice(this.messages.indexOf(answer), 1);
    if (answer.error !== undefined) throw new Error(`${this.name}: ${answer.error}`);
    return /** @type {Awaited<ReturnType<WorkerCalls[Name]>>} */ (answer.value);
  }
}
