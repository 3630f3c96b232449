import { Batch } from '../claims/batch.js';
import type { ClaimStore, Holder, SettleOutcome, SettleRequest } from '../claims/claim-store.js';
import type { Clock } from '../clock.js';
import { DqLeaseLostError, DqShutdownError } from '../errors/run.errors.js';
import { faultText } from '../errors/shown.js';
import type { Report } from '../events.js';
import { ruleOf } from '../options/backoff.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { HeldJob } from './held-job.js';
import type { RunOutcome } from './outcome.js';
import { type NamedHandler, Run, type RunOwner } from './run.js';

/** What happens to a job when its run has been settled. */
export interface RunsOwner {
  /** A handler ended; its slot is free. */
  slotFreed(tookMs: number): void;
  /** The outcome stands in the claim store. */
  settled(job: HeldJob, outcome: SettleOutcome): void;
  /** The claim store says that another has the job, or ended it. */
  refused(job: HeldJob): void;
  /** The claim store did not answer; `runs.settleAgain()` is expected when it does. */
  storeFailed(): void;
}

interface Unsettled extends SettleRequest {
  readonly job: HeldJob;
}

const CALLS = 2;
/** A lease is renewed when a third of it has passed, so that two renewals may fail. */
const RENEW_PARTS = 3;

/**
 * The runs of one tube in this process: started when a claim is granted, renewed while they last, settled when they end. A
 * result that could not be settled is kept and told again until the claim store answers; its copies stay held.
 */
export class Runs implements RunOwner {
  readonly #running = new Set<Run>();
  readonly #settles: Batch<Unsettled, boolean>;
  readonly #settings: TubeSettings;
  readonly #store: ClaimStore;
  readonly #holder: Holder;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #report: Report;
  readonly #owner: RunsOwner;
  readonly #handler: NamedHandler;
  #unsettled: Unsettled[] = [];
  #untold = 0;
  #renewing = false;
  #stopped = false;

  constructor(
    settings: TubeSettings,
    handler: NamedHandler,
    holder: Holder,
    parts: {
      readonly store: ClaimStore;
      readonly clock: Clock;
      readonly random: () => number;
      readonly report: Report;
    },
    owner: RunsOwner,
  ) {
    this.#settings = settings;
    this.#handler = handler;
    this.#holder = holder;
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#report = parts.report;
    this.#owner = owner;
    this.#settles = new Batch(
      (requests) => this.#store.settle(settings.name, holder, requests),
      (request, result, error) => this.#answered(request, result, error),
      CALLS,
      parts.clock,
    );
  }

  get running(): number {
    return this.#running.size;
  }

  /** Results that the claim store has not acknowledged. */
  get untold(): number {
    return this.#untold;
  }

  /** True when no handler runs and every outcome has been settled. */
  get idle(): boolean {
    return this.#running.size === 0 && this.#unsettled.length === 0 && this.#settles.idle;
  }

  /** Begins an attempt whose lease began at `grantedAt`, of the monotonic clock. */
  start(job: HeldJob, attempt: number, grantedAt: number): void {
    const { envelope, header } = job;
    const attempts = header.attempts ?? this.#settings.attempts;
    if (attempt > attempts) {
      this.#owner.slotFreed(0);
      this.#dead(job, attempt, `its consumers died in each of ${attempts} attempt(s)`);
      return;
    }
    if (this.#expired(job, attempt)) {
      this.#owner.slotFreed(0);
      return;
    }
    let data: unknown;
    try {
      data = header.raw === true ? envelope.payload : this.#settings.codec.decode(envelope.payload);
    } catch (error) {
      this.#owner.slotFreed(0);
      this.#dead(
        job,
        attempt,
        `its payload cannot be decoded (${error instanceof Error ? error.name : 'unknown error'})`,
      );
      return;
    }
    const run = new Run(job, attempt, attempts, data, this.#settings, this.#clock, this);
    run.renewedAt = grantedAt;
    this.#running.add(run);
    run.start(this.#handler.run);
  }

  /** Gives a granted job back that was not started. */
  giveBack(job: HeldJob, attempt: number): void {
    job.state = 'running';
    this.#settle(job, attempt, { kind: 'again', ms: 0, counts: false });
  }

  /** Milliseconds since a run was started last; for as long nothing has ended, if all slots are taken. */
  get youngestMs(): number {
    let youngest = Infinity;
    const now = this.#clock.monotonic();
    for (const run of this.#running) youngest = Math.min(youngest, now - run.startedAt);
    return youngest;
  }

  /** Renews what is old enough. Never rejects. */
  async renew(): Promise<void> {
    if (this.#renewing) return;
    const now = this.#clock.monotonic();
    const old = [...this.#running].filter((run) => now - run.renewedAt >= this.#holder.leaseMs / RENEW_PARTS);
    if (old.length === 0) return;
    this.#renewing = true;
    let answered = false;
    try {
      const requests = old.map(({ job, attempt }) => ({ key: job.key, attempt }));
      const held = await this.#store.renew(this.#settings.name, this.#holder, requests);
      old.forEach((run, at) => {
        if (held[at] === true) run.renewedAt = now;
        else this.#loseLease(run);
      });
      answered = true;
    } catch {
      // Nobody can take the job over while the store is away; the next beat tries again.
      this.#owner.storeFailed();
    }
    this.#renewing = false;
    // The answer may have taken long; what became old meanwhile must not wait for the next beat.
    if (answered) await this.renew();
  }

  /** The claim store answers again: tells it what it has not heard. */
  settleAgain(): void {
    const again = this.#unsettled;
    this.#unsettled = [];
    for (const request of again) this.#settles.add(request);
  }

  /** The shutdown deadline is over: fires every signal and gives the jobs back. */
  giveUp(): number {
    const count = this.#running.size;
    for (const run of [...this.#running]) {
      run.abort(
        new DqShutdownError('The application is closing and the shutdown deadline is over; the job was given back.'),
      );
      run.end({ kind: 'given-back' });
    }
    this.#stopped = true;
    return count;
  }

  ended(run: Run, outcome: RunOutcome): void {
    this.#running.delete(run);
    this.#owner.slotFreed(this.#clock.monotonic() - run.startedAt);
    const { job, attempt, attempts } = run;
    switch (outcome.kind) {
      case 'completed':
        this.#settle(job, attempt, DONE);
        break;
      case 'again':
        this.#settle(job, attempt, { kind: 'again', ms: outcome.ms, counts: false });
        break;
      case 'given-back':
        this.giveBack(job, attempt);
        break;
      case 'given-up':
        this.#dead(job, attempt, `the handler gave it up: ${faultText(outcome.error)}`, outcome.error);
        break;
      case 'failed':
        if (attempt >= attempts)
          this.#dead(
            job,
            attempt,
            `attempt ${attempt} of ${attempts} failed: ${faultText(outcome.error)}`,
            outcome.error,
          );
        else this.#retry(job, attempt, outcome.error);
    }
  }

  endedLate({ id, attempt }: Run, ms: number): void {
    if (this.#stopped) return;
    this.#report({ type: 'result-late', tube: this.#settings.name, id, attempt, lateMs: Math.round(ms) });
  }

  /** Ends a job that came too late for it to matter. */
  #expired(job: HeldJob, attempt: number): boolean {
    const expires = job.header.expires ?? this.#settings.expires;
    const lateMs = this.#clock.now() - job.dueMs;
    if (expires === undefined || job.revived || expires.action === 'run' || lateMs <= expires.afterMs) return false;
    if (expires.action === 'bury')
      this.#dead(job, attempt, `it came ${lateMs} ms late and expired after ${expires.afterMs} ms`);
    else {
      this.#report({ type: 'job-skipped', tube: this.#settings.name, id: job.id, lateMs });
      this.#settle(job, attempt, DONE);
    }
    return true;
  }

  #loseLease(run: Run): void {
    if (run.over) return;
    run.renewedAt = Infinity;
    run.abort(
      new DqLeaseLostError(
        `The lease of job ${run.id} was lost; another consumer may run it. This run's result will be refused.`,
      ),
    );
  }

  #retry(job: HeldJob, attempt: number, error: unknown): void {
    const { backoff } = job.header;
    const rule = backoff === undefined ? this.#settings.backoff : ruleOf(backoff);
    const ms = rule(attempt, error, this.#random);
    this.#report({ type: 'job-failed', ...this.#about(job), attempt, retryMs: ms, error });
    this.#settle(job, attempt, { kind: 'again', ms, counts: true });
  }

  #dead(job: HeldJob, attempt: number, reason: string, error?: unknown): void {
    this.#report({ type: 'job-dead', ...this.#about(job), attempt, reason, error });
    this.#settle(job, attempt, { kind: 'dead', reason });
  }

  #about({ id }: HeldJob): { readonly tube: string; readonly id: string; readonly handler: string } {
    return { tube: this.#settings.name, id, handler: this.#handler.name };
  }

  #settle(job: HeldJob, attempt: number, outcome: SettleOutcome): void {
    this.#untold++;
    this.#settles.add({ job, key: job.key, attempt, outcome, copies: job.copiesAsked });
  }

  #answered(request: Unsettled, result: boolean | undefined, error: unknown): void {
    if (error !== undefined) {
      if (!this.#stopped) this.#unsettled.push(request);
      this.#owner.storeFailed();
      return;
    }
    this.#untold--;
    if (result === true) this.#owner.settled(request.job, request.outcome);
    else {
      this.#report({ type: 'result-refused', tube: this.#settings.name, id: request.job.id, attempt: request.attempt });
      this.#owner.refused(request.job);
    }
  }
}

const DONE: SettleOutcome = { kind: 'done' };
