import type { RevokeVerdict } from '../claims/claim-store.js';
import type { DqDuration } from '../options/duration.js';
import type { DqJobOptions } from '../options/dq-options.js';
import { knownKeys } from '../options/option-checks.js';
import { JOB_OPTIONS } from '../options/option-names.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { checkOwnKey } from '../wire/own-key.js';
import { type DqJobStatus, lookAtHandle, lookAtId } from '../inspector/job-status.js';
import { type DqCancelOutcome, type DqKeyedJob, type DqRescheduleOutcome, type DqUpsertResult, Keys } from './keys.js';
import { type DqMoment, oneMoment } from './moment.js';
import { Revocation } from './revocation.js';
import { type DqManyOptions, type DqManyReport, scheduleMany } from './schedule-many.js';
import { type OnKeyed, Scheduling } from './scheduling.js';
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

/** When the job of an `upsert` is to run, and its options. */
export type DqUpsertOptions = Omit<DqJobOptions, 'id' | 'key'> & DqMoment;

/**
 * Schedules the jobs of one tube. Every promise settles: each step has the command deadline, and bad arguments are refused
 * before a byte is sent.
 */
export class DqProducer<T = unknown> {
  readonly #tube: TubeSettings;
  readonly #parts: ProducerParts;
  readonly #writes: Writes;
  readonly #scheduling: Scheduling;
  readonly #keys: Keys;

  /** Made by the module; inject it rather than calling this. */
  constructor(tube: TubeSettings, parts: ProducerParts) {
    this.#tube = tube;
    this.#parts = parts;
    this.#writes = new Writes(tube.name, parts);
    this.#keys = new Keys(tube, parts, this.#writes);
    this.#scheduling = new Scheduling(tube, parts, this.#writes, this.#keys);
  }

  get tube(): string {
    return this.#tube.name;
  }

  /**
   * Schedules a job to run `delay` from now: milliseconds or a duration such as `'90s'`, up to about 136 years.
   * Resolves to the job's handle once `minWrites` nodes have it; with a `key`, to that of the job that stands under it then.
   * @throws DqDelayError, DqPayloadError, DqBodyTooLargeError, DqJobIdError, DqKeyError, DqPriorityError, DqOptionsError, DqClosedError;
   * DqQuorumError when too few nodes took it; with an id of your own: DqDuplicateIdError when it is taken, DqClaimStoreError
   * when Redis does not answer. After any error the call may be repeated with the same id: the job runs once. With a key: what `upsert` throws.
   */
  delay(data: T, delay: DqDuration, options?: DqJobOptions): Promise<string> {
    return this.#scheduling.schedule(data, { delay }, options);
  }

  /**
   * Schedules a job to run at a moment: a `Date` or epoch milliseconds. A number from 1,000,000,000 on that lies in 1970 is taken for
   * epoch seconds, and refused as such. Otherwise as {@link delay}.
   * @throws DqPastTimeError when the moment has passed (with an id of your own, DqDuplicateIdError when it is taken), DqDateError when it
   * is no moment or in seconds, and what {@link delay} throws
   */
  at(data: T, when: Date | number, options?: DqJobOptions): Promise<string> {
    return this.#scheduling.schedule(data, { at: when }, options);
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
    return this.#many(jobs, 'delay', options);
  }

  /** As {@link delayMany}, with a moment for each job. */
  atMany(
    jobs: Iterable<DqTimedJob<T>> | AsyncIterable<DqTimedJob<T>>,
    options: DqManyOptions = {},
  ): Promise<DqManyReport> {
    return this.#many(jobs, 'at', options);
  }

  /**
   * Schedules a job under a key, as {@link delay} and {@link at} with `key` do, and tells what became of it. Two calls at once count in the
   * order in which Redis admitted them.
   * @throws DqKeyError; DqKeyTakenError with `onConflict: 'error'`; DqQuorumError when too few nodes took it: what stood before stands;
   * DqClaimStoreError when Redis does not answer: nothing was changed, or its text says that this job or the one before stands. The call may be
   * repeated. And what {@link delay} and {@link at} throw for bad arguments
   */
  async upsert(key: string, data: T, options: DqUpsertOptions): Promise<DqUpsertResult> {
    checkOwnKey(key);
    knownKeys(options, 'the options of upsert', UPSERTED);
    const { delay, at, ...rest } = options;
    return this.#scheduling.upsert(data, oneMoment({ delay, at } as DqMoment), { ...rest, key });
  }

  /**
   * Takes back what waits under a key, also what other calls are scheduling right now. `'cancelled'`: it never runs (again), even if a node
   * with a copy is away now and comes back. `'running'`: a handler has it now; it is not tried again. `'none'`: nothing stands under the key.
   * Costs one round trip to Redis.
   * @throws DqKeyError; DqClosedError; DqClaimStoreError when Redis does not answer: the call may be repeated
   */
  cancel(key: string): Promise<DqCancelOutcome> {
    return this.#enter(() => this.#keys.cancel(key));
  }

  /**
   * Moves what waits under a key to another moment, and leaves its payload and options. What waits for another attempt counts as waiting. Later
   * costs one round trip to Redis. Earlier costs another schedule: the job is read back from a node, and written anew with another `id`.
   * `'running'`: a handler has it now, and nothing was changed. `'none'`: nothing stands under the key.
   * @throws DqKeyError, DqDelayError, DqDateError, DqOptionsError; DqPastTimeError when the moment has passed; DqClosedError; DqClaimStoreError when
   * Redis does not answer; when it is to run earlier, DqConnectionError where no node shows it, and DqQuorumError. The call may be repeated.
   */
  reschedule(key: string, moment: DqMoment): Promise<DqRescheduleOutcome> {
    return this.#enter(() => this.#keys.reschedule(key, moment));
  }

  /**
   * The job that stands under a key; undefined when none does, or it is over. Costs one round trip to Redis, and changes nothing.
   * @throws DqKeyError; DqClosedError; DqClaimStoreError when Redis does not answer
   */
  find(key: string): Promise<DqKeyedJob | undefined> {
    return this.#enter(() => this.#keys.find(key));
  }

  /**
   * Takes a job of any declared tube back. When it resolves to `'revoked'`, the job never runs (again), even if a node
   * with a copy is away now and comes back. `'running'`: a handler has it. `'done'`: it is over. `'dead'`: it was given up.
   * A handle of dq has no id, and is accepted for plain tubes only: two nodes must show the plain job that it means. A job's `key` is free then.
   * @throws DqHandleError for anything but a handle of a job on these nodes; DqClosedError; DqClaimStoreError when Redis does not answer, and
   * it is unknown whether the job is revoked; DqConnectionError when a handle of dq cannot be understood because nodes do not answer
   */
  revoke(handle: string): Promise<DqRevokeOutcome> {
    return this.#enter(() => {
      const { finished, verdict } = new Revocation(handle, this.#parts);
      void this.#writes.during(() => finished);
      return verdict;
    });
  }

  /**
   * What became of a job: by its handle, of any declared tube, or by its id in this producer's tube. Costs one or two trips to Redis, and one to the
   * nodes that the handle names where no claim is known. Changes nothing. A job by its id alone is known when the caller gave the id, or once it has been
   * claimed.
   * @throws DqHandleError as {@link revoke}; DqJobIdError; DqClosedError; DqClaimStoreError when Redis does not answer; DqConnectionError when only nodes
   * that do not answer may have it
   */
  status(job: string | { readonly id: string }): Promise<DqJobStatus> {
    return this.#enter(() => {
      const isId = typeof job === 'object' && job !== null;
      return isId ? lookAtId(job.id, this.#tube, this.#parts) : lookAtHandle(job, this.#parts);
    });
  }

  /** Refuses new work, and resolves when what is under way has settled. The module does this when the application closes. */
  close(): Promise<void> {
    return this.#writes.close();
  }

  async #enter<Result>(act: () => Promise<Result>): Promise<Result> {
    return this.#parts.context.enter(() => {
      this.#writes.checkOpen();
      return act();
    });
  }

  #many(
    jobs: Iterable<DqJobOptions> | AsyncIterable<DqJobOptions>,
    when: 'delay' | 'at',
    options: DqManyOptions,
  ): Promise<DqManyReport> {
    const schedule = (job: DqJobOptions, onKeyed: OnKeyed): Promise<string> => {
      knownKeys(job, 'a job', OF_MANY[when]);
      const { data, delay, at, ...rest } = job as DqDelayedJob<T> & DqTimedJob<T>;
      return this.#scheduling.schedule(data, when === 'delay' ? { delay } : { at }, rest, onKeyed);
    };
    const { clock, options: own } = this.#parts;
    return scheduleMany(jobs, { schedule, writes: this.#writes, clock, patienceMs: own.commandDeadlineMs }, options);
  }
}

const OF_MANY: Readonly<Record<'delay' | 'at', ReadonlySet<string>>> = {
  delay: new Set(['data', 'delay', ...JOB_OPTIONS]),
  at: new Set(['data', 'at', ...JOB_OPTIONS]),
};
const UPSERTED: ReadonlySet<string> = new Set([
  'delay',
  'at',
  ...[...JOB_OPTIONS].filter((name) => name !== 'id' && name !== 'key'),
]);
