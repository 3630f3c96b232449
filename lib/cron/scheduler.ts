import { DqScheduleError } from '../core/errors/argument.errors.js';
import { shown } from '../core/errors/shown.js';
import { DqQuorumError } from '../core/errors/quorum.error.js';
import type { ScheduleClaims } from '../core/claims/schedule-claims.js';
import { knownKeys } from '../core/options/option-checks.js';
import { jobHeader } from '../core/producer/job-header.js';
import type { DqRuntime } from '../core/runtime.js';
import { encodePayload } from '../core/wire/codec.js';
import { checkPriority } from '../core/wire/priority.js';
import {
  type DqPreviewOptions,
  type DqScheduleOptions,
  PREVIEW_OPTIONS,
  SCHEDULE_OPTIONS,
  timesOf,
} from './cron-options.js';
import { definitionOf } from './definition.js';
import { KnownSchedules } from './known-schedules.js';
import { dateOf, type DqSchedule } from './schedule.js';
import type { Schedules } from './schedules.js';
import { checkScheduleName } from './spec/slot-name.js';
import { type DqScheduleTimes, moment, readSpec, rhythmOf } from './spec/spec.js';

/** What an upsert came to. `next`: undefined when the schedule has ended. */
export interface DqScheduleUpsert {
  readonly outcome: 'created' | 'changed' | 'unchanged';
  readonly next: Date | undefined;
}

const MOST_PREVIEWED = 1_000;

/**
 * Recurring jobs that are made at run time. A name means one schedule in all declared tubes. Of several calls at once for one name the last one
 * that reaches Redis holds. Each method rejects with DqClaimStoreError when Redis does not answer; all but `upsert` may be repeated then as they
 * are, and so may it.
 */
export class DqScheduler {
  readonly #runtime: DqRuntime;
  readonly #schedules: Schedules;
  readonly #known: KnownSchedules;
  readonly #cronTube: string | undefined;

  /** Made by `DqCronModule`; inject it rather than calling this. */
  constructor(runtime: DqRuntime, schedules: Schedules, cronTube: string | undefined) {
    this.#runtime = runtime;
    this.#schedules = schedules;
    this.#known = new KnownSchedules(runtime, schedules);
    this.#cronTube = cronTube;
  }

  /** The next slots of a pattern or other times. Asks nobody. @throws DqScheduleError, as `upsert` does */
  static preview(times: string | DqScheduleTimes, options: DqPreviewOptions = {}): Date[] {
    knownKeys(options, 'the options of a preview', PREVIEW_OPTIONS);
    const { from, count = 5, ...rules } = options;
    if (!Number.isInteger(count) || count < 1 || count > MOST_PREVIEWED)
      throw new DqScheduleError(`Expected count from 1 to ${MOST_PREVIEWED}, got ${shown(count)}.`);
    const rhythm = rhythmOf(readSpec({ ...rules, ...timesOf(times, 'a preview') }, 'a preview'));
    const slots: Date[] = [];
    const after = moment(from, 'from', 'a preview') ?? Date.now();
    for (let slot = rhythm.next(after); slot !== undefined && slots.length < count; slot = rhythm.next(slot))
      slots.push(new Date(slot));
    return slots;
  }

  /**
   * Makes a schedule, or changes the one of that name: the same options again change nothing, so that every process may call it at boot. Its jobs
   * are run by the `@DqHandler` of their tube, and `job.schedule` says of which schedule they are.
   * @throws DqScheduleError, DqOptionsError, DqPayloadError, DqBodyTooLargeError, DqHandlerError for a tube that is not declared, before anything is
   * written; DqQuorumError when too few nodes took the first occurrence, which is then written when they are back
   */
  async upsert<T = unknown>(name: string, options: DqScheduleOptions<T>): Promise<DqScheduleUpsert> {
    checkScheduleName(name);
    const where = `the schedule '${name}'`;
    knownKeys(options, `the options of ${where}`, SCHEDULE_OPTIONS);
    const { tube = this.#runtime.options.defaultTube, data = null, ...rest } = options;
    const settings = this.#runtime.requireTube(tube, where);
    if (settings.format === 'plain') throw new DqScheduleError(`Expected ${where} in a native tube, got "${tube}".`);
    if (tube === this.#cronTube) {
      throw new DqScheduleError(
        `Expected ${where} in a tube with a @DqHandler, got "${tube}", whose jobs are run by methods with @DqCron.`,
      );
    }
    const spec = readSpec(rest, where);
    if (rest.priority !== undefined) checkPriority(rest.priority);
    const payload = encodePayload(settings.codec, data, this.#runtime.context);
    const definition = definitionOf(spec, payload, jobHeader(rest, Buffer.isBuffer(data)));
    return this.#runtime.context.enter(async () => {
      const [answer] = await this.#schedules.put(tube, [{ tube, name, definition }]).catch(async (error: unknown) => {
        // It is there, and its first occurrence is written later.
        if (error instanceof DqQuorumError) await this.#removeElsewhere(tube, name);
        throw error;
      });
      await this.#removeElsewhere(tube, name, answer?.outcome === 'created');
      return { outcome: answer?.outcome ?? 'unchanged', next: dateOf(answer?.turn?.slotMs) };
    });
  }

  /**
   * Ends a schedule. No occurrence of it is begun from then on, also not one on a node that is away now; one that runs is left to end. False where
   * there was none. One of `@DqCron` comes back at the next boot: use `disabled`.
   */
  remove(name: string): Promise<boolean> {
    return this.#inAll(name, (tube) => this.#registry.remove(tube, name));
  }

  /** Until `resume`, its times go by without a run. False where there is none. */
  pause(name: string): Promise<boolean> {
    return this.#inAll(name, (tube) => this.#registry.pause(tube, name, true));
  }

  resume(name: string): Promise<boolean> {
    return this.#inAll(name, (tube) => this.#registry.pause(tube, name, false));
  }

  /** One run more, now, also of a schedule that is paused. False where there is none. @throws DqQuorumError */
  async runNow(name: string): Promise<boolean> {
    return (await this.#known.runNow(name)) !== undefined;
  }

  get(name: string): Promise<DqSchedule | undefined> {
    return this.#runtime.context.enter(() => this.#known.get(name));
  }

  /** All schedules, those of `@DqCron` too, in any order; of one tube, or of all. */
  async *list({ tube }: { readonly tube?: string | undefined } = {}): AsyncGenerator<DqSchedule, void, undefined> {
    const tubes = tube === undefined ? undefined : [this.#runtime.requireTube(tube, 'a list of schedules').name];
    for await (const { schedule } of this.#known.list(tubes)) yield schedule;
  }

  /** Where it is not `new`, a call before may have ended before it did that. */
  async #removeElsewhere(tube: string, name: string, isNew = false): Promise<void> {
    const others = this.#known.tubes.filter((one) => one !== tube);
    await Promise.all(
      others.map(async (one) => {
        if (isNew || (await this.#registry.get(one, name)) !== undefined) await this.#registry.remove(one, name);
      }),
    );
  }

  /** True when one of the tubes had it. */
  #inAll(name: string, act: (tube: string) => Promise<boolean>): Promise<boolean> {
    checkScheduleName(name);
    return this.#runtime.context.enter(async () => (await Promise.all(this.#known.tubes.map(act))).includes(true));
  }

  get #registry(): ScheduleClaims {
    return this.#runtime.parts.store.schedules;
  }
}
