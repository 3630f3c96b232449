import type { Clock } from './clock.js';

/**
 * Called once per request. `error` is set when the whole call failed; then the outcome is unknown. `sentAt`, of the monotonic
 * clock: what was granted counts from then, since the answer may have waited for this process, suspended, for any time.
 */
export type Settled<Request, Result> = (
  request: Request,
  result: Result | undefined,
  error: unknown,
  sentAt: number,
) => void;

/** More in one call would hold Redis, and this process, for too long in one piece: one would wait while the other works. */
const MOST_REQUESTS = 250;

/**
 * Gathers the requests of one turn, and of the time that earlier calls take, into one call each: under load calls grow, at
 * rest a request leaves at once. At most `calls` are under way: two, so that one is answered while the next travels, unless what comes
 * together is worth more. When one fails, those that wait fail with it and are not sent: a store that is away would let them wait for one
 * deadline after the other.
 */
export class Batch<Request, Result> {
  #waiting: Request[] = [];
  #underWay = 0;
  #sending = false;
  readonly #sendLater = (): void => this.#send();

  constructor(
    readonly call: (requests: readonly Request[]) => Promise<readonly Result[]>,
    readonly settled: Settled<Request, Result>,
    readonly clock: Clock,
    readonly calls = 2,
  ) {}

  get idle(): boolean {
    return this.#waiting.length === 0 && this.#underWay === 0;
  }

  add(request: Request): void {
    this.#waiting.push(request);
    if (this.#sending || this.#underWay >= this.calls) return;
    this.#sending = true;
    this.clock.defer(this.#sendLater);
  }

  /** Sends at once what was added, where a call is free. */
  flush(): void {
    this.#send();
  }

  #send(): void {
    this.#sending = false;
    while (this.#underWay < this.calls && this.#waiting.length > 0) {
      const requests = this.#waiting;
      this.#waiting = requests.length > MOST_REQUESTS ? requests.splice(MOST_REQUESTS) : [];
      this.#underWay++;
      const sentAt = this.clock.monotonic();
      this.call(requests).then(
        (results) => this.#answered(requests, results, undefined, sentAt),
        (error: unknown) => this.#answered(requests, undefined, error, sentAt),
      );
    }
  }

  #answered(
    requests: readonly Request[],
    results: readonly Result[] | undefined,
    error: unknown,
    sentAt: number,
  ): void {
    this.#underWay--;
    for (let at = 0; at < requests.length; at++) this.settled(requests[at] as Request, results?.[at], error, sentAt);
    if (this.#sending || this.#waiting.length === 0) return;
    if (error === undefined) this.#send();
    else for (const request of this.#waiting.splice(0)) this.settled(request, undefined, error, sentAt);
  }
}

/** The same requests, as many in each as go in one call. */
export function* inCalls<Request>(requests: readonly Request[]): Iterable<readonly Request[]> {
  for (let at = 0; at < requests.length; at += MOST_REQUESTS) yield requests.slice(at, at + MOST_REQUESTS);
}

interface Asked<Request, Answer> {
  readonly request: Request;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** A batch, one call at a time, whose callers wait for their answers. */
export class Asking<Request, Answer> {
  readonly #batch: Batch<Asked<Request, Answer>, Answer>;

  constructor(call: (requests: readonly Request[]) => Promise<readonly Answer[]>, clock: Clock) {
    this.#batch = new Batch(
      (asked) => call(asked.map(({ request }) => request)),
      ({ resolve, reject }, answer, error) => (answer === undefined ? reject(error) : resolve(answer)),
      clock,
      1,
    );
  }

  /** Rejects as the call does that it went with. */
  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#batch.add({ request, resolve, reject });
    });
  }
}
