import { join } from 'node:path';
import { AppProcess } from '../../harness/app-process.mjs';
import type { DqOptions, DqRunOptions } from '../../lib/core/options/dq-options.js';
import { until, type WaitOptions } from './wait.js';

/** The payload of a job for a {@link ConsumerProcess}: what its handler is to do. */
export interface Work {
  /** Tells the jobs of a test apart. */
  readonly name: string;
  /**
   * Default: return at once. `die`: the process kills itself. `fail-first`: the first attempt throws. `block`: the event loop
   * stands still for `ms`. `take`: it takes `ms`. `wait`: until `finish(name)`; the signal is only told.
   */
  readonly act?: 'die' | 'fail-first' | 'block' | 'take' | 'wait';
  readonly ms?: number;
}

export interface ConsumerSetup {
  readonly options: DqOptions;
  readonly tubes: readonly string[];
  /** Undefined: it only schedules. */
  readonly own: DqRunOptions | undefined;
}

/** Calls of `upsert`: of each key, in rounds, all keys of a round at once. */
export interface Upserts {
  readonly tube: string;
  readonly keys: readonly string[];
  readonly rounds: number;
  readonly delay: number;
  /** Tells the payloads of a process apart. */
  readonly name: string;
}

export type ConsumerOrder =
  | { readonly type: 'finish'; readonly name: string }
  | ({ readonly type: 'upsert' } & Upserts)
  | { readonly type: 'close' };

interface RunOf {
  readonly name: string;
  readonly id: string;
  readonly attempt: number;
}

export type ConsumerReport =
  | { readonly type: 'running' | 'closed' }
  | ({ readonly type: 'started'; readonly dueMs: number; readonly atMs: number } & RunOf)
  | ({ readonly type: 'finished' } & RunOf)
  | ({ readonly type: 'aborted'; readonly reason: string } & RunOf)
  | { readonly type: 'round'; readonly name: string; readonly round: number; readonly outcomes: readonly string[] }
  | { readonly type: 'event'; readonly event: string; readonly text: string };

export type Started = Extract<ConsumerReport, { type: 'started' }>;

/** A consumer or a producer in a process of its own, which may be killed between any two steps. Handlers do what {@link Work} says. */
export class ConsumerProcess extends AppProcess<ConsumerReport> {
  /** Resolves when its consumers have been started; that they have reached the nodes shows with their first job. */
  static async start(setup: ConsumerSetup): Promise<ConsumerProcess> {
    const script = join(import.meta.dirname, 'consumer-script.ts');
    const consumer = new ConsumerProcess({ name: 'the consumer process', script });
    consumer.tell(setup);
    await consumer.told(() => consumer.messages.some(({ type }) => type === 'running'), { what: 'being started' });
    return consumer;
  }

  /** Runs that were begun, in order. */
  get started(): Started[] {
    return this.messages.filter((report) => report.type === 'started');
  }

  /** Waits until a job of that name was begun for the `count`th time here. */
  async begins(name: string, count = 1, options: WaitOptions = {}): Promise<Started> {
    const runs = (): Started[] => this.started.filter((run) => run.name === name);
    return until(() => runs()[count - 1], { what: `run ${count} of ${name}`, timeout: 20_000, ...options });
  }

  /** Lets a handler that was told to `wait` return. */
  finish(name: string): void {
    this.tell({ type: 'finish', name } satisfies ConsumerOrder);
  }

  upsert(calls: Upserts): void {
    this.tell({ type: 'upsert', ...calls } satisfies ConsumerOrder);
  }

  /** What its calls of one round came to: outcomes, or codes of errors. */
  async round(name: string, round: number, options: WaitOptions = {}): Promise<readonly string[]> {
    const rounds = () => this.messages.filter((report) => report.type === 'round');
    const report = await until(() => rounds().find((one) => one.name === name && one.round === round), {
      what: `round ${round} of ${name}`,
      timeout: 20_000,
      ...options,
    });
    return report.outcomes;
  }

  /** Closes the runtime; `ended` tells when the process has ended. */
  close(): void {
    this.tell({ type: 'close' } satisfies ConsumerOrder);
  }
}
