import { parseHandle } from '../../lib/core/wire/handle.js';
import type { DqUpsertOptions, DqProducer } from '../../lib/core/producer/producer.js';
import type { DqError } from '../../lib/core/errors/dq.error.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import type { DqJobOptions } from '../../lib/core/options/dq-options.js';
import type { History } from '../history/history.js';
import type { Process } from '../network/process.js';
import { NATIVE_TUBE, type PlannedJob, type PlannedKey, type PlannedWord } from '../plan/plan.js';
import { EPOCH_MS, type VirtualTime } from '../time/virtual-time.js';

interface Refusal {
  readonly code?: string;
  readonly fate?: string;
  readonly state?: string;
  readonly handle?: string;
  readonly dueAt?: Date;
  readonly message: string;
}

/** The part of an application that uses keys. */
export class KeyCaller {
  readonly #producer: DqProducer;

  constructor(
    readonly name: string,
    runtime: DqRuntime,
    readonly process: Process,
    readonly time: VirtualTime,
    readonly record: History,
    /** The id that the library made last. */
    readonly lastId: () => string,
  ) {
    this.#producer = runtime.producer(NATIVE_TUBE);
  }

  /** The handle of a new job, '' where the call came to another end; undefined after an error. */
  async place(
    { seq, timed, delayMs }: PlannedJob,
    { key, onConflict, maxWaitMs }: PlannedKey,
    payload: unknown,
    moment: number,
    options: DqJobOptions,
  ): Promise<string | undefined> {
    const { name: by, record } = this;
    const byDate = timed && moment > this.#now;
    const debounce = maxWaitMs === Infinity ? true : { maxWait: maxWaitMs ?? 0 };
    const wanted: DqUpsertOptions = {
      ...options,
      onConflict,
      ...(maxWaitMs === undefined ? {} : { debounce }),
      ...(byDate ? { at: moment } : { delay: timed ? 0 : delayMs }),
    };
    const before = this.lastId();
    const answer = this.#producer.upsert(key, payload, wanted);
    // What is refused at once has no id.
    const own = this.lastId() === before ? {} : { own: this.lastId() };
    record.add({ kind: 'call', by, seq, keyed: { key, policy: onConflict, ...(own.own && { id: own.own }) } });
    try {
      const { outcome, id, dueAt, handle, previous } = await answer;
      if (this.process.died) return undefined;
      const lost = previous === undefined ? {} : { previous: previous.state };
      record.add({ kind: 'placed', by, seq, ...own, outcome, id, dueMs: dueAt.getTime(), ...lost });
      return outcome === 'scheduled' || outcome === 'replaced' ? handle : '';
    } catch (error) {
      if (this.process.died) return undefined;
      const { code = 'none', fate = 'withdrawn', handle, dueAt, message } = error as Refusal;
      if (code === 'DQ_KEY_TAKEN' && handle !== undefined) {
        const { id = '' } = parseHandle(handle);
        record.add({ kind: 'placed', by, seq, ...own, outcome: 'kept', id, dueMs: Number(dueAt) });
        return '';
      }
      const safe = fate === 'withdrawn' && code !== 'DQ_CLAIM_STORE';
      record.add({ kind: 'rejected', by, seq, ...own, code, safe, reason: message });
      return undefined;
    }
  }

  async say({ number, key, moveMs }: PlannedWord): Promise<void> {
    const { name: by, record } = this;
    const dueMs = moveMs === undefined ? undefined : this.#now + moveMs;
    record.add({ kind: 'word', by, number, key, ...(dueMs === undefined ? {} : { dueMs }) });
    let outcome: string;
    try {
      outcome = await (dueMs === undefined
        ? this.#producer.cancel(key)
        : this.#producer.reschedule(key, { at: dueMs }));
    } catch (error) {
      outcome = (error as Partial<DqError>).code ?? 'none';
    }
    if (!this.process.died) record.add({ kind: 'word-answer', by, number, outcome });
  }

  get #now(): number {
    return Math.ceil(EPOCH_MS + this.time.now);
  }
}
