import { AppProcess } from '../../harness/app-process.mjs';
import type { History } from '../../harness/history/history.js';
import type { OneClock } from '../../harness/history/one-clock.js';
import type { KeyPlan, LoadPlan } from './job-plan.js';
import type { NumberedOrder, Order, Report, WorkerSetup } from './messages.js';

const START_WITHIN_MS = 60_000;
/** An orderly close waits for handlers first; this is what may be left after that. */
const END_WITHIN_MS = 10_000;

/** An application process of a run. What it tells goes into the history as it comes. */
export class Worker extends AppProcess<Report> {
  readonly name: string;
  readonly #history: History;
  readonly #carriedOut = new Set<number>();
  readonly #patienceMs: number;
  #ready = false;
  #orders = 0;
  #asked = false;

  private constructor(name: string, script: string, env: NodeJS.ProcessEnv, history: History, patienceMs: number) {
    super({ name: `process ${name}`, script, env, output: 'inherit' });
    this.name = name;
    this.#patienceMs = patienceMs;
    this.#history = history;
    void this.ended.then(({ code, signal }) => {
      const how = signal !== null ? `killed by ${signal}` : code === 0 ? 'by itself' : `with code ${code}`;
      history.happened({ kind: 'gone', by: name, asked: this.#asked, how });
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
    const worker = new Worker(setup.name, script, env, history, patienceMs);
    worker.tell({ ...setup, originMs: clock.originMs } satisfies WorkerSetup);
    await worker.told(() => worker.#ready, { what: 'being ready', timeout: START_WITHIN_MS });
    return worker;
  }

  /**
   * Resolves when the order has been carried out, the process has ended, or patience is over: what was not answered by then
   * is missing in the history.
   */
  async obey(order: Order): Promise<void> {
    this.#orders++;
    const number = this.#orders;
    this.tell({ number, order } satisfies NumberedOrder);
    const timeout = timeFor(order) + this.#patienceMs;
    await this.told(() => this.#carriedOut.has(number), { what: order.type, timeout }).catch(() => undefined);
  }

  /** Schedules the jobs of a plan. */
  load(plan: LoadPlan): Promise<void> {
    return this.obey({ type: 'load', plan });
  }

  /** Says something of keys. */
  say(plan: KeyPlan): Promise<void> {
    return this.obey({ type: 'keys', plan });
  }

  override pause(): void {
    this.#history.happened({ kind: 'stalled', by: this.name, on: true });
    super.pause();
  }

  override resume(): void {
    super.resume();
    this.#history.happened({ kind: 'stalled', by: this.name, on: false });
  }

  /** Closes the runtime and waits for the process to end by itself; it is killed when it does not. */
  async close(withinMs = END_WITHIN_MS): Promise<void> {
    if (!this.running) return;
    this.#asked = true;
    this.tell({ number: 0, order: { type: 'close' } } satisfies NumberedOrder);
    await this.endsWithin(withinMs);
  }

  override heard(report: Report): void {
    if (report.type === 'history') this.#history.add(report.event);
    else if (report.type === 'carried-out') this.#carriedOut.add(report.number);
    else this.#ready = true;
  }
}

/** How long an order takes when all goes well. */
function timeFor(order: Order): number {
  if (order.type === 'load') return (order.plan.count / order.plan.perSecond) * 1_000;
  return order.type === 'block' ? order.ms : 0;
}
