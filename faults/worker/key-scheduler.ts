import type { DqError } from '../../lib/core/errors/dq.error.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import { type KeyPlan, type Payload, type PlannedJob, planJobs } from './job-plan.js';
import type { Telling } from './telling.js';

interface Refusal {
  readonly code?: string;
  readonly fate?: string;
  readonly message: string;
}

/** Says what a plan says of keys, and tells what became of it. */
export class KeyScheduler {
  readonly #runtime: DqRuntime;
  readonly #telling: Telling;

  constructor(runtime: DqRuntime, telling: Telling) {
    this.#runtime = runtime;
    this.#telling = telling;
  }

  /** Resolves when every call of the plan has been answered. */
  async say(plan: KeyPlan): Promise<void> {
    if (plan.say === 'place') {
      const { load, firstKey } = plan;
      await Promise.all(Array.from(planJobs(load), (job, at) => this.#place(load.tube, keyOf(firstKey + at), job)));
      return;
    }
    const { tube, firstKey, count } = plan;
    const dueMs = plan.say === 'move' ? plan.dueMs : undefined;
    await Promise.all(Array.from({ length: count }, (_, at) => this.#word(tube, firstKey + at, dueMs)));
  }

  async #place(tube: string, key: string, { payload, delay }: PlannedJob): Promise<void> {
    const { name: by } = this.#telling;
    const { seq } = payload;
    this.#telling.happened({ kind: 'call', by, seq, keyed: { key, policy: 'replace' } });
    try {
      const placed = await this.#runtime.producer<Payload>(tube).upsert(key, payload, { delay });
      const { outcome, id, dueAt, previous } = placed;
      const lost = previous === undefined ? {} : { previous: previous.state };
      this.#telling.happened({ kind: 'placed', by, seq, outcome, id, dueMs: dueAt.getTime(), ...lost });
    } catch (error) {
      const { code = 'none', fate = 'withdrawn', message } = error as Refusal;
      const safe = fate === 'withdrawn' && code !== 'DQ_CLAIM_STORE';
      this.#telling.happened({ kind: 'rejected', by, seq, code, safe, reason: message });
    }
  }

  async #word(tube: string, number: number, dueMs: number | undefined): Promise<void> {
    const { name: by } = this.#telling;
    const key = keyOf(number);
    const producer = this.#runtime.producer(tube);
    this.#telling.happened({ kind: 'word', by, number, key, ...(dueMs === undefined ? {} : { dueMs }) });
    let outcome: string;
    try {
      outcome = await (dueMs === undefined ? producer.cancel(key) : producer.reschedule(key, { at: dueMs }));
    } catch (error) {
      outcome = (error as Partial<DqError>).code ?? 'none';
    }
    this.#telling.happened({ kind: 'word-answer', by, number, outcome });
  }
}

function keyOf(number: number): string {
  return `key-${number}`;
}
