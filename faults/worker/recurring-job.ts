import { setTimeout as sleep } from 'node:timers/promises';
import type { DqJob } from '../../lib/core/consumer/dq-job.js';
import type { DqRunOptions } from '../../lib/core/options/dq-options.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import { definitionOf } from '../../lib/cron/definition.js';
import { OccurrenceLayer } from '../../lib/cron/occurrence-layer.js';
import { ScheduleWatch } from '../../lib/cron/schedule-watch.js';
import { Schedules } from '../../lib/cron/schedules.js';
import { readSpec } from '../../lib/cron/spec/spec.js';
import type { Recurring } from './messages.js';
import type { Telling } from './telling.js';

const NAME = 'tick';
/** Outside of all other layers, as the module has it. */
const ORDER = -900;

/** What a method with `@DqCron` is, without Nest: each of its runs is told. */
export class RecurringJob {
  readonly #runtime: DqRuntime;
  readonly #recurring: Recurring;
  readonly #telling: Telling;
  readonly #watch: ScheduleWatch;

  constructor(runtime: DqRuntime, recurring: Recurring, telling: Telling) {
    this.#runtime = runtime;
    this.#recurring = recurring;
    this.#telling = telling;
    const schedules = new Schedules(runtime);
    this.#watch = new ScheduleWatch(runtime, schedules);
    runtime.use(new OccurrenceLayer(runtime, schedules), ORDER);
  }

  handle(own: DqRunOptions): void {
    this.#runtime.handle(this.#recurring.tube, (_data, job) => this.#run(job), own);
  }

  start(): void {
    const { tube, fromMs, toMs, everyMs } = this.#recurring;
    const spec = readSpec({ every: everyMs, startAt: fromMs, endAt: toMs, missed: 'all' }, NAME);
    this.#watch.start([{ tube, name: NAME, definition: definitionOf(spec, 'null') }]);
  }

  stop(): Promise<void> {
    return this.#watch.stop();
  }

  async #run({ id, attempt, dueAt, schedule, signal }: DqJob): Promise<void> {
    const { fromMs, everyMs, takesMs } = this.#recurring;
    const { name: by } = this.#telling;
    const seq = (Number(schedule?.slot) - fromMs) / everyMs;
    this.#telling.happened({ kind: 'start', by, seq, id, attempt, dueMs: dueAt.getTime(), intact: true });
    signal.addEventListener('abort', () => {
      this.#telling.happened({ kind: 'aborted', by, seq, attempt, reason: (signal.reason as Error).name });
    });
    await sleep(takesMs);
    this.#telling.happened({ kind: 'end', by, seq, attempt, outcome: 'ok' });
  }
}
