// @ts-check
import { openSocket } from './plain-socket.mjs';

/** @typedef {{ left: number, resolve: () => void }} Write */

/**
 * What one node has not answered yet.
 *
 * @typedef {object} Unanswered
 * @property {Write[]} writes oldest at `head`
 * @property {number} head
 * @property {number} [first] the first byte of a line that has begun to arrive
 */

const LF = 0x0a;
const [I, U] = [0x49, 0x55];

/** Puts a job to every node and resolves when all acknowledged it. The commands of one turn leave in one write per node. */
export class CeilingWriter {
  #endpoints;
  #tube;
  /** @type {import('node:net').Socket[]} */
  #sockets = [];
  /** @type {Write[]} */
  #turn = [];
  #outbox = '';
  /** @type {Unanswered[]} */
  #waiting = [];
  #number = 0;

  /**
   * @param {readonly string[]} endpoints
   * @param {string} tube
   */
  constructor(endpoints, tube) {
    this.#endpoints = endpoints;
    this.#tube = tube;
  }

  async open() {
    this.#sockets = await Promise.all(this.#endpoints.map((endpoint) => openSocket(endpoint)));
    this.#waiting = this.#sockets.map(() => ({ writes: [], head: 0 }));
    this.#sockets.forEach((socket, node) => {
      socket.write(`use ${this.#tube}\r\n`);
      socket.on('data', (chunk) => this.#read(chunk, node));
    });
  }

  /**
   * @param {unknown} data
   * @param {number} dueMs
   * @param {number} delaySeconds
   * @returns {Promise<void>}
   */
  put(data, dueMs, delaySeconds) {
    const id = String(this.#number++).padStart(22, '0');
    const body = `${dueMs}000000/\u0001{"v":1,"id":"${id}","n":${this.#sockets.length}}\n${JSON.stringify(data)}`;
    this.#outbox += `put 1073741824 ${delaySeconds} 60 ${body.length}\r\n${body}\r\n`;
    return new Promise((resolve) => {
      if (this.#turn.length === 0) setImmediate(() => this.#flush());
      this.#turn.push({ left: this.#sockets.length, resolve });
    });
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
  }

  #flush() {
    const [text, writes] = [this.#outbox, this.#turn];
    this.#outbox = '';
    this.#turn = [];
    this.#sockets.forEach((socket, node) => {
      const waiting = this.#waiting[node];
      for (const write of writes) waiting?.writes.push(write);
      socket.write(text, 'latin1');
    });
  }

  /**
   * Counts lines. Every one must be INSERTED, but for the USING at the beginning.
   *
   * @param {Buffer} chunk
   * @param {number} node
   */
  #read(chunk, node) {
    const waiting = this.#waiting[node];
    if (waiting === undefined) return;
    let start = 0;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, start)) {
      const first = waiting.first ?? chunk[start];
      waiting.first = undefined;
      start = lf + 1;
      if (first === U) continue;
      if (first !== I) throw new Error('expected every node to answer INSERTED');
      const write = waiting.writes[waiting.head++];
      if (write !== undefined && --write.left === 0) write.resolve();
    }
    if (start < chunk.length) waiting.first ??= chunk[start];
    if (waiting.head > 4096) {
      waiting.writes = waiting.writes.slice(waiting.head);
      waiting.head = 0;
    }
  }
}
