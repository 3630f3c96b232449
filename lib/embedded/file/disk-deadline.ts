import type { Clock } from '../../core/base/clock.js';
import { DeadlineQueue, type Waiting } from '../../core/base/deadline-queue.js';
import { DqDeadlineError } from '../../core/errors/connection.errors.js';

/**
 * How long whoever waits for the disk waits. What comes later is done all the same. The time is taken in two halves: an event loop that
 * stood still, and let the disk wait for the next command, spoils one of them.
 */
export class DiskDeadline {
  readonly #path: string;
  readonly #ms: number;
  readonly #halves: DeadlineQueue;

  constructor(path: string, ms: number, clock: Clock) {
    this.#path = path;
    this.#ms = ms;
    this.#halves = new DeadlineQueue(ms / 2, clock);
  }

  get error(): DqDeadlineError {
    return new DqDeadlineError(`The disk did not take what ${this.#path} keeps within ${this.#ms} ms.`);
  }

  add(waiting: Waiting): void {
    this.#halves.add(new FirstHalf(waiting, this.#halves));
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
      this.add(waiting);
      void promise.then(resolve, reject).finally(() => {
        waiting.over = true;
      });
    });
  }

  close(): void {
    this.#halves.close();
  }
}

class FirstHalf implements Waiting {
  constructor(
    readonly waiting: Waiting,
    readonly halves: DeadlineQueue,
  ) {}

  get over(): boolean {
    return this.waiting.over;
  }

  onDeadline(): void {
    this.halves.add(this.waiting);
  }
}
