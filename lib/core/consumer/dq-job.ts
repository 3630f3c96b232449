import type { JobHeader } from '../wire/envelope.js';

/**
 * What a handler is told of its job, beside the payload. A small plain object: its fields can be copied (`{ ...job }`), and `JSON.stringify`
 * writes them without `data` and `signal`, so that it can be logged.
 */
export interface DqJob<T = unknown> {
  /** The job's id; for plain bodies the md5 of the body. */
  readonly id: string;
  readonly tube: string;
  /** The `key` it was scheduled with; undefined without one. Other jobs had it before, or will: `id` is this one's alone. */
  readonly key?: string | undefined;
  /** What the handler's first parameter is. Guards and interceptors see it as it was before pipes. */
  readonly data: T;
  /** When the job was first to run: what `at` said, or `delay` came to, or where it was moved by its key. Later attempts do not change it. */
  readonly dueAt: Date;
  /** 1 for the first. */
  readonly attempt: number;
  /** Attempts after which the job is given up. */
  readonly attempts: number;
  /** Headers that the producer gave; empty for plain bodies. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of which schedule of `nestjs-dq/cron` it is an occurrence; not there for other jobs. */
  readonly schedule?: DqJobSchedule;
  /**
   * Fires when this run's result no longer counts: its `timeout` is over, its lease was lost, or the application closes and
   * the shutdown deadline is over. `signal.reason` says which. Handlers that pass it on stop early.
   */
  readonly signal: AbortSignal;
}

/** What a recurring job is told of its schedule. */
export interface DqJobSchedule {
  readonly name: string;
  /** The moment that this run stands for. */
  readonly slot: Date;
  /** Runs that were left out before it, since no consumer was there; counted up to 1,000 or so. */
  readonly missed: number;
}

/** An attempt, as far as its handler is told of it. */
export interface Attempt {
  readonly job: {
    readonly id: string;
    /** The key of its claim. */
    readonly key: string;
    readonly ownKey?: string | undefined;
    readonly dueMs: number;
    readonly header: JobHeader;
    readonly envelope: { readonly payload: Buffer };
  };
  readonly tube: string;
  readonly attempt: number;
  readonly attempts: number;
  readonly signal: AbortSignal;
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** A job's own, or its copies would have none. The signal is made when it is first asked for, since most handlers never do. */
const SIGNAL: PropertyDescriptor & ThisType<HandedJob> = {
  enumerable: true,
  configurable: true,
  get() {
    return HandedJob.attemptOf(this)?.signal;
  },
};

/** The `DqJob` of one attempt. */
export class HandedJob implements DqJob {
  declare readonly signal: AbortSignal;
  declare readonly id: string;
  declare readonly tube: string;
  declare readonly key: string | undefined;
  declare data: unknown;
  declare readonly dueAt: Date;
  declare readonly attempt: number;
  declare readonly attempts: number;
  declare readonly headers: Readonly<Record<string, string>>;
  declare readonly schedule?: DqJobSchedule;
  readonly #attempt: Attempt;

  constructor(attempt: Attempt, data: unknown) {
    const { job } = attempt;
    // Before the others, which makes objects of this class twice as fast.
    Object.defineProperty(this, 'signal', SIGNAL);
    this.id = job.id;
    this.tube = attempt.tube;
    this.key = job.ownKey;
    this.data = data;
    this.dueAt = new Date(job.dueMs);
    this.attempt = attempt.attempt;
    this.attempts = attempt.attempts;
    // A handler may change them, and the next attempt has the same header.
    const { headers, schedule } = job.header;
    this.headers = headers === undefined ? NO_HEADERS : { ...headers };
    if (schedule !== undefined) {
      const { name, slot, missed } = schedule;
      this.schedule = { name, slot: new Date(slot), missed };
    }
    this.#attempt = attempt;
  }

  /** The attempt that a handler's job belongs to; undefined for one that somebody else made. */
  static attemptOf(job: object): Attempt | undefined {
    return #attempt in job ? job.#attempt : undefined;
  }

  /** Without the payload, which belongs in no log. */
  toJSON(): Omit<DqJob, 'data' | 'signal'> {
    const { id, tube, key, dueAt, attempt, attempts, headers, schedule } = this;
    const told = { id, tube, key, dueAt, attempt, attempts, headers };
    return schedule === undefined ? told : { ...told, schedule };
  }
}

/** From now on the handler's own job tells this payload: what pipes made of it. */
export function handOn(job: DqJob, data: unknown): void {
  if (job instanceof HandedJob && job.data !== data) job.data = data;
}
