import type { ExtraRun, KnownSchedules, ScheduleWithLast } from '../cron/known-schedules.js';
import type { DqSchedule } from '../cron/schedule.js';
import type { DqScheduler } from '../cron/scheduler.js';
import { DqScheduleError } from '../core/errors/argument.errors.js';
import type { DqRuntime } from '../core/runtime.js';
import { Refusal } from './failure.js';
import { inOneLook } from './in-one-look.js';
import { rhythmInWords } from './rhythm-words.js';
import { type Run, RunOutcomes } from './run-outcomes.js';
import { Shared } from './shared.js';
import type { ScheduleRow, ScheduleRun, SchedulesView } from './wire.js';

/** How the module finds what `nestjs-dq/cron` has; undefined where the application has no recurring jobs. */
export interface Cron {
  readonly scheduler: DqScheduler;
  readonly known: KnownSchedules;
  readonly preview: typeof DqScheduler.preview;
}

const LIST_MS = 500;
const MOST_ROWS = 500;
const MOST_NEXT = 5;

/** The recurring jobs of all tubes. */
export class SchedulesViews extends Shared<SchedulesView> {
  readonly #runtime: DqRuntime;
  readonly #cron: (() => Cron) | undefined;
  readonly #outcomes: RunOutcomes;
  /** The last run of each that was asked for here. */
  readonly #byHand = new Map<string, ExtraRun>();

  constructor(runtime: DqRuntime, cron: (() => Cron) | undefined) {
    super(runtime.parts.clock);
    this.#runtime = runtime;
    this.#cron = cron;
    this.#outcomes = new RunOutcomes(runtime);
  }

  /** @throws Refusal where the application has none */
  get cron(): Cron {
    if (this.#cron !== undefined) return this.#cron();
    throw new Refusal(404, 'NO_SCHEDULES', 'This application has no recurring jobs: DqCronModule is not in it.');
  }

  /** One run more. False where there is no such schedule. */
  async runNow(name: string): Promise<boolean> {
    const run = await this.cron.known.runNow(name);
    if (run === undefined) return false;
    this.#byHand.delete(name);
    this.#byHand.set(name, run);
    const [oldest] = this.#byHand.keys();
    if (this.#byHand.size > MOST_ROWS && oldest !== undefined) this.#byHand.delete(oldest);
    return true;
  }

  protected override async look(): Promise<SchedulesView> {
    const { cron } = this;
    const { clock } = this.#runtime.parts;
    const found: ScheduleWithLast[] = [];
    let isOver = false;
    const listed = (async () => {
      for await (const schedule of cron.known.list()) {
        if (isOver || found.length === MOST_ROWS) return false;
        found.push(schedule);
      }
      return true;
    })();
    let hasFailed = false;
    listed.catch(() => (hasFailed = true));
    const [all] = await inOneLook(clock, LIST_MS, [listed]);
    isOver = true;
    // With its failure, where that is all that is known.
    if (hasFailed && found.length === 0) await listed;
    const runs = found.map((one) => [lastOf(one), this.#byHand.get(one.schedule.name)] as const);
    const outcomes = await this.#outcomes.look(runs.flat().filter((run) => run !== undefined));
    const shown = (run: Run | undefined): ScheduleRun | null =>
      run === undefined
        ? null
        : { at: +run.at, id: run.id, handle: run.handle ?? null, outcome: outcomes.get(run.id) ?? null };
    const rows = found.map(({ schedule }, at) => rowOf(schedule, cron, shown(runs[at]?.[0]), shown(runs[at]?.[1])));
    return { at: clock.now(), schedules: rows, more: all?.value !== true };
  }
}

function lastOf({ schedule: { tube, last: at }, lastId: id }: ScheduleWithLast): Run | undefined {
  return at !== undefined && id !== undefined ? { tube, id, at } : undefined;
}

function rowOf(schedule: DqSchedule, cron: Cron, last: ScheduleRun | null, byHand: ScheduleRun | null): ScheduleRow {
  const { name, tube, timeZone, paused, missed = 'once', overlap = 'allow' } = schedule;
  const pattern = String(schedule.cron ?? schedule.every ?? schedule.afterEnd ?? '');
  return {
    name,
    tube,
    rhythm: rhythmInWords(schedule) ?? `by the pattern ${pattern}`,
    pattern,
    timeZone: timeZone ?? null,
    paused,
    missed,
    overlap,
    last,
    byHand,
    next: nextOf(schedule, cron),
  };
}

/** The one that is written, and those that would follow. */
function nextOf({ next, cron, timeZone, every, startAt, endAt }: DqSchedule, { preview }: Cron): readonly number[] {
  if (next === undefined) return [];
  // What comes after the end of a run nobody knows before.
  const times = cron !== undefined ? { cron } : every !== undefined ? { every } : undefined;
  if (times === undefined) return [+next];
  try {
    const more = preview(times, { timeZone, startAt, endAt, from: next, count: MOST_NEXT - 1 });
    return [+next, ...more.map(Number)];
  } catch (error) {
    // Its time zone is known to those who run it, and not here.
    if (error instanceof DqScheduleError) return [+next];
    throw error;
  }
}
