import type { DqUpsertOptions } from '../../lib/core/producer/producer.js';
import type { DqError } from '../../lib/core/errors/dq.error.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import type { Happening } from '../history/history.js';
import type { EventOf } from '../history/history-event.js';

/** What the errors of calls may carry. */
interface Refusal {
  readonly code?: string;
  readonly fate?: string;
  readonly state?: string;
  readonly handle?: string;
  readonly dueAt?: Date;
  readonly message: string;
}

/** Who uses the library, and to whom it tells what it does. A process that has died tells nothing. */
export interface Speaker {
  readonly name: string;
  happened(happening: Happening): void;
}

/** A job that somebody asks for. */
export interface Asked extends Pick<EventOf<'call'>, 'seq' | 'id' | 'dueMs'> {
  /** The caller's own id. */
  readonly own?: string;
  /** It is asked for until it is known to be there. That its id is taken says nothing about a call before, which may have written it. */
  readonly insists: boolean;
}

/** Calls the library, and tells each call and its answer. */
export class User {
  readonly #runtime: DqRuntime;
  readonly #speaker: Speaker;
  readonly #lastId: () => string;
  #gates = 0;

  /** @param lastId the id that the library made last, where the history tells */
  constructor(runtime: DqRuntime, speaker: Speaker, lastId: () => string = () => '') {
    this.#runtime = runtime;
    this.#speaker = speaker;
    this.#lastId = lastId;
  }

  /** The handle; '' when the job is known to be there, but its handle is not; undefined after an error. */
  async schedule({ own, insists, ...asked }: Asked, call: () => Promise<string>): Promise<string | undefined> {
    const { name: by } = this.#speaker;
    const { seq } = asked;
    this.#speaker.happened({ kind: 'call', by, ...asked });
    try {
      const handle = await call();
      this.#speaker.happened({ kind: 'acked', by, seq, id: idIn(handle), nodes: nodesIn(handle) });
      return handle;
    } catch (error) {
      const { code = 'none', fate = 'withdrawn', state = 'pending', message } = error as Refusal;
      const isTaken = code === 'DQ_DUPLICATE_ID';
      if (isTaken) this.#speaker.happened({ kind: 'taken', by, seq, id: own ?? '', state });
      if (isTaken && state !== 'pending' && insists) {
        // An earlier call was answered to a process that is gone, or not at all; the job is known.
        this.#speaker.happened({ kind: 'acked', by, seq, id: own ?? '', nodes: [] });
        return '';
      }
      const isOpen = isTaken ? insists : own !== undefined && code === 'DQ_CLAIM_STORE';
      const safe = fate === 'withdrawn' && !isOpen;
      this.#speaker.happened({ kind: 'rejected', by, seq, code, safe, reason: message });
      return undefined;
    }
  }

  async revoke(tube: string, seq: number, handle: string): Promise<void> {
    const { name: by } = this.#speaker;
    this.#speaker.happened({ kind: 'revoke', by, seq });
    const outcome = await outcomeOf(() => this.#runtime.producer(tube).revoke(handle));
    this.#speaker.happened({ kind: 'revoke-answer', by, seq, outcome });
  }

  /** The handle of a new job under a key, '' where the call came to another end; undefined after an error. */
  async place(
    tube: string,
    { seq, key, payload }: { readonly seq: number; readonly key: string; readonly payload: unknown },
    options: DqUpsertOptions,
  ): Promise<string | undefined> {
    const { name: by } = this.#speaker;
    const before = this.#lastId();
    const answer = this.#runtime.producer(tube).upsert(key, payload, options);
    const last = this.#lastId();
    // What is refused at once has no id.
    const own = last === before ? undefined : last;
    this.#speaker.happened({ kind: 'call', by, seq, keyed: { key, policy: options.onConflict ?? 'replace', id: own } });
    try {
      const { outcome, id, dueAt, handle, previous } = await answer;
      const dueMs = dueAt.getTime();
      this.#speaker.happened({ kind: 'placed', by, seq, own, outcome, id, dueMs, previous: previous?.state });
      return outcome === 'scheduled' || outcome === 'replaced' ? handle : '';
    } catch (error) {
      const { code = 'none', fate = 'withdrawn', handle, dueAt, message } = error as Refusal;
      if (code === 'DQ_KEY_TAKEN' && handle !== undefined) {
        const [id, dueMs] = [idIn(handle), Number(dueAt)];
        this.#speaker.happened({ kind: 'placed', by, seq, own, outcome: 'kept', id, dueMs });
        return '';
      }
      const safe = fate === 'withdrawn' && code !== 'DQ_CLAIM_STORE';
      this.#speaker.happened({ kind: 'rejected', by, seq, own, code, safe, reason: message });
      return undefined;
    }
  }

  /** Cancels a key, or moves what waits under it. */
  async say(tube: string, word: Pick<EventOf<'word'>, 'number' | 'key' | 'dueMs'>): Promise<void> {
    const { name: by } = this.#speaker;
    const { number, key, dueMs } = word;
    const producer = this.#runtime.producer(tube);
    this.#speaker.happened({ kind: 'word', by, ...word });
    const outcome = await outcomeOf(() => {
      return dueMs === undefined ? producer.cancel(key) : producer.reschedule(key, { at: dueMs });
    });
    this.#speaker.happened({ kind: 'word-answer', by, number, outcome });
  }

  /** Pauses a tube, or resumes it. @returns what became of it */
  async gate(tube: string, word: 'pause' | 'resume', forMs?: number): Promise<string> {
    const { name: by } = this.#speaker;
    const { inspector } = this.#runtime;
    const number = this.#gates++;
    this.#speaker.happened({ kind: 'gate', by, number, tube, word, forMs });
    const outcome = await outcomeOf(async () => {
      if (word === 'pause') await inspector.pause(tube, { for: forMs });
      else await inspector.resume(tube);
      return `${word}d`;
    });
    this.#speaker.happened({ kind: 'gate-answer', by, number, outcome });
    return outcome;
  }
}

/** What a call resolves to, or the code of its error. */
async function outcomeOf(call: () => Promise<string>): Promise<string> {
  try {
    return await call();
  } catch (error) {
    return (error as Partial<DqError>).code ?? 'none';
  }
}

function idIn(handle: string): string {
  return handle.slice(handle.lastIndexOf(',') + 1);
}

function nodesIn(handle: string): string[] {
  const copies = handle.split(',').slice(0, -1);
  return copies.map((copy) => copy.slice(0, copy.indexOf('/')));
}
