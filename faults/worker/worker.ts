import { type ChildProcess, spawn } from 'node:child_process';
import { deathPrefix } from '../../scripts/death-prefix.mjs';
import { root } from '../../scripts/root.mjs';
import { until } from '../../test/support/wait.js';
import type { History } from '../history/history.js';
import type { OneClock } from '../history/one-clock.js';
import type { NumberedOrder, Order, Report, WorkerSetup } from './messages.js';

const START_WITHIN_MS = 30_000;
/** An orderly close waits for handlers first; this is what may be left after that. */
const END_WITHIN_MS = 10_000;

/** An application process of a run. What it tells goes into the history as it comes. */
export class Worker {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #history: History;
  readonly #clock: OneClock;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number | 'up' | 'ready', () => void>();
  #orders = 0;
  readonly #patienceMs: number;
  #gone = false;
  #asked = false;

  private constructor(name: string, child: ChildProcess, history: History, clock: OneClock, patienceMs: number) {
    this.name = name;
    this.#patienceMs = patienceMs;
    this.#child = child;
    this.#history = history;
    this.#clock = clock;
    child.on('message', (report: Report) => this.#heard(report));
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#gone = true;
        const how = signal !== null ? `killed by ${signal}` : code === 0 ? 'by itself' : `with code ${code}`;
        history.add({ kind: 'gone', at: clock.now(), by: name, asked: this.#asked, how });
        for (const settle of this.#waiting.values()) settle();
        resolve();
      });
    });
  }

  /**
   * @param patienceMs how long an order may take beyond its time
   * @param env added to this process's own; `Frozen` says what has to be in one of them
   */
  static async start(
    setup: Omit<WorkerSetup, 'originMs'>,
    history: History,
    clock: OneClock,
    patienceMs: number,
    env: NodeJS.ProcessEnv = {},
  ): Promise<Worker> {
    const script = process.env.DQ_FAULTS_WORKER;
    if (script === undefined) throw new Error('expected DQ_FAULTS_WORKER to name the script of the workers');
    const [command, ...args] = [...deathPrefix(), process.execPath, script];
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, ...env },
    });
    const worker = new Worker(setup.name, child, history, clock, patienceMs);
    await worker.#hears('up');
    child.send({ ...setup, originMs: clock.originMs } satisfies WorkerSetup);
    await worker.#hears('ready');
    return worker;
  }

  get running(): boolean {
    return !this.#gone;
  }

  /**
   * Resolves when the order has been carried out, the process has ended, or patience is over: what was not answered by then
   * is missing in the history.
   */
  async obey(order: Order): Promise<void> {
    if (this.#gone) return;
    this.#orders++;
    const number = this.#orders;
    const done = new Promise<void>((resolve) => this.#waiting.set(number, resolve));
    this.#child.send({ number, order } satisfies NumberedOrder);
    const timer = setTimeout(() => this.#settle(number), timeFor(order) + this.#patienceMs);
    await done;
    clearTimeout(timer);
  }

  /** SIGSTOP: as a machine that is suspended. */
  pause(): void {
    this.#history.add({ kind: 'stalled', at: this.#clock.now(), by: this.name, on: true });
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
    this.#history.add({ kind: 'stalled', at: this.#clock.now(), by: this.name, on: false });
  }

  /** SIGKILL. Resolves when it is gone and all it told has been heard. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Closes the runtime and waits for the process to end by itself; it is killed when it does not. */
  async close(withinMs = END_WITHIN_MS): Promise<void> {
    if (this.#gone) return;
    this.#asked = true;
    void this.obey({ type: 'close' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), withinMs);
    await this.#exited;
    clearTimeout(timer);
  }

  #heard(report: Report): void {
    if (report.type === 'history') {
      this.#history.add(report.event);
      return;
    }
    this.#settle(report.type === 'carried-out' ? report.number : report.type);
  }

  #settle(key: number | 'up' | 'ready'): void {
    this.#waiting.get(key)?.();
    this.#waiting.delete(key);
  }

  async #hears(type: 'up' | 'ready'): Promise<void> {
    let heard = false;
    this.#waiting.set(type, () => (heard = true));
    await until(() => heard, { what: `process ${this.name} to be ${type}`, timeout: START_WITHIN_MS });
    if (this.#gone) throw new Error(`process ${this.name} ended while starting; its error stands above`);
  }
}

/** How long an order takes when all goes well. */
function timeFor(order: Order): number {
  if (order.type === 'load') return (order.plan.count / order.plan.perSecond) * 1_000;
  return order.type === 'block' ? order.ms : 0;
}
