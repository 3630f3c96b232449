import { generationOf } from '../core/claims/claim-key.js';
import { TOO_LATE } from '../core/claims/retention.js';
import { identify } from '../core/claims/job-identity.js';
import type { Clock } from '../core/base/clock.js';
import type { PutCommand } from '../core/cluster/node-connection.js';
import type { SettleRequest } from '../core/claims/claim-store.js';
import type { HandleCopy } from '../core/wire/handle.js';
import { outcomeOfError } from '../core/consumer/outcome.js';
import type { HandlerCall } from './handler-calls.js';
import { LedgerJob } from './ledger-job.js';

/** Something that happened to a job, at a moment of virtual time. */
export type DqTestEvent = { readonly at: Date; readonly tube: string; readonly id: string } & (
  | { readonly type: 'scheduled'; readonly dueAt: Date }
  | { readonly type: 'started'; readonly attempt: number }
  | { readonly type: 'completed'; readonly attempt: number }
  | { readonly type: 'failed'; readonly attempt: number; readonly error: unknown; readonly retryAt: Date }
  | { readonly type: 'again'; readonly attempt: number; readonly nextAt: Date }
  | { readonly type: 'dead'; readonly attempt: number; readonly reason: string; readonly error: unknown }
  /** It was moved by its key. */
  | { readonly type: 'moved'; readonly dueAt: Date }
  /** Its attempt failed, or was given back, and it gets no other: its key went to another job, or was cancelled, while it ran. */
  | { readonly type: 'superseded'; readonly attempt: number; readonly error: unknown }
  | { readonly type: 'skipped' | 'revoked' | 'retried' | 'deleted' | 'given-back' }
);

type Happened = DqTestEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'at' | 'tube' | 'id'>
    : never
  : never;

/**
 * What became of every job, written by the stand-ins for the nodes and for Redis as they obey: so it tells what is true of the
 * queue, whatever its caller was told.
 */
export class JobLedger {
  readonly history: DqTestEvent[] = [];
  readonly #clock: Clock;
  readonly #jobs = new Map<string, LedgerJob>();
  /** The newest write of each caller's own id. */
  readonly #ownIds = new Map<string, LedgerJob>();
  #last: { readonly body: PutCommand['body']; readonly job: LedgerJob } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** In the order in which they were scheduled. */
  get jobs(): Iterable<LedgerJob> {
    return this.#jobs.values();
  }

  /** A node took a copy. */
  written(copy: HandleCopy, { tube, body }: PutCommand): void {
    const job = this.#last?.body === body ? this.#last.job : this.#recognise(tube, body);
    if (job === undefined) return;
    this.#last = { body, job };
    job.copies.push(copy);
  }

  /** A handler was called. */
  started(key: string, call: HandlerCall): void {
    const job = this.#jobs.get(key);
    if (job === undefined) return;
    const { attempt } = call.run;
    job.state = 'running';
    job.attempt = attempt;
    job.call = call;
    this.#tell(job, { type: 'started', attempt });
  }

  /** The store wrote down what an attempt came to. */
  settled({ key, attempt, outcome }: SettleRequest): void {
    const job = this.#jobs.get(key);
    if (job === undefined) return;
    const call = endOf(job);
    const error = call?.error;
    if (outcome.kind === 'done') {
      job.state = call === undefined ? 'skipped' : 'completed';
      job.result = call?.result;
      this.#tell(job, call === undefined ? { type: 'skipped' } : { type: 'completed', attempt });
    } else if (outcome.kind === 'dead') {
      const { reason } = outcome;
      job.die(attempt, reason);
      if (error !== undefined) job.errors.push(error);
      this.#tell(job, { type: 'dead', attempt, reason, error });
    } else {
      job.wait(this.#clock.now() + outcome.ms, outcome.counts ? attempt : attempt - 1);
      if (outcome.counts) {
        job.errors.push(error);
        this.#tell(job, { type: 'failed', attempt, error, retryAt: new Date(job.nextMs) });
      } else if (outcomeOfError(error).kind === 'again')
        this.#tell(job, { type: 'again', attempt, nextAt: new Date(job.nextMs) });
      else this.#tell(job, { type: 'given-back' });
    }
  }

  /** The store found it too old to be run. */
  expired(key: string): void {
    const job = this.#jobs.get(key);
    if (job === undefined) return;
    const reason = TOO_LATE;
    job.die(0, reason);
    this.#tell(job, { type: 'dead', attempt: 0, reason, error: undefined });
  }

  /** Its key went to another job while it ran: there is no further attempt. */
  superseded({ key, attempt, outcome }: SettleRequest): void {
    const job = this.#jobs.get(key);
    if (job === undefined) return;
    const ended = endOf(job);
    const error = outcome.kind === 'again' && outcome.counts ? ended?.error : undefined;
    if (error !== undefined) job.errors.push(error);
    job.state = 'revoked';
    this.#tell(job, { type: 'superseded', attempt, error });
  }

  /** The store lets it wait until then. */
  moved(key: string, dueMs: number): void {
    const job = this.#jobs.get(key);
    if (job === undefined || job.nextMs === dueMs) return;
    job.move(dueMs);
    this.#tell(job, { type: 'moved', dueAt: new Date(dueMs) });
  }

  /** The store put a tombstone. */
  revoked(key: string): void {
    const job = this.#jobs.get(key) ?? this.#ownIds.get(key);
    if (job === undefined || job.state !== 'scheduled') return;
    job.state = 'revoked';
    this.#tell(job, { type: 'revoked' });
  }

  /** Somebody decided on a dead letter. */
  resolved(key: string, how: 'retry' | 'drop'): void {
    const job = this.#jobs.get(key);
    if (job === undefined) return;
    if (how === 'retry') job.wait(this.#clock.now(), 0);
    else job.state = 'deleted';
    this.#tell(job, { type: how === 'retry' ? 'retried' : 'deleted' });
  }

  #recognise(tube: string, body: PutCommand['body']): LedgerJob | undefined {
    let identity;
    try {
      identity = identify(tube, typeof body === 'string' ? Buffer.from(body) : body);
    } catch {
      // A probe of a node's disk, or a body that is no job: consumers bury it.
      return undefined;
    }
    const { key } = identity;
    const known = this.#jobs.get(key);
    if (known !== undefined) return known;
    const job = new LedgerJob(tube, identity, this.#clock.now());
    this.#jobs.set(key, job);
    const own = generationOf(key);
    if (own !== undefined) this.#ownIds.set(own.id, job);
    this.#tell(job, { type: 'scheduled', dueAt: new Date(job.dueMs) });
    return job;
  }

  #tell({ tube, identity }: LedgerJob, happened: Happened): void {
    this.history.push(Object.freeze({ at: new Date(this.#clock.now()), tube, id: identity.id, ...happened }));
  }
}

/** The call of its handler, if there was one, which has ended. */
function endOf(job: LedgerJob): HandlerCall | undefined {
  const { call } = job;
  job.call = undefined;
  call?.end();
  return call;
}

/** What happened while time went on. */
export interface DqTestReport {
  /** How many runs ended so. A failed one that was the last attempt of its job is `dead`. */
  readonly completed: number;
  readonly failed: number;
  readonly again: number;
  readonly dead: number;
  readonly skipped: number;
  /** What handlers threw, in order. */
  readonly errors: readonly unknown[];
}

export function reportOf(events: readonly DqTestEvent[]): DqTestReport {
  const counts = { completed: 0, failed: 0, again: 0, dead: 0, skipped: 0 };
  const errors: unknown[] = [];
  for (const event of events) {
    if (event.type in counts) counts[event.type as keyof typeof counts]++;
    if ('error' in event && event.error !== undefined) errors.push(event.error);
  }
  return Object.freeze({ ...counts, errors });
}
