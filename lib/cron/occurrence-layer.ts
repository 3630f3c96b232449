import type { ScheduleClaims, ScheduleStepped, ScheduleTurn } from '../core/claims/schedule-claims.js';
import { type DqJob, HandedJob } from '../core/consumer/dq-job.js';
import { DqAgain, outcomeOfError, outcomeOfResult, type RunOutcome } from '../core/consumer/outcome.js';
import { DqClaimStoreError } from '../core/errors/connection.errors.js';
import type { DqLayerHost } from '../core/layers/layer.js';
import type { DqRuntime } from '../core/runtime.js';
import type { ScheduleHeader } from '../core/wire/schedule-header.js';
import { DqLayer } from '../nest/dq-layer.decorator.js';
import { definitionText } from './definition.js';
import { type DefinedSchedule, nextTurn, type Schedules } from './schedules.js';
import { type Plan, planOf } from './spec/missed.js';
import { rhythmOf, type Spec } from './spec/spec.js';

/** Outside of the layers of users: what is not run is not seen there. */
const ORDER = -900;
/** The store did not answer: nothing was begun. */
const ASK_AGAIN_MS = 1_000;

/**
 * Goes on with a schedule whenever one of its occurrences is granted: the next one is written beside the running handler, and the job is
 * over only when both are. So a consumer that dies leaves a job behind that does it again.
 */
@DqLayer({ order: ORDER })
export class OccurrenceLayer implements DqLayerHost {
  readonly #runtime: DqRuntime;
  readonly #schedules: Schedules;

  constructor(runtime: DqRuntime, schedules: Schedules) {
    this.#runtime = runtime;
    this.#schedules = schedules;
  }

  job(job: DqJob, next: () => Promise<unknown>): Promise<unknown> {
    const held = HandedJob.attemptOf(job)?.job;
    if (held?.header.schedule === undefined) return next();
    const { schedule, ...header } = held.header;
    const { name, mark, rev } = schedule;
    const definition = { spec: schedule.spec as Spec, payload: held.envelope.payload, header };
    const of = { tube: job.tube, name, mark, rev, definition };
    return new Step(this.#runtime, this.#schedules, job, schedule, of).go(next);
  }
}

/** One attempt of an occurrence. */
class Step {
  readonly #runtime: DqRuntime;
  readonly #schedules: Schedules;
  readonly #job: DqJob;
  readonly #header: ScheduleHeader;
  readonly #of: DefinedSchedule;

  constructor(runtime: DqRuntime, schedules: Schedules, job: DqJob, header: ScheduleHeader, of: DefinedSchedule) {
    this.#runtime = runtime;
    this.#schedules = schedules;
    this.#job = job;
    this.#header = header;
    this.#of = of;
  }

  async go(next: () => Promise<unknown>): Promise<unknown> {
    const { spec } = this.#of.definition;
    const { slot, missed, extra, last } = this.#header;
    let answer: ScheduleStepped;
    let plan: Plan;
    try {
      const now = await this.#now();
      plan = planOf(spec, slot, now, missed > 0);
      // Whether it runs decides what comes next.
      const looks = extra === true || plan.inOrder || spec.overlap === 'skip';
      const unless = spec.overlap === 'skip' ? last : undefined;
      answer = await this.#step(looks ? undefined : this.#after(plan, plan.runs), unless);
      const { state, fresh } = answer;
      if (state === 'superseded') return undefined;
      if (looks && extra === undefined && !(plan.inOrder && state === 'go')) {
        if (spec.afterEndMs !== undefined) plan = { ...plan, nextMs: rhythmOf(spec).next(now) };
        answer = { ...(await this.#step(this.#after(plan, plan.runs && state === 'go'))), state, fresh };
      }
    } catch (error) {
      if (error instanceof DqClaimStoreError) return new DqAgain(ASK_AGAIN_MS);
      throw error;
    }
    if (extra === true) return next();
    const inOrder = plan.inOrder && answer.state === 'go';
    const writing = inOrder ? Promise.resolve() : this.#write(answer, plan);
    // It is waited for below; until then a rejection must not end the process.
    writing.catch(() => {});
    const runs = answer.state === 'go' && (plan.runs || !(answer.fresh || answer.write));
    if (!runs) {
      const { tube, name } = this.#of;
      if (plan.told && answer.fresh && answer.state === 'go')
        this.#runtime.parts.report({ type: 'schedule-missed', tube, name, missed: plan.missed });
      await writing;
      return undefined;
    }
    try {
      return await (inOrder ? this.#inOrder(next) : next());
    } finally {
      await writing;
    }
  }

  /** The next one is known, or may run, only when this one has ended. */
  async #inOrder(next: () => Promise<unknown>): Promise<unknown> {
    let outcome: RunOutcome;
    let end: () => unknown;
    try {
      const result = await next();
      outcome = outcomeOfResult(result);
      end = () => result;
    } catch (error) {
      outcome = outcomeOfError(error);
      end = () => {
        throw error;
      };
    }
    const retries = outcome.kind === 'failed' && this.#job.attempt < this.#job.attempts;
    if (retries || outcome.kind === 'again' || outcome.kind === 'given-back') return end();
    const { signal } = this.#job;
    for (;;) {
      signal.throwIfAborted();
      try {
        const { spec } = this.#of.definition;
        const after = spec.afterEndMs === undefined ? this.#header.slot : await this.#now();
        const slotMs = rhythmOf(spec).next(after);
        const plan: Plan = { runs: true, nextMs: slotMs, missed: 0, inOrder: true, told: false };
        const answer = await this.#step(this.#after(plan, true));
        await this.#write(answer, plan);
        return end();
      } catch (error) {
        if (!(error instanceof DqClaimStoreError)) throw error;
        await this.#schedules.wait(signal);
      }
    }
  }

  #step(next: ScheduleTurn | 'none' | undefined, last?: number): Promise<ScheduleStepped> {
    const { name, mark, rev, slot, run, missed, last: lastMs } = this.#header;
    const turn = { slotMs: slot, dueMs: this.#job.dueAt.getTime(), run, missed, lastMs };
    const text = definitionText(this.#of.definition);
    const unlessRunning = last === undefined ? undefined : this.#schedules.keyOf(this.#of, last);
    return this.#registry.step(this.#of.tube, { name, mark, rev, text, turn, next, unlessRunning });
  }

  /** What comes behind this one; `'none'` where the schedule ends with it. */
  #after({ nextMs, missed }: Plan, runs: boolean): ScheduleTurn | 'none' {
    const { slot, last } = this.#header;
    const run = this.#header.run + (runs ? 1 : 0);
    return nextTurn(this.#of, { slotMs: nextMs, run, missed, lastMs: runs ? slot : last });
  }

  /** Rejects only when this attempt is over. */
  async #write({ write, fresh, turn }: ScheduleStepped, plan: Plan): Promise<void> {
    const { signal, attempt } = this.#job;
    if (write && turn !== undefined) await this.#schedules.insist(this.#of, turn, signal);
    // The registry was made anew while runs were being caught up with: those in between are in nobody's hands.
    else if (!fresh && attempt === 1 && plan.nextMs !== undefined && turn !== undefined && plan.nextMs < turn.slotMs) {
      const between = this.#after(plan, plan.runs);
      if (between !== 'none') await this.#schedules.insist(this.#of, between, signal, false);
    }
  }

  #now(): Promise<number> {
    return this.#registry.now(this.#of.tube);
  }

  get #registry(): ScheduleClaims {
    return this.#runtime.parts.store.schedules;
  }
}
