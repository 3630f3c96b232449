import type { RevokeVerdict } from '../claims/claim-store.js';
import { DqClosedError, DqHandleError, DqPastTimeError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { checkDelay, checkDueTime, type DqDuration } from '../options/duration.js';
import type { DqJobOptions } from '../options/dq-options.js';
import { knownKeys } from '../options/option-checks.js';
import { JOB_OPTIONS } from '../options/option-names.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { type Handle, parseHandle } from '../wire/handle.js';
import { checkJobId } from '../wire/job-id.js';
import { type DqJobStatus, StatusLook } from './job-status.js';
import { draftJob, type JobDraft } from './job-draft.js';
import { layeredDraft, type LayeredCall } from './layered-draft.js';
import { Revocation } from './revocation.js';
import { type DqManyOptions, type DqManyReport, type ManyParts, scheduleMany } from './schedule-many.js';
import { type ProducerParts, Writes } from './writes.js';

/** What a revoke found. `revoked`: it will not run. `running`: a handler has it now. `done`: it is over. `dead`: it is a dead letter. */
export type DqRevokeOutcome = RevokeVerdict;

/** A job of `delayMany`. */
export interface DqDelayedJob<T> extends DqJobOptions {
  readonly data: T;
  readonly delay: DqDuration;
}

/** A job of `atMany`. */
export interface DqTimedJob<T> extends DqJobOptions {
  readonly data: T;
  readonly at: Date | number;
}

/**
 * Schedules the jobs of one tube. Every promise settles: each step has the command deadline, and bad arguments are refused
 * before a byte is sent.
 */
export class DqProducer<T = unknown> {
  readonly #tube: TubeSettings;
  readonly #parts: ProducerParts;
  readonly #writes: Writes;
  readonly #revocations = new Set<Promise<void>>();
  readonly #onClose = new Set<() => void>();
  #closing: Promise<void> | undefined;

  /** Made by the module; inject it rather than calling this. */
  constructor(tube: TubeSettings, parts: ProducerParts) {
    this.#tube = tube;
    this.#parts = parts;
    this.#writes = new Writes(tube.name, parts);
  }

  get tube(): string {
    return this.#tube.name;
  }

  /**
   * Schedules a job to run `delay` from now: milliseconds or a duration such as `'90s'`, up to about 136 years.
   * Resolves to the job's handle once `minWrites` nodes have it.
   * @throws DqDelayError, DqPayloadError, DqBodyTooLargeError, DqJobIdError, DqPriorityError, DqOptionsError, DqClosedError;
   * DqQuorumError when too few nodes took it; with an id of your own: DqDuplicateIdError when it is taken, DqClaimStoreError
   * when Redis does not answer. After any error the call may be repeated with the same id: the job runs once.
   */
  delay(data: T, delay: DqDuration, options?: DqJobOptions): Promise<string> {
    return this.#schedule(data, options, (now) => now + checkDelay(delay));
  }

  /**
   * Schedules a job to run at a moment: a `Date` or epoch milliseconds. A number from 1,000,000,000 on that lies in 1970 is taken for
   * epoch seconds, and refused as such. Otherwise as {@link delay}.
   * @throws DqPastTimeError when the moment has passed (with an id of your own, DqDuplicateIdError when it is taken), DqDateError when it
   * is no moment or in seconds, and what {@link delay} throws
   */
  at(data: T, when: Date | number, options?: DqJobOptions): Promise<string> {
    return this.#schedule(data, options, (now) => checkDueTime(when, now));
  }

  /**
   * Schedules many jobs, a bounded number at a time, and reports on each; see {@link DqManyOptions}. Once the producer is closed, the
   * next job is refused with DqClosedError and is the last: nothing more is taken from the source, whose `return` is called.
   * @throws DqSourceError when the source throws, `onResult` does, or the source gives nothing more within the command deadline of the
   * close; DqOptionsError
   */
  delayMany(
    jobs: Iterable<DqDelayedJob<T>> | AsyncIterable<DqDelayedJob<T>>,
    options: DqManyOptions = {},
  ): Promise<DqManyReport> {
    const schedule = (job: DqDelayedJob<T>): Promise<string> => {
      knownKeys(job, 'a job', DELAYED);
      const { data, delay, ...rest } = job;
      return this.delay(data, delay, rest);
    };
    return scheduleMany(jobs, this.#many(schedule), options);
  }

  /** As {@link delayMany}, with a moment for each job. */
  atMany(
    jobs: Iterable<DqTimedJob<T>> | AsyncIterable<DqTimedJob<T>>,
    options: DqManyOptions = {},
  ): Promise<DqManyReport> {
    const schedule = (job: DqTimedJob<T>): Promise<string> => {
      knownKeys(job, 'a job', TIMED);
      const { data, at, ...rest } = job;
      return this.at(data, at, rest);
    };
    return scheduleMany(jobs, this.#many(schedule), options);
  }

  /**
   * Takes a job of any declared tube back. When it resolves to `'revoked'`, the job never runs (again), even if a node
   * with a copy is away now and comes back. `'running'`: a handler has it. `'done'`: it is over. `'dead'`: it was given up.
   * A handle of dq has no id, and is accepted for plain tubes only: two nodes must show the plain job that it means.
   * @throws DqHandleError for anything but a handle of a job on these nodes; DqClosedError; DqClaimStoreError when Redis does not answer, and
   * it is unknown whether the job is revoked; DqConnectionError when a handle of dq cannot be understood because nodes do not answer
   */
  revoke(handle: string): Promise<DqRevokeOutcome> {
    return this.#parts.context.enter(() => this.#revoke(handle));
  }

  /**
   * What became of a job: by its handle, of any declared tube, or by its id in this producer's tube. Costs one or two trips to Redis, and one to the
   * nodes that the handle names where no claim is known. Changes nothing. A job by its id alone is known when the caller gave the id, or once it has been
   * claimed.
   * @throws DqHandleError as {@link revoke}; DqJobIdError; DqClosedError; DqClaimStoreError when Redis does not answer; DqConnectionError when only nodes
   * that do not answer may have it
   */
  async status(job: string | { readonly id: string }): Promise<DqJobStatus> {
    return this.#parts.context.enter(() => this.#status(job));
  }

  async #status(job: string | { readonly id: string }): Promise<DqJobStatus> {
    if (this.#closing !== undefined) throw closed();
    const { cluster, store, clock } = this.#parts;
    if (typeof job === 'object' && job !== null)
      return new StatusLook(this.#tube, store, cluster, clock).ofId(checkJobId(job.id));
    const { parsed, tube } = this.#read(job);
    return new StatusLook(tube, store, cluster, clock).ofHandle(parsed);
  }

  async #revoke(handle: string): Promise<DqRevokeOutcome> {
    if (this.#closing !== undefined) throw closed();
    const { cluster, store, clock } = this.#parts;
    const { parsed, tube } = this.#read(handle);
    const revocation = new Revocation(parsed, tube, cluster, store, clock);
    const { finished } = revocation;
    this.#revocations.add(finished);
    void finished.then(() => this.#revocations.delete(finished));
    return revocation.verdict;
  }

  /** @throws DqHandleError */
  #read(handle: string): { readonly parsed: Handle; readonly tube: TubeSettings } {
    const { tubes, cluster } = this.#parts;
    const parsed = parseHandle(
      handle,
      cluster.nodes.map(({ endpoint }) => endpoint),
    );
    const tube = tubes.get(parsed.tube);
    if (tube === undefined) {
      throw new DqHandleError(
        `Expected a handle of a declared tube, got one of ${shown(parsed.tube)}. Add it to tubes.`,
      );
    }
    if (parsed.id === undefined && tube.format === 'native') {
      throw new DqHandleError(
        `Expected a handle that ends in the id of its job, since tube "${tube.name}" is native, got one without. Was its end cut off? ` +
          "For handles of Go's dq declare the tube with format: 'plain'.",
      );
    }
    return { parsed, tube };
  }

  /** Refuses new work, and resolves when what is under way has settled. The module does this when the application closes. */
  close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = this.#parts.context.enter(() => this.#drain());
      for (const listener of this.#onClose) listener();
      this.#onClose.clear();
    }
    return this.#closing;
  }

  #many<Job>(schedule: (job: Job) => Promise<string>): ManyParts<Job> {
    return {
      schedule,
      closed: () => this.#closing !== undefined,
      onClose: (listener) => {
        if (this.#closing === undefined) this.#onClose.add(listener);
        else listener();
        return () => this.#onClose.delete(listener);
      },
      clock: this.#parts.clock,
      patienceMs: this.#parts.options.commandDeadlineMs,
    };
  }

  #schedule(data: T, options: DqJobOptions | undefined, dueAt: (now: number) => number): Promise<string> {
    const { schedule } = this.#parts.layers;
    if (schedule === undefined) return this.#draftAndWrite(data, options, dueAt);
    const call = this.#called(data, options, dueAt);
    return schedule(call, (added) => this.#draftAndWrite(data, options, dueAt, { call, added }));
  }

  /** What layers are told of a call, which may yet be refused. */
  #called(data: T, options: DqJobOptions | undefined, dueAt: (now: number) => number): LayeredCall['call'] {
    let due: Date | undefined;
    try {
      due = new Date(dueAt(this.#parts.clock.now()));
    } catch {
      // It will be refused where the job is drafted, inside of the layers.
    }
    return { tube: this.tube, data, dueAt: due, options: options ?? {}, bodyBytes: undefined };
  }

  #withHeaders(options: DqJobOptions | undefined, added: Readonly<Record<string, string>>): DqJobOptions | undefined {
    if (this.#tube.format === 'plain' || Object.keys(added).length === 0) return options;
    return { ...options, headers: { ...added, ...options?.headers } };
  }

  /** Not async: one promise per job is enough. */
  #draftAndWrite(
    data: T,
    options: DqJobOptions | undefined,
    dueAt: (now: number) => number,
    layered?: LayeredCall,
  ): Promise<string> {
    const { clock, context, wanted } = this.#parts;
    try {
      if (this.#closing !== undefined) throw closed();
      const now = clock.now();
      const dueMs = dueAt(now);
      const draft =
        layered === undefined
          ? draftJob(this.#tube, data, dueMs, this.#parts, options, now)
          : layeredDraft(layered, this.#parts.options.copies, (headers) =>
              draftJob(this.#tube, data, dueMs, this.#parts, this.#withHeaders(options, headers), now),
            );
      return context.enter(() => {
        const written = this.#writes.write(draft);
        return wanted['job-scheduled'] ? written.then((handle) => this.#told(draft, handle)) : written;
      });
    } catch (error) {
      if (error instanceof DqPastTimeError) return this.#tooLate(data, options, error);
      return Promise.reject(error instanceof Error ? error : new Error(shown(error)));
    }
  }

  #told({ id, dueMs }: JobDraft, handle: string): string {
    this.#parts.report({ type: 'job-scheduled', tube: this.tube, id, dueAt: new Date(dueMs) });
    return handle;
  }

  async #tooLate(data: T, options: DqJobOptions | undefined, error: DqPastTimeError): Promise<string> {
    if (options?.id === undefined) throw error;
    const { clock, context } = this.#parts;
    const draft = draftJob(this.#tube, data, clock.now(), this.#parts, options);
    return context.enter(() => this.#writes.refuse(draft, error));
  }

  async #drain(): Promise<void> {
    await this.#writes.idle();
    await Promise.allSettled(this.#revocations);
  }
}

const DELAYED: ReadonlySet<string> = new Set(['data', 'delay', ...JOB_OPTIONS]);
const TIMED: ReadonlySet<string> = new Set(['data', 'at', ...JOB_OPTIONS]);

function closed(): DqClosedError {
  return new DqClosedError('Expected an open producer, but it is closed: the application is stopping.');
}
