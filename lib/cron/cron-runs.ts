import type { ModuleRef } from '@nestjs/core';
import type { DqJob } from '../core/consumer/dq-job.js';
import { DqAgain, DqGiveUp } from '../core/consumer/outcome.js';
import type { Handler } from '../core/consumer/run.js';
import type { DqRuntime } from '../core/runtime.js';
import { DqEnhancers } from '../nest/dq.enhancers.js';
import { DqHandlerFactory } from '../nest/dq.handler-factory.js';
import type { FoundCron } from './cron.explorer.js';

/** What a method with `@DqCron` gets. */
export interface DqOccurrence {
  /** Of the schedule. */
  readonly name: string;
  /** The moment that this run stands for. It may begin later. */
  readonly slot: Date;
  /** Runs that were left out before it, since no process was there; counted up to 1,000 or so. */
  readonly missed: number;
  /** The job that it is: attempt, signal and the like. */
  readonly job: DqJob;
}

/** For so long an occurrence without a method is kept: a deploy that goes through a fleet has both old and new processes. */
const DEPLOY_MS = 600_000;
const LOOK_AGAIN_MS = 5_000;

/** Calls the methods with `@DqCron` of an application. */
export class CronRuns {
  readonly #runtime: DqRuntime;
  readonly #moduleRef: ModuleRef;
  readonly #handlers = new Map<string, Handler>();
  #crons: ReadonlyMap<string, FoundCron> = new Map();

  constructor(runtime: DqRuntime, moduleRef: ModuleRef) {
    this.#runtime = runtime;
    this.#moduleRef = moduleRef;
  }

  /** @throws DqHandlerError for what stands around a method and cannot be applied */
  know(crons: readonly FoundCron[]): void {
    const enhancers = this.#moduleRef.get(DqEnhancers, { strict: false });
    for (const { handler } of crons) enhancers.wanted(handler);
    this.#crons = new Map(crons.map((cron) => [cron.name, cron]));
  }

  async run(_data: unknown, job: DqJob): Promise<unknown> {
    const { schedule, tube } = job;
    if (schedule === undefined) {
      throw new DqGiveUp(
        `tube "${tube}" runs methods with @DqCron, and this is no occurrence of one: schedule it in another tube`,
      );
    }
    const { name } = schedule;
    const cron = this.#crons.get(name);
    if (cron === undefined) return this.#unknown(job, name);
    if (cron.options.disabled === true) return void (await this.#remove(tube, name));
    const occurrence: DqOccurrence = { ...schedule, job };
    return this.#handlerOf(cron)(occurrence, job);
  }

  async #unknown(job: DqJob, name: string): Promise<DqAgain | undefined> {
    const { clock, report } = this.#runtime.parts;
    if (clock.now() - job.dueAt.getTime() < DEPLOY_MS) return new DqAgain(LOOK_AGAIN_MS);
    await this.#remove(job.tube, name);
    report({ type: 'schedule-unknown', tube: job.tube, name });
    return undefined;
  }

  #remove(tube: string, name: string): Promise<boolean> {
    return this.#runtime.parts.store.schedules.remove(tube, name);
  }

  /** Made when it first runs: what stands around all handlers is known only when all have booted. */
  #handlerOf({ name, handler: found }: FoundCron): Handler {
    let handler = this.#handlers.get(name);
    if (handler === undefined) {
      const factory = new DqHandlerFactory(this.#moduleRef.get(DqEnhancers, { strict: false }), this.#moduleRef);
      this.#handlers.set(name, (handler = factory.create(found)));
    }
    return handler;
  }
}
