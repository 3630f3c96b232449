import { makePayload } from '../../harness/application/payload.js';
import { type Speaker, User } from '../../harness/application/user.js';
import type { DqJobOptions } from '../../lib/core/options/dq-options.js';
import type { DqUpsertOptions } from '../../lib/core/producer/producer.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import type { Process } from '../network/process.js';
import { NATIVE_TUBE, type PlannedJob, type PlannedPause, type PlannedWord } from '../plan/plan.js';
import type { HostClock } from '../time/host-clock.js';
import { EPOCH_MS, type VirtualTime } from '../time/virtual-time.js';

const ASK_AGAIN_MS = 250;
const MOST_TRIES = 40;
const RESUME_AGAIN_MS = 500;
const MOST_RESUMES = 20;

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
  const payload = makePayload(job.seq, job.act, 'x'.repeat(job.bytes));
  return { job, payload, moment: undefined, answered: false };
}

/** The part of an application that schedules jobs and takes them back, says something of keys, and pauses tubes. */
export class Caller {
  readonly #user: User;
  #pausing: Promise<unknown> = Promise.resolve();

  constructor(
    readonly speaker: Speaker,
    readonly runtime: DqRuntime,
    readonly process: Process,
    readonly host: HostClock,
    readonly time: VirtualTime,
    /** The id that the library made last. */
    readonly lastId: () => string,
  ) {
    this.#user = new User(runtime, speaker, lastId);
  }

  /** Says something of a key. */
  async say({ number, key, moveMs }: PlannedWord): Promise<void> {
    const dueMs = moveMs === undefined ? undefined : this.#now + moveMs;
    await this.#user.say(NATIVE_TUBE, { number, key, dueMs });
  }

  async pause({ tube, forMs }: PlannedPause): Promise<void> {
    const said = this.#user.gate(tube, 'pause', forMs);
    this.#pausing = Promise.all([this.#pausing, said]);
    await said;
  }

  /** Every pause that was asked for is there, or was refused: whoever waits for one has a timer, also when its application closes. */
  async paused(): Promise<void> {
    await this.#pausing;
  }

  /** Says so until it is answered. */
  async resume({ tube }: PlannedPause): Promise<void> {
    for (let tries = 0; tries < MOST_RESUMES && !this.process.died; tries++) {
      if ((await this.#user.gate(tube, 'resume')) === 'resumed') return;
      await this.process.pass(RESUME_AGAIN_MS);
    }
  }

  /** Schedules a job; one with an id of its own is asked for until it is known to be there. */
  async schedule(errand: Errand): Promise<void> {
    const { job } = errand;
    for (let tries = 1; !this.process.died; tries++) {
      const handle = await this.#ask(errand);
      if (handle !== undefined) {
        errand.answered = true;
        if (handle !== '' && job.revokeAfterMs !== undefined) {
          await this.process.pass(job.revokeAfterMs);
          if (!this.process.died) await this.#user.revoke(job.tube, job.seq, handle);
        }
        return;
      }
      if (!isAskedAgain(job) || tries >= MOST_TRIES) {
        errand.answered = true;
        return;
      }
      await this.process.pass(ASK_AGAIN_MS);
    }
  }

  /** The handle, '' when the job is known to be there but its handle is not; undefined after an error. */
  #ask(errand: Errand): Promise<string | undefined> {
    const { job, payload } = errand;
    const { seq, tube, timed, keyed } = job;
    const now = this.#now;
    const moment = (errand.moment ??= now + Math.max(job.delayMs, 1));
    const byDate = timed && moment > now;
    const delay = timed ? 0 : job.delayMs;
    const options = optionsOf(job);
    if (keyed !== undefined) {
      const { key, onConflict, maxWaitMs } = keyed;
      const debounce = maxWaitMs === Infinity ? true : { maxWait: maxWaitMs ?? 0 };
      const when = byDate ? { at: moment } : { delay };
      const wanted: DqUpsertOptions = {
        ...options,
        onConflict,
        ...(maxWaitMs === undefined ? {} : { debounce }),
        ...when,
      };
      return this.#user.place(tube, { seq, key, payload }, wanted);
    }
    const { id } = options;
    const isRight = this.host.ahead === 0;
    const dueMs = byDate ? moment : isRight ? Math.floor(EPOCH_MS + this.time.now) + delay : undefined;
    return this.#user.schedule({ seq, id, dueMs, own: id, insists: isAskedAgain(job) }, () => {
      const producer = this.runtime.producer(tube);
      const answer = byDate ? producer.at(payload, moment, options) : producer.delay(payload, delay, options);
      if (id !== undefined) this.speaker.happened({ kind: 'named', by: this.speaker.name, seq, write: this.lastId() });
      return answer;
    });
  }

  get #now(): number {
    return Math.ceil(EPOCH_MS + this.time.now);
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
