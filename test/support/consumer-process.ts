import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { deathPrefix } from '../../scripts/death-prefix.mjs';
import { root } from '../../scripts/root.mjs';
import type { DqOptions, DqRunOptions } from '../../lib/core/options/dq-options.js';
import { until, type WaitOptions } from './wait.js';

/** The payload of a job for a {@link ConsumerProcess}: what its handler is to do. */
export interface Work {
  /** Tells the jobs of a test apart. */
  readonly name: string;
  /**
   * Default: return at once. `die`: the process kills itself. `fail-first`: the first attempt throws. `block`: the event loop
   * stands still for `ms`. `wait`: until `finish(name)`; the signal is only told.
   */
  readonly act?: 'die' | 'fail-first' | 'block' | 'wait';
  readonly ms?: number;
}

export interface ConsumerSetup {
  readonly options: DqOptions;
  readonly tubes: readonly string[];
  readonly own: DqRunOptions;
}

export type ConsumerOrder = { readonly type: 'finish'; readonly name: string } | { readonly type: 'close' };

export type ConsumerReport =
  | { readonly type: 'ready' | 'running' | 'closed' }
  | {
      readonly type: 'started';
      readonly name: string;
      readonly id: string;
      readonly attempt: number;
      readonly dueMs: number;
      readonly atMs: number;
    }
  | { readonly type: 'finished'; readonly name: string; readonly id: string; readonly attempt: number }
  | {
      readonly type: 'aborted';
      readonly name: string;
      readonly id: string;
      readonly attempt: number;
      readonly reason: string;
    }
  | { readonly type: 'event'; readonly event: string; readonly text: string };

export type Started = Extract<ConsumerReport, { type: 'started' }>;

/** A consumer in a process of its own, which can be killed and stopped like a machine. Handlers do what {@link Work} says. */
export class ConsumerProcess {
  readonly reports: ConsumerReport[] = [];
  readonly #child: ChildProcess;
  readonly #exited: Promise<number | null>;
  #gone = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code) => {
        this.#gone = true;
        resolve(code);
      });
    });
    child.on('message', (report: ConsumerReport) => this.reports.push(report));
  }

  /** Resolves when its consumers have been started; that they have reached the nodes shows with their first job. */
  static async start(setup: ConsumerSetup): Promise<ConsumerProcess> {
    const support = join(root, 'test', 'support');
    const [command, ...args] = [
      ...deathPrefix(),
      process.execPath,
      '--import',
      join(support, 'typescript-loader.mjs'),
      join(support, 'consumer-script.ts'),
    ];
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const consumer = new ConsumerProcess(child);
    await consumer.#seen('ready');
    child.send(setup);
    await consumer.#seen('running');
    return consumer;
  }

  get running(): boolean {
    return !this.#gone;
  }

  /** The code with which the process ended by itself, or null after a signal. */
  get exited(): Promise<number | null> {
    return this.#exited;
  }

  /** Runs that were begun, in order. */
  get started(): Started[] {
    return this.reports.filter((report) => report.type === 'started');
  }

  /** Waits until a job of that name was begun for the `count`th time here. */
  async begins(name: string, count = 1, options: WaitOptions = {}): Promise<Started> {
    const runs = (): Started[] => this.started.filter((run) => run.name === name);
    return until(() => runs()[count - 1], { what: `run ${count} of ${name}`, timeout: 20_000, ...options });
  }

  /** Waits until an event of that type was reported. */
  async reported(event: string, options: WaitOptions = {}): Promise<void> {
    await until(() => this.reports.some((report) => report.type === 'event' && report.event === event), {
      what: `event ${event}`,
      timeout: 20_000,
      ...options,
    });
  }

  /** Lets a handler that was told to `wait` return. */
  finish(name: string): void {
    this.#order({ type: 'finish', name });
  }

  /** Closes the runtime; `exited` tells when the process has ended. */
  close(): void {
    this.#order({ type: 'close' });
  }

  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** SIGKILL, also while paused. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (!this.#gone) this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #order(order: ConsumerOrder): void {
    this.#child.send(order);
  }

  async #seen(type: ConsumerReport['type']): Promise<void> {
    await until(() => this.#gone || this.reports.some((report) => report.type === type), {
      what: `the consumer process to be ${type}`,
      timeout: 30_000,
    });
    if (this.#gone) throw new Error('the consumer process ended while starting; its error stands above');
  }
}
