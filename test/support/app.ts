import type { Handler } from '../../lib/core/consumer/run.js';
import type { DqEvent, DqEventType } from '../../lib/core/base/events.js';
import type { DqOptions, DqRunOptions } from '../../lib/core/options/dq-options.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import type { DqProducer } from '../../lib/core/producer/producer.js';
import { DqRuntime } from '../../lib/core/runtime.js';
import { Recorder, until, type WaitOptions } from './wait.js';

/** One attempt of a handler, as it began. */
export interface RunRecord {
  readonly tube: string;
  readonly id: string;
  readonly data: unknown;
  readonly attempt: number;
  readonly dueMs: number;
  readonly atMs: number;
}

export type EventOf<Type extends DqEventType> = Extract<DqEvent, { type: Type }>;

/** An application's queue in this process. Two of them are two consumers, as if they were two processes. */
export class App {
  readonly runtime: DqRuntime;
  readonly events: DqEvent[] = [];
  readonly runs = new Recorder<RunRecord>();

  constructor(options: DqOptions) {
    this.runtime = new DqRuntime(resolveOptions(options), { report: (event) => this.events.push(event) });
  }

  producer<T = unknown>(tube?: string): DqProducer<T> {
    return this.runtime.producer<T>(tube);
  }

  /** Handles the tube: each run is recorded, then `handler` decides its outcome. */
  handle(tube: string, handler: Handler = () => undefined, own: DqRunOptions = {}): this {
    const recorded: Handler = (data, job) => {
      const { id, attempt } = job;
      this.runs.add({ tube, id, data, attempt, dueMs: job.dueAt.getTime(), atMs: Date.now() });
      return handler(data, job);
    };
    this.runtime.handle(tube, recorded, own);
    return this;
  }

  /** Handles the tube from now on. */
  consume(tube: string, handler?: Handler, own?: DqRunOptions): this {
    return this.handle(tube, handler, own).start();
  }

  start(): this {
    this.runtime.start();
    return this;
  }

  async close(): Promise<void> {
    await this.runtime.close();
  }

  eventsOf<Type extends DqEventType>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type);
  }

  /** Waits for the `count`th event of that type. */
  async event<Type extends DqEventType>(type: Type, count = 1, options: WaitOptions = {}): Promise<EventOf<Type>> {
    return until(() => this.eventsOf(type)[count - 1], { what: `event ${count} of ${type}`, ...options });
  }
}
