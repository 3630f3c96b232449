import type { DqError } from '../../lib/core/errors/dq.error.js';
import type { DqJobOptions } from '../../lib/core/options/dq-options.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import type { History } from '../history/history.js';
import type { Process } from '../network/process.js';
import type { PlannedJob, PlannedWord } from '../plan/plan.js';
import type { HostClock } from '../time/host-clock.js';
import { EPOCH_MS, type VirtualTime } from '../time/virtual-time.js';
import { KeyCaller } from './key-caller.js';
import { makePayload } from './payload.js';

const ASK_AGAIN_MS = 250;
const MOST_TRIES = 40;

interface Refusal {
  readonly code?: string;
  readonly fate?: string;
  readonly state?: string;
  readonly message: string;
}

/** What of a job its caller remembers, even when its process dies. */
export interface Errand {
  readonly job: PlannedJob;
  readonly payload: unknown;
  /** The moment that `at()` is asked for; fixed by the first call. */
  moment: number | undefined;
  answered: boolean;
}

/** A job with an id of its own is asked for until it is known to be there; one that wants another's id, once. */
export function isAskedAgain({ seq, ownId }: PlannedJob): boolean {
  return ownId === seq;
}

export function errandOf(job: PlannedJob): Errand {
  return { job, payload: makePayload(job), moment: undefined, answered: false };
}

/** The part of an application that schedules jobs and takes them back. */
export class Caller {
  readonly #keys: KeyCaller;

  constructor(
    readonly name: string,
    readonly runtime: DqRuntime,
    readonly process: Process,
    readonly host: HostClock,
    readonly time: VirtualTime,
    readonly record: History,
    /** The id that the library made last. */
    readonly lastId: () => string,
  ) {
    this.#keys = new KeyCaller(name, runtime, process, time, record, lastId);
  }

  /** Says something of a key. */
  say(word: PlannedWord): Promise<void> {
    return this.#keys.say(word);
  }

  /** Schedules a job; one with an id of its own is asked for until it is known to be there. */
  async schedule(errand: Errand): Promise<void> {
    const { job } = errand;
    for (let tries = 1; !this.process.died; tries++) {
      const handle = await this.#ask(errand);
      if (handle !== undefined) {
        errand.answered = true;
        if (handle !== '' && job.revokeAfterMs !== undefined) {
          await this.#pass(job.revokeAfterMs);
          await this.#revoke(job, handle);
        }
        return;
      }
      if (!isAskedAgain(job) || tries >= MOST_TRIES) {
        errand.answered = true;
        return;
      }
      await this.#pass(ASK_AGAIN_MS);
    }
  }

  /** The handle, '' when the job is known to be there but its handle is not; undefined after an error. */
  async #ask(errand: Errand): Promise<string | undefined> {
    const { job, payload } = errand;
    const { seq, timed, delayMs, ownId } = job;
    const { name: by, time, record } = this;
    const now = Math.ceil(EPOCH_MS + time.now);
    errand.moment ??= now + Math.max(delayMs, 1);
    const isRight = this.host.ahead === 0;
    const byDate = timed && errand.moment > now;
    const dueMs = byDate
      ? errand.moment
      : isRight
        ? Math.floor(EPOCH_MS + time.now) + (timed ? 0 : delayMs)
        : undefined;
    const options = optionsOf(job);
    if (job.keyed !== undefined) return this.#keys.place(job, job.keyed, payload, errand.moment, options);
    const own = options.id === undefined ? {} : { id: options.id };
    record.add({ kind: 'call', by, seq, ...own, ...(dueMs === undefined ? {} : { dueMs }) });
    try {
      const producer = this.runtime.producer(job.tube);
      const answer = byDate
        ? producer.at(payload, errand.moment, options)
        : producer.delay(payload, timed ? 0 : delayMs, options);
      if (ownId !== undefined) record.add({ kind: 'named', by, seq, write: this.lastId() });
      const handle = await answer;
      const parts = handle.split(',');
      const id = parts.pop() ?? '';
      const nodes = parts.map((part) => part.slice(0, part.indexOf('/')));
      if (!this.process.died) record.add({ kind: 'acked', by, seq, id, nodes });
      return handle;
    } catch (error) {
      if (this.process.died) return undefined;
      const { code = 'none', fate = 'withdrawn', state = 'pending', message } = error as Refusal;
      const isTaken = code === 'DQ_DUPLICATE_ID';
      if (isTaken) record.add({ kind: 'taken', by, seq, id: `own-${ownId}`, state });
      if (isTaken && state !== 'pending' && isAskedAgain(job)) {
        record.add({ kind: 'acked', by, seq, id: `own-${seq}`, nodes: [] });
        return '';
      }
      // Who asked before may have written the job by a call that was not answered: nothing is said about that one.
      const isOpen = isTaken ? isAskedAgain(job) : ownId !== undefined && code === 'DQ_CLAIM_STORE';
      const safe = fate === 'withdrawn' && !isOpen;
      record.add({ kind: 'rejected', by, seq, code, safe, reason: message });
      return undefined;
    }
  }

  async #revoke({ seq, tube }: PlannedJob, handle: string): Promise<void> {
    if (this.process.died) return;
    this.record.add({ kind: 'revoke', by: this.name, seq });
    let outcome: string;
    try {
      outcome = await this.runtime.producer(tube).revoke(handle);
    } catch (error) {
      outcome = (error as Partial<DqError>).code ?? 'none';
    }
    if (!this.process.died) this.record.add({ kind: 'revoke-answer', seq, outcome });
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.time.after(ms, () => this.process.act(resolve));
    });
  }
}

function optionsOf({ ownId, attempts, backoffMs, priority, expires }: PlannedJob): DqJobOptions {
  return {
    ...(ownId === undefined ? {} : { id: `own-${ownId}` }),
    ...(attempts === undefined ? {} : { attempts }),
    ...(backoffMs === undefined ? {} : { backoff: { type: 'fixed', delay: backoffMs } }),
    ...(priority === undefined ? {} : { priority }),
    ...(expires === undefined ? {} : { expires }),
  };
}
