import { type DqJob, HandedJob } from '../core/consumer/dq-job.js';
import { type Handler, Run } from '../core/consumer/run.js';
import { outcomeOfResult } from '../core/consumer/outcome.js';
import { isThenable } from '../core/base/listener.js';

/** One call of a handler by the queue. */
export class HandlerCall {
  /** What it threw, or returned to say that it failed; the reason of its signal when it was ended before. */
  error: unknown;
  result: unknown;
  /** True when time need not wait for it: its promise settled, or its run ended without it. */
  over = false;
  /** True when nothing of it happened for the whole patience. */
  stuck = false;

  constructor(
    readonly run: Run,
    readonly title: string,
    /** On the monotonic clock: the queue ends it then; Infinity when it has no timeout. */
    readonly endsAt: number,
  ) {}
}

/** The handlers that the queue has called. */
export class HandlerCalls {
  readonly #onStarted: (key: string, attempt: number) => void;
  /** The last call of each job that is not settled yet, by its claim's key. */
  readonly #calls = new Map<string, HandlerCall>();
  #begun = 0;
  #onEnd: (() => void) | undefined;

  constructor(onStarted: (key: string, attempt: number) => void) {
    this.#onStarted = onStarted;
  }

  /** How many calls there were. */
  get begun(): number {
    return this.#begun;
  }

  /** Those that have not ended. */
  get running(): readonly HandlerCall[] {
    return [...this.#calls.values()].filter(({ over }) => !over);
  }

  /** Resolves when the next call ends. */
  ended(): Promise<true> {
    return new Promise((resolve) => {
      this.#onEnd = () => resolve(true);
    });
  }

  /** The same handler, and its calls are known here. `timeoutMs`, of the monotonic clock, may end them before. */
  watch(handler: Handler, title: string, timeoutMs = Infinity): Handler {
    return (data, job) => {
      const call = this.#begin(job, title, timeoutMs);
      if (call === undefined) return handler(data, job);
      try {
        const result = handler(data, job);
        if (!isThenable(result)) return this.#returned(call, result);
        return Promise.resolve(result).then(
          (value) => this.#returned(call, value),
          (error: unknown) => this.#threw(call, error),
        );
      } catch (error) {
        return this.#threw(call, error);
      }
    };
  }

  /** The store knows what the attempt came to. Returns its call. */
  settled(key: string): HandlerCall | undefined {
    const call = this.#calls.get(key);
    if (call === undefined) return undefined;
    this.#calls.delete(key);
    this.#end(call);
    return call;
  }

  #begin(job: DqJob, title: string, timeoutMs: number): HandlerCall | undefined {
    const run = HandedJob.attemptOf(job);
    if (!(run instanceof Run)) return undefined;
    const { key } = run.job;
    const call = new HandlerCall(run, title, run.startedAt + timeoutMs);
    this.#calls.set(key, call);
    this.#begun++;
    this.#onStarted(key, job.attempt);
    return call;
  }

  #returned(call: HandlerCall, result: unknown): unknown {
    if (outcomeOfResult(result).kind === 'completed') call.result = result;
    else call.error = result;
    this.#end(call);
    return result;
  }

  #threw(call: HandlerCall, error: unknown): never {
    call.error = error;
    this.#end(call);
    throw error;
  }

  #end(call: HandlerCall): void {
    if (call.over) return;
    call.over = true;
    // It ended too late, or not at all: its signal says why.
    if (call.run.over) call.error = call.run.signal.reason;
    this.#onEnd?.();
  }
}
