import type { Clock, Timer } from '../base/clock.js';
import { DqClosedError, DqDuplicateIdError, DqOptionsError, DqSourceError } from '../errors/argument.errors.js';
import { shown, textOf } from '../errors/shown.js';
import { call } from '../base/listener.js';
import { knownKeys, unfit, wholeNumber } from '../options/option-checks.js';
import { namesOf } from '../options/option-names.js';
import type { DqKeyOutcome } from './keys.js';
import type { Writes } from './writes.js';

/** What became of one job of a bulk; `index` is its place in the source. */
export type DqManyResult =
  /** `outcome`: of a job with a key; the handle is that of the job that stands. */
  | { readonly status: 'scheduled'; readonly index: number; readonly handle: string; readonly outcome?: DqKeyOutcome }
  /** The id is taken; see `DqDuplicateIdError`. A key that is taken, with `onConflict: 'error'`, is among the failed. */
  | { readonly status: 'duplicate'; readonly index: number; readonly error: DqDuplicateIdError }
  | { readonly status: 'failed'; readonly index: number; readonly error: unknown };

export interface DqManyReport {
  readonly scheduled: number;
  readonly duplicate: number;
  readonly failed: number;
  /** In the order of the source; empty when `onResult` was given. */
  readonly results: readonly DqManyResult[];
}

export interface DqManyOptions {
  /**
   * Jobs under way at once. Too low: slow. Too high: memory, and long queues in front of each node. From 1 to 10,000.
   * @default 500
   */
  readonly inFlight?: number | undefined;
  /**
   * Gets each result as it comes, instead of the report, so that an endless source needs no memory. Nothing waits for what it returns; when it
   * throws or rejects, nothing more is scheduled.
   */
  readonly onResult?: ((result: DqManyResult) => void) | undefined;
}

/** What a bulk needs of the producer that runs it. */
export interface ManyParts<Job> {
  schedule(job: Job, onKeyed: (result: { readonly outcome: DqKeyOutcome }) => void): Promise<string>;
  readonly writes: Pick<Writes, 'closed' | 'onClose'>;
  readonly clock: Pick<Clock, 'after' | 'defer'>;
  /** Milliseconds that a source has to give its next job, or to end, once the producer has closed. */
  readonly patienceMs: number;
}

const DEFAULT_IN_FLIGHT = 500;
/** So many jobs are taken before other work has a turn: results may come without one, when all are refused, or nodes are in memory. */
const JOBS_PER_TURN = 250;
const MANY_OPTIONS = namesOf<DqManyOptions>()(['inFlight', 'onResult']);

/**
 * Schedules every job of a source, a bounded number at a time. A job that is refused or fails does not stop the others, but one that
 * is refused since the producer is closed is the last that is taken.
 * @throws DqSourceError when the source itself or `onResult` throws, or the source gives nothing more after a close; what was taken
 * before is settled and reported in it.
 */
export async function scheduleMany<Job>(
  source: Iterable<Job> | AsyncIterable<Job>,
  parts: ManyParts<Job>,
  options: DqManyOptions,
): Promise<DqManyReport> {
  knownKeys(options, 'the options of a bulk', MANY_OPTIONS);
  const { inFlight = DEFAULT_IN_FLIGHT, onResult } = options;
  wholeNumber(inFlight, 'inFlight', 1, 10_000);
  if (onResult !== undefined && typeof onResult !== 'function') throw unfit('onResult', 'a function', onResult);
  if (!isIterable(source))
    throw new DqOptionsError(`Expected an iterable or async iterable of jobs, got ${shown(source)}.`);
  return new Bulk(parts, inFlight, onResult).run(source);
}

/** One bulk under way. */
class Bulk<Job> {
  readonly #parts: ManyParts<Job>;
  readonly #inFlight: number;
  readonly #onResult: DqManyOptions['onResult'];
  readonly #results: DqManyResult[] = [];
  readonly #counts = { scheduled: 0, duplicate: 0, failed: 0 };
  #under = 0;
  #taken = 0;
  #wake: (() => void) | undefined;
  /** What `onResult` threw first: nothing more is scheduled then. */
  #refusal: { readonly error: unknown } | undefined;

  constructor(parts: ManyParts<Job>, inFlight: number, onResult: DqManyOptions['onResult']) {
    this.#parts = parts;
    this.#inFlight = inFlight;
    this.#onResult = onResult;
  }

  async run(source: Iterable<Job> | AsyncIterable<Job>): Promise<DqManyReport> {
    try {
      if (Symbol.asyncIterator in source) await this.#takeLater(source);
      else await this.#take(source);
    } catch (cause) {
      await this.#below(1);
      throw this.#failed(`the source to give jobs to its end, but after ${this.#taken}: ${textOf(cause)}`, cause);
    }
    await this.#below(1);
    if (this.#refusal !== undefined) {
      const { error } = this.#refusal;
      throw this.#failed(`onResult not to throw, but after ${this.#taken} jobs: ${textOf(error)}`, error);
    }
    return this.#report();
  }

  async #take(source: Iterable<Job>): Promise<void> {
    for (const job of source) {
      const room = this.#room();
      if (room !== undefined) await room;
      if (!this.#start(job)) return;
    }
  }

  /** Not `for await`, which would wait for ever for a source that gives nothing more. */
  async #takeLater(source: AsyncIterable<Job>): Promise<void> {
    const iterator = source[Symbol.asyncIterator]();
    for (;;) {
      const step = await this.#unlessClosed(Promise.resolve(iterator.next()));
      if (step === 'silent') {
        this.#letGo(iterator).catch(() => {});
        throw new DqClosedError('the application closed, and the source gave nothing more');
      }
      if (step.done === true) return;
      await this.#room();
      if (this.#start(step.value)) continue;
      await this.#unlessClosed(this.#letGo(iterator));
      return;
    }
  }

  /** As `for await` does when it is left. */
  async #letGo(iterator: AsyncIterator<Job>): Promise<void> {
    await iterator.return?.();
  }

  /** False when it is the last that is taken. */
  #start(job: Job): boolean {
    if (this.#refusal !== undefined) return false;
    const last = this.#parts.writes.closed;
    const index = this.#taken++;
    this.#under++;
    // What `schedule` throws at once is the job's failure too, not its source's.
    let outcome: DqKeyOutcome | undefined;
    const onKeyed = (result: { readonly outcome: DqKeyOutcome }): void => {
      outcome = result.outcome;
    };
    new Promise<string>((resolve) => resolve(this.#parts.schedule(job, onKeyed))).then(
      (handle) => this.#settle({ status: 'scheduled', index, handle, ...(outcome && { outcome }) }),
      (error: unknown) => this.#settle(failure(index, error)),
    );
    return !last;
  }

  #settle(result: DqManyResult): void {
    this.#counts[result.status]++;
    this.#under--;
    const onResult = this.#onResult;
    if (onResult === undefined) this.#results[result.index] = result;
    else
      call(
        () => onResult(result),
        (error) => {
          this.#refusal ??= { error };
        },
      );
    this.#wake?.();
  }

  /** What the next job has to wait for; undefined when nothing. */
  #room(): Promise<void> | undefined {
    if (this.#taken > 0 && this.#taken % JOBS_PER_TURN === 0) return this.#nextTurn();
    return this.#below(this.#inFlight);
  }

  async #nextTurn(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#parts.clock.defer(resolve);
    });
    await this.#below(this.#inFlight);
  }

  #below(limit: number): Promise<void> | undefined {
    if (this.#under < limit) return undefined;
    return new Promise((resolve) => {
      this.#wake = () => {
        if (this.#under >= limit) return;
        this.#wake = undefined;
        resolve();
      };
    });
  }

  /** What the source does, or `'silent'` when it has done nothing for a while after the close. */
  #unlessClosed<T>(doing: Promise<T>): Promise<T | 'silent'> {
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const forget = this.#parts.writes.onClose(() => {
        timer = this.#parts.clock.after(this.#parts.patienceMs, () => resolve('silent'));
      });
      const end = (): void => {
        timer?.cancel();
        forget();
      };
      doing.then(resolve, reject).finally(end);
    });
  }

  #report(): DqManyReport {
    return { ...this.#counts, results: this.#results };
  }

  #failed(expected: string, cause: unknown): DqSourceError<DqManyReport> {
    return new DqSourceError(`Expected ${expected}.`, this.#report(), { cause });
  }
}

function isIterable(source: unknown): boolean {
  return typeof source === 'object' && source !== null && (Symbol.iterator in source || Symbol.asyncIterator in source);
}

function failure(index: number, error: unknown): DqManyResult {
  return error instanceof DqDuplicateIdError
    ? { status: 'duplicate', index, error }
    : { status: 'failed', index, error };
}
