import { setTimeout as sleep } from 'node:timers/promises';
import type { DqError } from '../../lib/core/errors/dq.error.js';
import type { DqProducer } from '../../lib/core/producer/producer.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import { type LoadPlan, type Payload, type PlannedJob, planJobs } from './job-plan.js';
import type { Telling } from './telling.js';

const TICK_MS = 5;
const ASK_AGAIN_MS = 250;
const MOST_TRIES = 100;

/** What the errors of `delay()` may carry. */
interface Refusal {
  readonly code?: string;
  readonly fate?: string;
  readonly state?: string;
  readonly message: string;
}

/** Schedules the jobs of a plan at their pace, whatever becomes of the earlier ones, and takes some back. */
export class Scheduler {
  readonly #runtime: DqRuntime;
  readonly #telling: Telling;
  readonly #wrongClock: boolean;
  readonly #handles = new Map<number, string>();
  #tube = '';

  constructor(runtime: DqRuntime, telling: Telling, wrongClock: boolean) {
    this.#runtime = runtime;
    this.#telling = telling;
    this.#wrongClock = wrongClock;
  }

  /** Resolves when every call of the plan has been answered. */
  async load(plan: LoadPlan): Promise<void> {
    this.#tube = plan.tube;
    const producer = this.#runtime.producer<Payload>(plan.tube);
    const answers: Promise<void>[] = [];
    const from = performance.now();
    let due = plan.dueFrom;
    const step = due === undefined ? 0 : 1_000 / plan.count;
    for (const job of planJobs(plan)) {
      while (answers.length > ((performance.now() - from) * plan.perSecond) / 1000) await sleep(TICK_MS);
      answers.push(this.#schedule(producer, plan, job, due));
      if (plan.twins === true) answers.push(this.#schedule(producer, plan, job, due));
      if (due !== undefined) due += step;
    }
    await Promise.all(answers);
  }

  /** Takes jobs back; resolves when every call has been answered. */
  async revoke(seqs: readonly number[]): Promise<void> {
    await Promise.all(seqs.map((seq) => this.#revoke(seq)));
  }

  async #schedule(
    producer: DqProducer<Payload>,
    plan: LoadPlan,
    { payload, delay, byDate, revokeAfterMs }: PlannedJob,
    due: number | undefined,
  ): Promise<void> {
    const { clock, name: by } = this.#telling;
    const { seq } = payload;
    const whose = plan.idsOf === undefined ? seq : plan.idsOf + seq - plan.first;
    const isOnce = plan.idsOf !== undefined;
    const options = plan.ownIds === true || isOnce ? { id: `own-${whose}` } : undefined;
    const ms = typeof delay === 'number' && Number.isFinite(delay) ? delay : 0;
    const moment = Math.ceil(due ?? clock.now() + ms);
    const exact = byDate || due !== undefined;
    for (let tries = 1; ; tries++) {
      const dueMs = exact ? moment : clock.now() + ms;
      this.#telling.happened({ kind: 'call', by, seq, ...(this.#wrongClock ? {} : { dueMs: Math.floor(dueMs) }) });
      try {
        // A clock that is wrong on purpose would refuse a moment of the true one as past.
        // Who asks again may be too late for the moment; a clock that is wrong on purpose may think so too.
        const passed = exact && (this.#wrongClock || moment <= Date.now());
        const handle = await (exact && !passed
          ? producer.at(payload, moment, options)
          : producer.delay(payload, passed && tries > 1 ? 0 : delay, options));
        this.#handles.set(seq, handle);
        const parts = handle.split(',');
        const id = parts.pop() ?? '';
        const nodes = parts.map((part) => part.slice(0, part.indexOf('/')));
        this.#telling.happened({ kind: 'acked', by, seq, id, nodes });
        if (nodes.length < (plan.named ?? 0)) {
          await this.#revoke(seq);
          this.#handles.delete(seq);
          return;
        }
        break;
      } catch (error) {
        const { code = 'none', fate = 'withdrawn', state = 'pending', message } = error as Refusal;
        const isTaken = code === 'DQ_DUPLICATE_ID';
        if (isTaken) this.#telling.happened({ kind: 'taken', by, seq, id: options?.id ?? '', state });
        if (isTaken && state !== 'pending' && !isOnce) {
          // An earlier call was answered to a process that is gone, or not at all; the job is known.
          this.#telling.happened({ kind: 'acked', by, seq, id: options?.id ?? '', nodes: [] });
          return;
        }
        this.#telling.happened({
          kind: 'rejected',
          by,
          seq,
          code,
          safe: fate === 'withdrawn' && (isOnce || !isTaken),
          reason: message,
        });
        if (options === undefined || isOnce || tries >= MOST_TRIES) return;
        await sleep(ASK_AGAIN_MS);
      }
    }
    if (revokeAfterMs === undefined) return;
    await sleep(revokeAfterMs);
    await this.#revoke(seq);
  }

  async #revoke(seq: number): Promise<void> {
    const handle = this.#handles.get(seq);
    if (handle === undefined) return;
    this.#telling.happened({ kind: 'revoke', by: this.#telling.name, seq });
    let outcome: string;
    try {
      outcome = await this.#runtime.producer(this.#tube).revoke(handle);
    } catch (error) {
      outcome = (error as Partial<DqError>).code ?? 'none';
    }
    this.#telling.happened({ kind: 'revoke-answer', seq, outcome });
  }
}
