import type { Clock, Timer } from '../clock.js';
import { DqTimeoutError } from '../errors/run.errors.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { HeldJob } from './held-job.js';
import { outcomeOfError, outcomeOfResult, type RunOutcome } from './outcome.js';

/** What a handler is told of its job, beside the payload. */
export interface DqJob<T = unknown> {
  /** The job's id; for plain bodies the md5 of the body. */
  readonly id: string;
  readonly tube: string;
  readonly data: T;
  readonly dueAt: Date;
  /** 1 for the first. */
  readonly attempt: number;
  /** Attempts after which the job is given up. */
  readonly attempts: number;
  /** Headers that the producer gave; empty for plain bodies. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Fires when this run's result no longer counts: its `timeout` is over, its lease was lost, or the application closes and
   * the shutdown deadline is over. `signal.reason` says which. Handlers that pass it on stop early.
   */
  readonly signal: AbortSignal;
}

/** A method that runs jobs, as the core sees it. */
export type Handler = (data: unknown, job: DqJob) => unknown;

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/**
 * One attempt of a job's handler. It is **running** until the first of these, and **over** after it: the handler returns or
 * throws, the timeout passes, the application gives it back. Then `onEnd` is called, once; what the handler does after that
 * has no effect on the job.
 */
export class Run implements DqJob {
  readonly startedAt: number;
  renewedAt: number;
  readonly data: unknown;
  over = false;
  readonly #settings: TubeSettings;
  readonly #clock: Clock;
  readonly #onEnd: (run: Run, outcome: RunOutcome) => void;
  #controller: AbortController | undefined;
  #aborted: Error | undefined;
  #timer: Timer | undefined;

  constructor(
    readonly job: HeldJob,
    readonly attempt: number,
    readonly attempts: number,
    data: unknown,
    settings: TubeSettings,
    clock: Clock,
    onEnd: (run: Run, outcome: RunOutcome) => void,
  ) {
    this.data = data;
    this.#settings = settings;
    this.#clock = clock;
    this.#onEnd = onEnd;
    this.startedAt = clock.monotonic();
    this.renewedAt = this.startedAt;
  }

  get id(): string {
    return this.job.id;
  }

  get tube(): string {
    return this.#settings.name;
  }

  get dueAt(): Date {
    return new Date(this.job.dueMs);
  }

  get headers(): Readonly<Record<string, string>> {
    const { envelope } = this.job;
    return envelope.format === 'native' ? (envelope.header.headers ?? NO_HEADERS) : NO_HEADERS;
  }

  /** Made when first asked for: most handlers never do. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted);
    }
    return this.#controller.signal;
  }

  start(handler: Handler): void {
    const { timeoutMs } = this.#settings;
    if (timeoutMs !== undefined) this.#timer = this.#clock.after(timeoutMs, () => this.#timedOut(timeoutMs));
    try {
      const result = handler(this.data, this);
      if (isThenable(result)) result.then(this.#onResult, this.#onError);
      else this.#onResult(result);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Fires the signal. The run goes on until its handler ends, unless `end` is called too. */
  abort(reason: Error): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = reason;
    this.#controller?.abort(reason);
  }

  end(outcome: RunOutcome): void {
    if (this.over) return;
    this.over = true;
    this.#timer?.cancel();
    this.#onEnd(this, outcome);
  }

  readonly #onResult = (result: unknown): void => this.end(outcomeOfResult(result));
  readonly #onError = (error: unknown): void => this.end(outcomeOfError(error));

  #timedOut(ms: number): void {
    const error = new DqTimeoutError(
      `Expected the handler of tube "${this.tube}" to end within ${ms} ms. Raise its timeout if it needs more.`,
    );
    this.end({ kind: 'failed', error });
    this.abort(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
