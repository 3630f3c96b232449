import type { Clock } from '../base/clock.js';
import { Fifo } from '../base/fifo.js';
import type { HeldJob } from './held-job.js';

/** One that has run for so long is not expected to kill its process any more. */
const SURVIVED_MS = 10_000;

/**
 * Jobs whose consumer died while it had them: one of them may have killed it, the others only stood beside it. They are taken
 * over one at a time, the next when the one before has ended, or has run for 10 s. So a job that kills its process costs the
 * others no more attempts than the one in which they met it first.
 */
export class Orphans {
  readonly #clock: Clock;
  readonly #waiting = new Fifo<HeldJob>();
  #current: HeldJob | undefined;
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lines up a job to be taken over. */
  add(job: HeldJob): void {
    job.become('orphaned');
    if (this.#current === job) this.#current = undefined;
    this.#waiting.push(job);
  }

  /** True when the turn of one has come: the next slot is its own, or a backlog would never let it run. */
  get waits(): boolean {
    // What went back to its node meanwhile is somebody else's.
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (next.state === 'orphaned') return !this.#busy();
      this.#waiting.shift();
    }
    return false;
  }

  /** The next job to be taken over, when its turn has come. */
  take(): HeldJob | undefined {
    if (!this.waits) return undefined;
    const job = this.#waiting.shift() as HeldJob;
    this.#current = job;
    this.#since = this.#clock.monotonic();
    job.takeover = true;
    return job;
  }

  #busy(): boolean {
    if (this.#current === undefined) return false;
    const { state, takeover } = this.#current;
    // Where the claim store did not answer, it is asked for again, and waits for that as a job that is due.
    const under = state === 'running' || (takeover && state !== 'left');
    return under && this.#clock.monotonic() - this.#since < SURVIVED_MS;
  }
}
