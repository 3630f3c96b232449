import type { Clock, Timer } from '../base/clock.js';
import { Fifo } from '../base/fifo.js';
import { IndexedHeap } from '../base/indexed-heap.js';
import type { HeldJob } from './held-job.js';

/**
 * A shorter wait is spent in memory. A copy comes up to a second early by itself, since beanstalkd counts whole seconds, and up
 * to two after a release; earlier means an operator's kick, a clock step, or a lost connection.
 */
export const HELD_WAIT_MS = 2_000;

/** The jobs of a tube that are held and not claimed: waiting for their moment in a heap, then ready in a line, by priority. */
export class DueJobs {
  readonly #waiting = new IndexedHeap<HeldJob>();
  readonly #ready = { high: new Fifo<HeldJob>(), normal: new Fifo<HeldJob>(), low: new Fifo<HeldJob>() };
  /** The same, the first to be served first. */
  readonly #lines = [this.#ready.high, this.#ready.normal, this.#ready.low] as const;
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #placed = 0;
  /** What was lined up before this stood there at the last beat. */
  #stale = 0;
  #sleep: { readonly timer: Timer; readonly until: number } | undefined;

  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Jobs whose moment has come; some may have left meanwhile. */
  get ready(): number {
    const { high, normal, low } = this.#ready;
    return high.length + normal.length + low.length;
  }

  add(job: HeldJob, notBefore: number): void {
    job.become('waiting');
    job.notBefore = notBefore;
    job.order = this.#placed++;
    this.#waiting.push(job);
  }

  /** Lines up what is due, and sets the timer for what is next. */
  advance(): void {
    const now = this.#clock.now();
    let next = this.#waiting.first;
    while (next !== undefined && (next.notBefore <= now || next.state !== 'waiting')) {
      this.#waiting.remove(next);
      if (next.state === 'waiting') this.#lineUp(next);
      next = this.#waiting.first;
    }
    if (next !== undefined) this.#sleepUntil(next.notBefore, now);
  }

  #lineUp(job: HeldJob): void {
    job.become('ready');
    job.order = this.#placed++;
    this.#ready[job.priority].push(job);
  }

  /** The next job in the line, of the highest priority there is. */
  peek(): HeldJob | undefined {
    return this.#nextLine()?.peek();
  }

  /** Takes what {@link peek} shows. */
  take(): HeldJob | undefined {
    return this.#nextLine()?.shift();
  }

  /** The line whose first job is next. What left meanwhile is dropped on the way. */
  #nextLine(): Fifo<HeldJob> | undefined {
    for (const line of this.#lines) {
      for (let first = line.peek(); first !== undefined; first = line.peek()) {
        if (first.state === 'ready') return line;
        line.shift();
      }
    }
    return undefined;
  }

  /** Takes what stood in the line when this was last called. */
  takeStale(): HeldJob[] {
    const stale: HeldJob[] = [];
    for (const line of this.#lines) {
      for (let job = line.peek(); job !== undefined && job.order < this.#stale; job = line.peek()) {
        line.shift();
        if (job.state === 'ready') stale.push(job);
      }
    }
    this.#stale = this.#placed;
    return stale;
  }

  close(): void {
    this.#sleep?.timer.cancel();
    this.#sleep = undefined;
  }

  #sleepUntil(moment: number, now: number): void {
    if (this.#sleep !== undefined && this.#sleep.until <= moment) return;
    this.#sleep?.timer.cancel();
    const timer = this.#clock.after(moment - now, () => {
      this.#sleep = undefined;
      this.#onDue();
    });
    this.#sleep = { timer, until: moment };
  }
}
