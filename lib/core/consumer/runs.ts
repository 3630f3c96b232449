import {
  type HistoryEntry,
  type HistoryOutcome,
  LONGEST_HISTORY_ERROR,
  type SettleOutcome,
} from '../claims/claim-store.js';
import { DqShutdownError } from '../errors/run.errors.js';
import { faultText, nameOf } from '../errors/shown.js';
import { ruleOf } from '../wire/backoff.js';
import type { Expiry } from '../wire/expiry.js';
import { decodePayload } from '../wire/codec.js';
import type { HeldJob } from './held-job.js';
import { Leases } from './leases.js';
import type { RunOutcome } from './outcome.js';
import { Run, type RunOwner } from './run.js';
import { Settlements, type SettlementsOwner } from './settlements.js';
import { Slots } from './slots.js';
import type { TubeParts } from './tube-parts.js';

type RunsParts = Omit<TubeParts, 'cluster'>;

/** What becomes of a run and of its job. */
export interface RunsOwner extends SettlementsOwner {
  /** A handler ended; its slot is free. */
  slotFreed(tookMs: number): void;
}

/**
 * The runs of one tube in this process: started when a claim is granted, renewed while they last, settled when they end.
 */
export class Runs implements RunOwner {
  /** Those that are taken, and by what. */
  readonly slots: Slots;
  readonly #settlements: Settlements;
  readonly #leases: Leases;
  readonly #parts: RunsParts;
  readonly #owner: RunsOwner;
  #stopped = false;

  constructor(parts: RunsParts, owner: RunsOwner) {
    this.#parts = parts;
    this.#owner = owner;
    this.slots = new Slots(parts);
    this.#settlements = new Settlements(parts, owner);
    this.#leases = new Leases(parts, this.slots.running, () => owner.storeFailed());
  }

  get running(): number {
    return this.slots.running.size;
  }

  /** Results that the claim store has not acknowledged. */
  get untold(): number {
    return this.#settlements.untold;
  }

  /** True when no handler runs and every outcome has been settled. */
  get idle(): boolean {
    return this.running === 0 && this.#settlements.idle;
  }

  /**
   * Begins an attempt whose claim was sent at `sentAt`, of the monotonic clock: its lease began no earlier. False when that is longer ago than it
   * is good for, in which nothing was done. This is the only way to a handler.
   */
  start(job: HeldJob, attempt: number, sentAt: number, goodMs: number): boolean {
    const { envelope, header } = job;
    const attempts = header.attempts ?? this.#parts.settings.attempts;
    if (attempt > attempts) {
      this.#owner.slotFreed(0);
      this.#dead(job, attempt, `its consumers died in each of ${attempts} attempt(s)`);
      return true;
    }
    if (this.#expired(job, attempt)) {
      this.#owner.slotFreed(0);
      return true;
    }
    let data: unknown;
    try {
      data = decodePayload(this.#parts.settings.codec, envelope.payload, header.raw);
    } catch (error) {
      this.#owner.slotFreed(0);
      this.#dead(job, attempt, `its payload cannot be decoded (${nameOf(error)})`);
      return true;
    }
    // A codec is the user's, and may take any time.
    if (this.#parts.clock.monotonic() - sentAt > goodMs) return false;
    const run = new Run(job, attempt, attempts, data, this.#parts.settings, this.#parts.clock, this);
    run.renewedAt = sentAt;
    this.slots.take(run);
    if (this.#parts.wanted['job-started'])
      this.#parts.report({ type: 'job-started', ...this.#about(job), attempt, lateMs: this.#lateMs(job) });
    run.start(this.#parts.handler.run);
    return true;
  }

  /** Gives a granted job back that was not started, to be tried in `ms`. */
  giveBack(job: HeldJob, attempt: number, ms = 0): void {
    this.#settlements.add(job, attempt, { kind: 'again', ms, counts: false });
  }

  /** Renews the leases that are old enough. Never rejects. */
  renew(): Promise<void> {
    return this.#leases.renew();
  }

  /** Renews all leases: the claim store may have lost them. @throws DqClaimStoreError */
  tellAgain(): Promise<void> {
    return this.#leases.tellAgain();
  }

  /** The claim store answers again: tells it what it has not heard. */
  settleAgain(): void {
    this.#settlements.again();
  }

  /** The shutdown deadline is over: fires every signal and gives the jobs back. */
  giveUp(): number {
    const count = this.running;
    for (const run of [...this.slots.running]) {
      run.abort(
        new DqShutdownError('The application is closing and the shutdown deadline is over; the job was given back.'),
      );
      run.end({ kind: 'given-back' });
    }
    this.#stopped = true;
    return count;
  }

  ended(run: Run, outcome: RunOutcome): void {
    const tookMs = this.slots.free(run);
    this.#owner.slotFreed(tookMs);
    const { job, attempt, attempts } = run;
    switch (outcome.kind) {
      case 'completed':
        if (this.#parts.wanted['job-completed'])
          this.#parts.report({ type: 'job-completed', ...this.#about(job), attempt, ...this.#times(job, tookMs) });
        this.#settlements.add(job, attempt, DONE, this.#entry(job, 'done', tookMs));
        break;
      case 'again':
        this.#again(job, attempt, outcome.ms, tookMs);
        break;
      case 'given-back':
        this.giveBack(job, attempt);
        break;
      case 'given-up':
        this.#dead(job, attempt, `the handler gave it up: ${faultText(outcome.error)}`, tookMs, outcome.error);
        break;
      case 'failed':
        if (attempt >= attempts)
          this.#dead(
            job,
            attempt,
            `attempt ${attempt} of ${attempts} failed: ${faultText(outcome.error)}`,
            tookMs,
            outcome.error,
          );
        else this.#retry(job, attempt, tookMs, outcome.error);
    }
  }

  endedLate({ id, attempt }: Run, ms: number): void {
    if (this.#stopped) return;
    this.#parts.report({ type: 'result-late', tube: this.#parts.settings.name, id, attempt, lateMs: Math.round(ms) });
  }

  /** Ends a job that came too late for it to matter. */
  #expired(job: HeldJob, attempt: number): boolean {
    const expires = this.#expiryOf(job);
    const lateMs = this.#lateMs(job);
    if (expires === undefined || job.revived || expires.action === 'run' || lateMs <= expires.afterMs) return false;
    if (expires.action === 'bury')
      this.#dead(job, attempt, `it came ${lateMs} ms late and expired after ${expires.afterMs} ms`);
    else {
      this.#parts.report({ type: 'job-skipped', tube: this.#parts.settings.name, id: job.id, lateMs });
      this.#settlements.add(job, attempt, DONE, this.#entry(job, 'skipped', 0));
    }
    return true;
  }

  #lateMs({ askedMs, dueMs }: HeldJob): number {
    return this.#parts.clock.now() - (askedMs ?? dueMs);
  }

  #expiryOf({ header }: HeldJob): Expiry | undefined {
    return header.expires ?? this.#parts.settings.expires;
  }

  /** The handler has put it off. Where the job can expire, it is remembered until when: that is its due time now. */
  #again(job: HeldJob, attempt: number, ms: number, tookMs: number): void {
    if (this.#parts.wanted['job-again'])
      this.#parts.report({ type: 'job-again', ...this.#about(job), attempt, againMs: ms });
    const again = { kind: 'again', ms, counts: false } as const;
    const outcome = this.#expiryOf(job) === undefined ? again : { ...again, asked: true as const };
    this.#settlements.add(job, attempt, outcome, this.#entry(job, 'again', tookMs));
  }

  #retry(job: HeldJob, attempt: number, tookMs: number, error: unknown): void {
    const { backoff } = job.header;
    const rule = backoff === undefined ? this.#parts.settings.backoff : ruleOf(backoff);
    const ms = rule(attempt, error, this.#parts.random);
    const times = this.#times(job, tookMs);
    this.#parts.report({ type: 'job-failed', ...this.#about(job), attempt, retryMs: ms, error, ...times });
    const entry = this.#entry(job, 'retrying', tookMs, faultText(error));
    this.#settlements.add(job, attempt, { kind: 'again', ms, counts: true }, entry);
  }

  #dead(job: HeldJob, attempt: number, reason: string, tookMs = 0, error?: unknown): void {
    const times = this.#times(job, tookMs);
    this.#parts.report({ type: 'job-dead', ...this.#about(job), attempt, reason, error, ...times });
    this.#settlements.add(job, attempt, { kind: 'dead', reason }, this.#entry(job, 'dead', tookMs, reason));
  }

  /** What a history is told of an attempt that has ended just now. */
  #entry(job: HeldJob, outcome: HistoryOutcome, tookMs: number, error = ''): HistoryEntry | undefined {
    if (this.#parts.settings.history === undefined) return undefined;
    const [line = ''] = error.slice(0, LONGEST_HISTORY_ERROR).split(/[\r\n]/, 1);
    return { id: job.id, outcome, lateMs: this.#lateMs(job) - tookMs, tookMs, error: line };
  }

  /** Of an attempt that has ended just now. */
  #times(job: HeldJob, ms: number): { readonly tookMs: number; readonly lateMs: number } {
    const tookMs = Math.round(ms);
    return { tookMs, lateMs: Math.max(0, this.#lateMs(job) - tookMs) };
  }

  #about({ id }: HeldJob): { readonly tube: string; readonly id: string; readonly handler: string } {
    return { tube: this.#parts.settings.name, id, handler: this.#parts.handler.name };
  }
}

const DONE: SettleOutcome = { kind: 'done' };
