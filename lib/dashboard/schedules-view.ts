import type { DqSchedule } from '../cron/schedule.js';
import type { DqScheduler } from '../cron/scheduler.js';
import type { DqRuntime } from '../core/runtime.js';
import { Refusal } from './failure.js';
import { inOneLook } from './in-one-look.js';
import { rhythmInWords } from './rhythm-words.js';
import { Shared } from './shared.js';
import type { ScheduleRow, SchedulesView } from './wire.js';

/** How the module finds what `nestjs-dq/cron` has; undefined where the application has no recurring jobs. */
export interface Cron {
  readonly scheduler: DqScheduler;
  readonly preview: typeof DqScheduler.preview;
}

const LIST_MS = 800;
const MOST_ROWS = 500;
const MOST_NEXT = 5;

/** The recurring jobs of all tubes. */
export class SchedulesViews {
  readonly #runtime: DqRuntime;
  readonly #cron: (() => Cron) | undefined;
  readonly #shared: Shared<SchedulesView>;

  constructor(runtime: DqRuntime, cron: (() => Cron) | undefined) {
    this.#runtime = runtime;
    this.#cron = cron;
    this.#shared = new Shared(runtime.parts.clock, () => this.#look());
  }

  /** @throws Refusal where the application has none */
  get cron(): Cron {
    if (this.#cron !== undefined) return this.#cron();
    throw new Refusal(404, 'NO_SCHEDULES', 'This application has no recurring jobs: DqCronModule is not in it.');
  }

  async show(): Promise<SchedulesView> {
    return this.#shared.get();
  }

  forget(): void {
    this.#shared.forget();
  }

  async #look(): Promise<SchedulesView> {
    const { cron } = this;
    const { clock } = this.#runtime.parts;
    const found: DqSchedule[] = [];
    let isOver = false;
    const listed = (async () => {
      for await (const schedule of cron.scheduler.list()) {
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
    const rows = found.map((schedule) => rowOf(schedule, cron));
    return { at: clock.now(), schedules: rows, more: all?.value !== true };
  }
}

function rowOf(schedule: DqSchedule, cron: Cron): ScheduleRow {
  const { name, tube, timeZone, paused, missed = 'once', overlap = 'allow', last } = schedule;
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
    last: last === undefined ? null : +last,
    next: nextOf(schedule, cron),
  };
}

/** The one that is written, and those that would follow. */
function nextOf({ next, cron, timeZone, every, startAt, endAt }: DqSchedule, { preview }: Cron): readonly number[] {
  if (next === undefined) return [];
  // What comes after the end of a run nobody knows before.
  const times = cron !== undefined ? { cron } : every !== undefined ? { every } : undefined;
  if (times === undefined) return [+next];
  const more = preview(times, { timeZone, startAt, endAt, from: next, count: MOST_NEXT - 1 });
  return [+next, ...more.map(Number)];
}
