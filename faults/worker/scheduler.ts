import { setTimeout as sleep } from 'node:timers/promises';
import type { Payload } from '../../harness/application/payload.js';
import type { User } from '../../harness/application/user.js';
import type { OneClock } from '../../harness/history/one-clock.js';
import type { DqProducer } from '../../lib/core/producer/producer.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import { type KeyPlan, type LoadPlan, type PlannedJob, planJobs } from './job-plan.js';

const TICK_MS = 5;
const ASK_AGAIN_MS = 250;
const MOST_TRIES = 100;

/** Schedules the jobs of a plan at their pace, whatever becomes of the earlier ones, and takes some back; says what a plan says of keys. */
export class Scheduler {
  readonly #runtime: DqRuntime;
  readonly #user: User;
  readonly #clock: OneClock;
  readonly #wrongClock: boolean;
  readonly #handles = new Map<number, string>();
  #tube = '';

  constructor(runtime: DqRuntime, user: User, clock: OneClock, wrongClock: boolean) {
    this.#runtime = runtime;
    this.#user = user;
    this.#clock = clock;
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

  /** Resolves when every call of the plan has been answered. */
  async say(plan: KeyPlan): Promise<void> {
    const keyOf = (at: number): string => `key-${plan.firstKey + at}`;
    if (plan.say === 'place') {
      const { load } = plan;
      const placed = Array.from(planJobs(load), ({ payload, delay }, at) => {
        return this.#user.place(load.tube, { seq: payload.seq, key: keyOf(at), payload }, { delay });
      });
      await Promise.all(placed);
      return;
    }
    const { tube, firstKey, count } = plan;
    const dueMs = plan.say === 'move' ? plan.dueMs : undefined;
    const said = Array.from({ length: count }, (_, at) => {
      return this.#user.say(tube, { number: firstKey + at, key: keyOf(at), dueMs });
    });
    await Promise.all(said);
  }

  async #schedule(
    producer: DqProducer<Payload>,
    plan: LoadPlan,
    { payload, delay, byDate, revokeAfterMs }: PlannedJob,
    due: number | undefined,
  ): Promise<void> {
    const { seq } = payload;
    const isOnce = plan.idsOf !== undefined;
    const own = plan.ownIds === true || isOnce ? `own-${(plan.idsOf ?? plan.first) + seq - plan.first}` : undefined;
    const insists = own !== undefined && !isOnce;
    const options = own === undefined ? undefined : { id: own };
    const ms = typeof delay === 'number' && Number.isFinite(delay) ? delay : 0;
    const moment = Math.ceil(due ?? this.#clock.now() + ms);
    const exact = byDate || due !== undefined;
    let handle: string | undefined;
    for (let tries = 1; handle === undefined; tries++) {
      if (tries > 1) await sleep(ASK_AGAIN_MS);
      const dueMs = this.#wrongClock ? undefined : Math.floor(exact ? moment : this.#clock.now() + ms);
      handle = await this.#user.schedule({ seq, dueMs, own, insists }, () => {
        // A clock that is wrong on purpose would refuse a moment of the true one as past.
        // Who asks again may be too late for the moment; a clock that is wrong on purpose may think so too.
        const passed = exact && (this.#wrongClock || moment <= Date.now());
        return exact && !passed
          ? producer.at(payload, moment, options)
          : producer.delay(payload, passed && tries > 1 ? 0 : delay, options);
      });
      if (!insists || tries >= MOST_TRIES) break;
    }
    if (handle === undefined || handle === '') return;
    this.#handles.set(seq, handle);
    if (handle.split(',').length - 1 < (plan.named ?? 0)) {
      await this.#revoke(seq);
      this.#handles.delete(seq);
    } else if (revokeAfterMs !== undefined) {
      await sleep(revokeAfterMs);
      await this.#revoke(seq);
    }
  }

  async #revoke(seq: number): Promise<void> {
    const handle = this.#handles.get(seq);
    if (handle !== undefined) await this.#user.revoke(this.#tube, seq, handle);
  }
}
