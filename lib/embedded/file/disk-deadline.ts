import type { Clock } from '../../core/clock.js';
import { DeadlineQueue, type Waiting } from '../../core/deadline-queue.js';
import { DqDeadlineError } from '../../core/errors/connection.errors.js';

/** How long whoever waits for the disk waits. What comes later is done all the same. */
export class DiskDeadline {
  readonly #path: string;
  readonly #queue: DeadlineQueue;

  constructor(path: string, ms: number, clock: Clock) {
    this.#path = path;
    this.#queue = new DeadlineQueue(ms, clock);
  }

  get error(): DqDeadlineError {
    return new DqDeadlineError(`The disk did not take what ${this.#path} keeps within ${this.#queue.ms} ms.`);
  }

  add(waiting: Waiting): void {
    this.#queue.add(waiting);
  }

  /** As the promise, or a rejection with DqDeadlineError. */
  within<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = {
        over: false,
        onDeadline: () => {
          waiting.over = true;
          reject(this.error);
        },
      };
      this.#queue.add(waiting);
      void promise.then(resolve, reject).finally(() => {
        waiting.over = true;
      });
    });
  }

  close(): void {
    this.#queue.close();
  }
}
