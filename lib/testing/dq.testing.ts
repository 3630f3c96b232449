import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleDestroy } from '@nestjs/common';
import { DqHandlerError } from '../core/errors/argument.errors.js';
import { shown } from '../core/errors/shown.js';
import { type DqDuration, durationAdvice, readDuration } from '../core/options/duration.js';
import { wholeNumber } from '../core/options/option-checks.js';
import type { DqRuntime } from '../core/runtime.js';
import { type DqSchedule, shownSchedule } from '../cron/schedule.js';
import { type DqRunOneOptions, type DqRunResult, runOne } from './direct-run.js';
import { type DqTestEvent, type DqTestReport, reportOf } from './job-ledger.js';
import type { DqTestJob, LedgerJob } from './ledger-job.js';
import type { TestedHandlers } from './tested-handlers.js';
import { checkPatience } from './testing-settings.js';
import { DqNotInitializedError, DqTestTimeError } from './testing.errors.js';
import { type Journey, Timeline } from './timeline.js';
import type { TestParts } from './test-parts.js';

/** How far `advance` and `drain` may go. */
export interface DqAdvanceOptions {
  /** Runs after which it is refused, since jobs seem to schedule each other for ever. @default 100,000 for advance, 1,000 for drain */
  readonly limit?: number | undefined;
  /** See `DqTestingSettings.patience`, for this call. */
  readonly patience?: DqDuration | undefined;
}

const MOST_RUNS = { advance: 100_000, drain: 1_000 };
const HIGHEST_LIMIT = 1_000_000_000;
/** The last moment a `Date` can tell. */
const LAST_MOMENT = 8_640_000_000_000_000;

/**
 * The queue of an application under test, and its time. Time stands still: jobs are scheduled and revoked as in production, and none runs
 * until the test moves time with {@link advance} or {@link drain}. Get it from the module: `moduleRef.get(DqTesting)`.
 */
export class DqTesting implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown {
  readonly #parts: TestParts;
  readonly #runtime: DqRuntime;
  readonly #handlers: TestedHandlers;
  readonly #timeline: Timeline;
  #initialized = false;

  /** Made by the module. @throws DqDateTakenError */
  constructor(parts: TestParts, runtime: DqRuntime, handlers: TestedHandlers) {
    this.#parts = parts;
    this.#runtime = runtime;
    this.#handlers = handlers;
    this.#timeline = new Timeline(parts);
    parts.takeDate(() => this.#initialized);
  }

  /** Virtual time, in epoch milliseconds. It never goes back, and only where {@link advance} and {@link drain} take it. */
  now(): number {
    return this.#parts.clock.now();
  }

  /**
   * Lets time go by, runs all that falls due, in order, and what that schedules within the same time; resolves when all of it is done.
   * `advance(0)` runs what is due now. A job that is due a millisecond later stays.
   * @throws DqTestTimeError, DqTestBusyError, DqNotInitializedError, DqStillRunningError, DqEndlessError, DqClosedError
   */
  async advance(by: DqDuration, options: DqAdvanceOptions = {}): Promise<DqTestReport> {
    const ms = readDuration(by);
    if (ms === undefined) {
      throw new DqTestTimeError(
        `Expected a duration such as '7d' or whole milliseconds, got ${shown(by)}.${durationAdvice(by)}`,
      );
    }
    return this.#reach(checkMoment(this.now() + ms), options);
  }

  /** The same, to a moment: a `Date` or epoch milliseconds, not before now. */
  async advanceTo(when: Date | number, options: DqAdvanceOptions = {}): Promise<DqTestReport> {
    const moment = checkMoment(when instanceof Date ? when.getTime() : when);
    if (moment < this.now()) {
      throw new DqTestTimeError(
        `Expected a moment that has not passed, got ${new Date(moment).toISOString()}, while it is ${new Date(this.now()).toISOString()}. ` +
          'Virtual time never goes back.',
      );
    }
    return this.#reach(moment, options);
  }

  /**
   * Lets time go on until no job waits that this application would run: those scheduled meanwhile and retries included. Jobs of tubes without
   * a handler here stay, and so do the occurrences of recurring jobs, of which there is no end.
   * @throws DqEndlessError when that takes more runs than `limit`; and what {@link advance} throws
   */
  async drain(options: DqAdvanceOptions = {}): Promise<DqTestReport> {
    return this.#go(() => this.#nextDue(), options, MOST_RUNS.drain);
  }

  /**
   * Runs the handler of a tube once, by itself, with its pipes, guards, interceptors and filters, and tells what came of it. Nothing is
   * scheduled, and `history` does not know of it.
   * @throws DqNotInitializedError, DqHandlerError when this application does not run the tube, DqPayloadError, DqStillRunningError
   */
  async run(tube: string, data: unknown, options: DqRunOneOptions = {}): Promise<DqRunResult> {
    this.#requireInitialized();
    const handler = this.#handlers.get(tube);
    return this.#runtime.context.enter(() => runOne(handler, data, this.#parts, options));
  }

  /** Jobs that wait, for their first attempt or for the next, by when they are due; of one tube, or of all. */
  scheduled(tube?: string): readonly DqTestJob[] {
    return this.#select(tube, ({ state }) => state === 'scheduled').toSorted(
      (one, other) => +one.nextAt - +other.nextAt,
    );
  }

  /** Jobs whose handler completed, by when they were scheduled. */
  completed(tube?: string): readonly DqTestJob[] {
    return this.#select(tube, ({ state }) => state === 'completed');
  }

  /** Jobs that had a failed attempt, whatever became of them since; see `errors`. */
  failed(tube?: string): readonly DqTestJob[] {
    return this.#select(tube, ({ errors }) => errors.length > 0);
  }

  /** Dead letters; see `reason`. */
  dead(tube?: string): readonly DqTestJob[] {
    return this.#select(tube, ({ state }) => state === 'dead');
  }

  revoked(tube?: string): readonly DqTestJob[] {
    return this.#select(tube, ({ state }) => state === 'revoked');
  }

  /** All jobs there ever were, in the order in which they were scheduled. */
  jobs(tube?: string): readonly DqTestJob[] {
    return this.#select(tube, () => true);
  }

  /** The recurring jobs of `nestjs-dq/cron`, by when they come next; of one tube, or of all. */
  schedules(tube?: string): readonly DqSchedule[] {
    if (tube !== undefined) this.#requireTube(tube);
    const tubes = tube === undefined ? [...this.#runtime.parts.tubes.keys()] : [tube];
    const table = this.#parts.claims?.schedules;
    return tubes
      .flatMap((one) => (table?.all(one) ?? []).map((known) => shownSchedule(one, known)))
      .toSorted((one, other) => Number(one.next ?? Infinity) - Number(other.next ?? Infinity));
  }

  /** All that happened to jobs so far, in order. */
  get history(): readonly DqTestEvent[] {
    return [...this.#parts.ledger.history];
  }

  onApplicationBootstrap(): void {
    this.#initialized = true;
  }

  /** Handlers that run get their time to end; then the rest of the shutdown deadline goes by at once. */
  async onModuleDestroy(): Promise<void> {
    await this.#runtime.context.enter(() => this.#timeline.close(this.#runtime.stop()));
  }

  onApplicationShutdown(): void {
    this.#parts.close();
  }

  #reach(moment: number, options: DqAdvanceOptions): Promise<DqTestReport> {
    return this.#go(() => (this.now() < moment ? moment : undefined), options, MOST_RUNS.advance);
  }

  async #go(next: Journey['next'], options: DqAdvanceOptions, usual: number): Promise<DqTestReport> {
    const limit = wholeNumber(options.limit ?? usual, 'limit', 1, HIGHEST_LIMIT);
    const patienceMs = checkPatience(options.patience, this.#parts.patienceMs);
    this.#requireInitialized();
    const { history } = this.#parts.ledger;
    const before = history.length;
    await this.#runtime.context.enter(() => this.#timeline.go({ next, limit, patienceMs }));
    return reportOf(history.slice(before));
  }

  #nextDue(): number | undefined {
    let next: number | undefined;
    for (const { state, tube, nextMs, recurs } of this.#parts.ledger.jobs) {
      if (!recurs && state === 'scheduled' && this.#handlers.has(tube) && (next === undefined || nextMs < next))
        next = nextMs;
    }
    return next;
  }

  #select(tube: string | undefined, wanted: (job: LedgerJob) => boolean): DqTestJob[] {
    if (tube !== undefined) this.#requireTube(tube);
    const jobs: DqTestJob[] = [];
    for (const job of this.#parts.ledger.jobs) {
      if ((tube === undefined || job.tube === tube) && wanted(job)) {
        const settings = this.#runtime.requireTube(job.tube, 'a job');
        jobs.push(this.#runtime.context.enter(() => job.show(settings)));
      }
    }
    return jobs;
  }

  /** A tube that is misspelt has no jobs, and a test that expects none would pass. */
  #requireTube(tube: string): void {
    if (typeof tube !== 'string') throw new DqHandlerError(`Expected the name of a tube, got ${shown(tube)}.`);
    this.#runtime.requireTube(tube, 'the test');
  }

  #requireInitialized(): void {
    if (this.#initialized) return;
    throw new DqNotInitializedError(
      'Expected an initialized module, whose handlers are known, got one that is only compiled. Call await moduleRef.init(), or init() or ' +
        'listen() of the application made from it.',
    );
  }
}

function checkMoment(moment: number): number {
  if (Number.isSafeInteger(moment) && moment >= 0 && moment <= LAST_MOMENT) return moment;
  throw new DqTestTimeError(
    `Expected a moment that a Date can tell, as a Date or whole epoch milliseconds, got ${shown(moment)}.`,
  );
}
