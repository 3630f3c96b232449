import { HandedJob } from '../core/consumer/dq-job.js';
import { type Handler, Run } from '../core/consumer/run.js';
import { outcomeOfResult } from '../core/consumer/outcome.js';
import { isThenable } from '../core/base/listener.js';

/** One call of a handler by the queue. */
export class HandlerCall {
  /** What it threw, or returned to say that it failed; the reason of its signal when it was ended before. */
  error: unknown;
  result: unknown;
  /** True when nothing of it happened for the whole patience. */
  stuck = false;
  readonly #onEnd: (call: HandlerCall) => void;
  #over = false;

  constructor(
    readonly run: Run,
    readonly title: string,
    /** On the monotonic clock: the queue ends it then; Infinity when it has no timeout. */
    readonly endsAt: number,
    onEnd: (call: HandlerCall) => void,
  ) {
    this.#onEnd = onEnd;
  }

  /** Its promise settled, or its run ended without it: then it comes too late, or not at all, and its signal says why. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    if (this.run.over) this.error = this.run.signal.reason;
    this.#onEnd(this);
  }
}

export class HandlerCalls {
  readonly #onBegun: (key: string, call: HandlerCall) => void;
  readonly #running = new Set<HandlerCall>();
  #begun = 0;
  #onEnd: (() => void) | undefined;

  /** @param onBegun told each call and the key of its job's claim */
  constructor(onBegun: (key: string, call: HandlerCall) => void) {
    this.#onBegun = onBegun;
  }

  get begun(): number {
    return this.#begun;
  }

  /** Those that time has to wait for. */
  get running(): readonly HandlerCall[] {
    return [...this.#running];
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
      const run = HandedJob.attemptOf(job);
      if (!(run instanceof Run)) return handler(data, job);
      const call = new HandlerCall(run, title, run.startedAt + timeoutMs, (ended) => {
        this.#running.delete(ended);
        this.#onEnd?.();
      });
      this.#running.add(call);
      this.#begun++;
      this.#onBegun(run.job.key, call);
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

  #returned(call: HandlerCall, result: unknown): unknown {
    if (outcomeOfResult(result).kind === 'completed') call.result = result;
    else call.error = result;
    call.end();
    return result;
  }

  #threw(call: HandlerCall, error: unknown): never {
    call.error = error;
    call.end();
    throw error;
  }
}
