// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';

/** @typedef {import('../queues/queue.mjs').Order} Order */

/** What the handlers of one process have seen. */
export class Runs {
  /** @type {number[]} */
  #orders = [];
  /** @type {number[]} */
  #late = [];
  #firstAt = 0;
  #lastAt = 0;
  #running = 0;
  #mostRunning = 0;

  /**
   * @param {number} handlerMs how long a handler takes; 0 returns at once
   * @returns {(order: Order) => Promise<void> | undefined}
   */
  handler(handlerMs) {
    if (handlerMs === 0) return (order) => this.#note(order);
    return async (order) => {
      this.#note(order);
      this.#mostRunning = Math.max(this.#mostRunning, ++this.#running);
      await sleep(order.note === LONG ? LONG_MS : handlerMs);
      this.#running--;
    };
  }

  get progress() {
    return { runs: this.#orders.length, firstAt: this.#firstAt, lastAt: this.#lastAt, mostRunning: this.#mostRunning };
  }

  /** The order numbers and how late each began, in the order they began. */
  get all() {
    return { orders: Int32Array.from(this.#orders), late: Float64Array.from(this.#late) };
  }

  /**
   * @param {Order} order
   * @returns {undefined}
   */
  #note({ order, due }) {
    const now = Date.now();
    this.#lastAt = performance.timeOrigin + performance.now();
    if (this.#orders.length === 0) this.#firstAt = this.#lastAt;
    this.#orders.push(order);
    this.#late.push(now - due);
  }
}

/** The note of a job whose handler takes long whatever the others take. */
export const LONG = 'long';
export const LONG_MS = 3_000;
