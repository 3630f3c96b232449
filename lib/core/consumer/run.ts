import { afterReading } from '../after-reading.js';
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
  /** When the job was first to run: what `at` said, or `delay` came to. Later attempts do not change it. */
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

/** A handler, and what errors, events and log lines call it. */
export interface NamedHandler {
  readonly name: string;
  readonly run: Handler;
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** Who is told of a run. */
export interface RunOwner {
  /** It is over. Called once. */
  ended(run: Run, outcome: RunOutcome): void;
  /** Its handler ended too, `ms` after its timeout; what came of that has no effect. */
  endedLate(run: Run, ms: number): void;
}

/**
 * One attempt of a job's handler. It is **running** until the first of these, and **over** after it: the handler returns or
 * throws, the timeout passes, the application gives it back. Then its owner is told, once; what the handler does after that
 * has no effect on the job, and is reported when it was the timeout that ended the run.
 */
export class Run implements DqJob {
  readonly startedAt: number;
  renewedAt: number;
  readonly data: unknown;
  over = false;
  readonly #settings: TubeSettings;
  readonly #clock: Clock;
  readonly #owner: RunOwner;
  #controller: AbortController | undefined;
  #aborted: Error | undefined;
  #timer: Timer | undefined;
  #timedOutAt: number | undefined;

  constructor(
    readonly job: HeldJob,
    readonly attempt: number,
    readonly attempts: number,
    data: unknown,
    settings: TubeSettings,
    clock: Clock,
    owner: RunOwner,
  ) {
    this.data = data;
    this.#settings = settings;
    this.#clock = clock;
    this.#owner = owner;
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
    return this.job.header.headers ?? NO_HEADERS;
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
    if (timeoutMs !== undefined) this.#timer = afterReading(this.#clock, timeoutMs, () => this.#timedOut(timeoutMs));
    try {
      const result = handler(this.data, this);
      if (isThenable(result)) {
        result.then(
          (value) => this.#handlerEnded(outcomeOfResult(value)),
          (error: unknown) => this.#handlerEnded(outcomeOfError(error)),
        );
      } else this.#handlerEnded(outcomeOfResult(result));
    } catch (error) {
      this.#handlerEnded(outcomeOfError(error));
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
    this.#owner.ended(this, outcome);
  }

  #handlerEnded(outcome: RunOutcome): void {
    this.end(outcome);
    if (this.#timedOutAt !== undefined) this.#owner.endedLate(this, this.#clock.monotonic() - this.#timedOutAt);
  }

  #timedOut(ms: number): void {
    const error = new DqTimeoutError(
      `Expected the handler of tube "${this.tube}" to end within ${ms} ms. Raise its timeout if it needs more.`,
    );
    this.#timedOutAt = this.#clock.monotonic();
    this.end({ kind: 'failed', error });
    this.abort(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
