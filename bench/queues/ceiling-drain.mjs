// @ts-check
import { openSocket } from './plain-socket.mjs';

const LF = 0x0a;
const [D, R] = [0x44, 0x52];
/** Reserves under way on each node; this package's largest burst is as large. */
const WINDOW = 256;
const RESERVE = 'reserve-with-timeout 0\r\n';

/** @typedef {import('./queue.mjs').Consumption['run']} OnRun */

/** @typedef {{ socket: import('node:net').Socket, rest: Buffer, answer: string }} Conversation */

/**
 * Reserves and deletes every copy on every node, as fast as the nodes answer. A job counts when its last copy is deleted,
 * that is, once for as many deletes as there are nodes.
 */
export class CeilingDrain {
  #endpoints;
  #tube;
  #onRun;
  /** @type {import('node:net').Socket[]} */
  #sockets = [];
  #deleted = 0;

  /**
   * @param {readonly string[]} endpoints
   * @param {string} tube
   * @param {OnRun} onRun
   */
  constructor(endpoints, tube, onRun) {
    this.#endpoints = endpoints;
    this.#tube = tube;
    this.#onRun = onRun;
  }

  async open() {
    this.#sockets = await Promise.all(this.#endpoints.map((endpoint) => openSocket(endpoint)));
    for (const socket of this.#sockets) {
      /** @type {Conversation} */
      const conversation = { socket, rest: Buffer.alloc(0), answer: '' };
      socket.on('data', (chunk) => this.#read(conversation, chunk));
      socket.write(`watch ${this.#tube}\r\n${RESERVE.repeat(WINDOW)}`);
    }
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
  }

  /**
   * Each copy is answered with its delete and one more reserve. What one turn has to say leaves in one write.
   *
   * @param {Conversation} conversation
   * @param {Buffer} chunk
   */
  #read(conversation, chunk) {
    const data = conversation.rest.length === 0 ? chunk : Buffer.concat([conversation.rest, chunk]);
    const silent = conversation.answer === '';
    let at = 0;
    for (let lf = data.indexOf(LF, at); lf >= 0; lf = data.indexOf(LF, at)) {
      const first = data[at];
      if (first === R) {
        const [, id, bytes] = data.toString('latin1', at, lf - 1).split(' ');
        const next = lf + 1 + Number(bytes) + 2;
        if (next > data.length) break;
        conversation.answer += `delete ${id}\r\n${RESERVE}`;
        at = next;
        continue;
      }
      // TIMED_OUT: the node is empty, and that reserve is not sent again.
      if (first === D) this.#count();
      at = lf + 1;
    }
    conversation.rest = data.subarray(at);
    if (silent && conversation.answer !== '') setImmediate(() => this.#answer(conversation));
  }

  /** @param {Conversation} conversation */
  #answer(conversation) {
    conversation.socket.write(conversation.answer, 'latin1');
    conversation.answer = '';
  }

  #count() {
    this.#deleted++;
    if (this.#deleted % this.#endpoints.length !== 0) return;
    void this.#onRun({ order: this.#deleted / this.#endpoints.length - 1, due: 0, customer: '', note: '' });
  }
}
