import { types } from 'node:util';
import { afterReading, type Clock, type Timer } from '../base/clock.js';
import { CallScope } from '../base/boot-context.js';
import { DqTimeoutError } from '../errors/run.errors.js';
import { isThenable } from '../base/listener.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { type Attempt, type DqJob, HandedJob } from './dq-job.js';
import type { HeldJob } from './held-job.js';
import { outcomeOfError, outcomeOfResult, type RunOutcome } from './outcome.js';

/** A method that runs jobs, as the core sees it. */
export type Handler = (data: unknown, job: DqJob) => unknown;

/** A handler, and what errors, events and log lines call it. */
export interface NamedHandler {
  readonly name: string;
  readonly run: Handler;
}

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
export class Run implements Attempt {
  readonly startedAt: number;
  renewedAt: number;
  over = false;
  readonly #data: unknown;
  readonly #settings: TubeSettings;
  readonly #clock: Clock;
  readonly #owner: RunOwner;
  #scope: CallScope | undefined;
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
    this.#data = data;
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
    const job = new HandedJob(this, this.#data);
    this.#scope = new CallScope();
    let outcome: RunOutcome;
    try {
      const result = this.#scope.runInAsyncScope(called, undefined, handler, this.#data, job);
      if (types.isPromise(result)) {
        result.then(
          (value) => this.#handlerEnded(outcomeOfResult(value)),
          (error: unknown) => this.#handlerEnded(outcomeOfError(error)),
        );
        return;
      }
      outcome = outcomeOfResult(result);
    } catch (error) {
      outcome = outcomeOfError(error);
    }
    this.#handlerEnded(outcome);
  }

  /** Fires the signal. The run goes on until its handler ends, unless `end` is called too. */
  abort(reason: Error): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = reason;
    // Its listeners are the handler's.
    this.#scope?.runInAsyncScope(() => this.#controller?.abort(reason));
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

/** What the handler returned; a promise for what can be waited for: a `then` may throw, call back twice, at once, or from a context of its own. */
function called(handler: Handler, data: unknown, job: DqJob): unknown {
  const result = handler(data, job);
  return isThenable(result) ? Promise.resolve(result) : result;
}
