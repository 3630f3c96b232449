import { KeyedTurns } from '../base/keyed-turns.js';
import { nativeClaimKey } from '../claims/claim-key.js';
import { unknownClaim } from '../claims/claim-store.js';
import type {
  KeyCancellation,
  KeyClaims,
  KeyCommit,
  KeyCommitment,
  KeyMove,
  KeyPolicy,
  KeyRefusal,
  KeyRequest,
  KeyReservation,
  StandingJob,
} from '../claims/key-claims.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import { unknownAnswer } from './claim-answers.js';
import { isSplit } from './redis-fault.js';
import type { RedisParts } from './redis-parts.js';
import type { Argument, SendScript } from './redis-scripts.js';
import type { KeyScriptName } from './script-table.js';

/** In a Cluster, a call asks once more each time that another job stands by then. */
const MOST_ASKED = 10;
/** Between two calls while a Cluster moves a slot. */
const SPLIT_PAUSE_MS = 100;
const LACKING = 'lacking';
const UNKNOWN = 'unknown';
const MOVING = 'moving';

const LETTERS: Readonly<Record<KeyPolicy, string>> = { replace: 'r', postpone: 'p', keep: 'k', move: 'm' };

/** What the job is to the caller that a script tells behind a word. */
const JOBS: Readonly<Record<string, 'standing' | 'previous'>> = {
  postponed: 'standing',
  kept: 'standing',
  superseded: 'standing',
  moved: 'standing',
  earlier: 'standing',
  replaced: 'previous',
  besides: 'previous',
  cancelled: 'previous',
};
/** Behind these there may be none, and behind those there is none. */
const MAYBE = new Set(['superseded', 'cancelled']);
const ALONE = new Set(['scheduled', 'running', 'none']);

/** What is asked of a key: the ids of jobs whose claims are needed in any case, and the arguments of the script. */
interface KeyCall {
  readonly slot: string;
  readonly ids: readonly string[];
  readonly own: readonly Argument[];
}

/** Users' own keys in Redis: one script for each call, and one round trip for all calls of a turn. */
export class RedisKeyClaims implements KeyClaims {
  readonly #parts: RedisParts;
  /** In a Cluster, calls on one key would meet another job each time, and keep each other from being given what they need. */
  readonly #turns = new KeyedTurns();

  constructor(parts: RedisParts) {
    this.#parts = parts;
  }

  async reserveKeys(tube: string, requests: readonly KeyRequest[]): Promise<readonly KeyReservation[]> {
    const calls = requests.map(({ slot, id, dueMs, policy, hash, maxWaitMs = '' }) => ({
      slot,
      ids: [id],
      own: [id, dueMs, LETTERS[policy], hash, maxWaitMs],
    }));
    return (await this.#ask('dqKeyReserve', tube, calls)).map(
      (answer) => refusal(answer) ?? (said(answer) as KeyReservation),
    );
  }

  async commitKeys(tube: string, requests: readonly KeyCommit[]): Promise<readonly KeyCommitment[]> {
    const calls = requests.map(({ slot, id, dueMs, handle, reserved }) => {
      const said =
        reserved === undefined
          ? ['', '', '', '']
          : [reserved.order, reserved.firstMs, LETTERS[reserved.policy], reserved.hash];
      return { slot, ids: [id], own: [id, dueMs, handle, ...said] };
    });
    return (await this.#ask('dqKeyCommit', tube, calls)).map(
      (answer) => refusal(answer) ?? (said(answer) as KeyCommitment),
    );
  }

  async cancelKey(tube: string, slot: string): Promise<KeyCancellation> {
    return said(await this.#askOne('dqKeyCancel', tube, slot)) as KeyCancellation;
  }

  async moveKey(tube: string, slot: string, dueMs: number): Promise<KeyMove> {
    return said(await this.#askOne('dqKeyMove', tube, slot, [dueMs])) as KeyMove;
  }

  async findKey(tube: string, slot: string): Promise<StandingJob | undefined> {
    const [, ...job] = await this.#askOne('dqKeyFind', tube, slot);
    return standingJob(job);
  }

  async #askOne(
    name: KeyScriptName,
    tube: string,
    slot: string,
    own: readonly Argument[] = [],
  ): Promise<readonly Argument[]> {
    const [answer = []] = await this.#ask(name, tube, [{ slot, ids: [], own }]);
    const refused = refusal(answer);
    if (refused !== undefined) throw refused.error;
    return answer;
  }

  #ask(name: KeyScriptName, tube: string, calls: readonly KeyCall[]): Promise<readonly (readonly Argument[])[]> {
    const { connection, memory, scripts, clock } = this.#parts;
    memory.asked(tube);
    const ends = clock.monotonic() + connection.deadline;
    return scripts.together(name, (send) =>
      Promise.all(
        calls.map((call) => {
          const ask = (): Promise<readonly Argument[]> => this.#untilGiven(send, tube, call, ends);
          return connection.isCluster ? this.#turns.take(call.slot, ask) : ask();
        }),
      ),
    );
  }

  /** An ordinary Redis never lacks a claim, and one that stands alone never moves. */
  async #untilGiven(
    send: SendScript,
    tube: string,
    { slot, ids, own }: KeyCall,
    ends: number,
  ): Promise<readonly Argument[]> {
    const { connection, keeps, clock } = this.#parts;
    const prefix = nativeClaimKey(tube, '');
    const head = [prefix, connection.isCluster ? '1' : '0', keeps.keepMs];
    let answer: readonly Argument[] = [LACKING];
    for (let asked = 0; asked < MOST_ASKED && answer[0] === LACKING && clock.monotonic() < ends; asked++) {
      const needed = new Set([...ids, ...answer.slice(1)]);
      const keys = [slot, ...[...needed].map((id) => prefix + id)];
      answer = await this.#whenMoved(() => send(keys, [...head, ...own]) as Promise<readonly Argument[]>, ends);
    }
    return answer;
  }

  /** While a Cluster moves a slot, its keys may not be together. ioredis asks several times; as often again as there is time for. */
  async #whenMoved(send: () => Promise<readonly Argument[]>, ends: number): Promise<readonly Argument[]> {
    const { clock } = this.#parts;
    for (;;) {
      const from = clock.monotonic();
      try {
        return await send();
      } catch (error) {
        if (!isSplit(error)) throw error;
      }
      const now = clock.monotonic();
      // Where an answer is not in time nobody knows what was done, so the last one comes well before.
      if (now + SPLIT_PAUSE_MS + 2 * (now - from) >= ends) return [MOVING];
      await new Promise<void>((resolve) => void clock.after(SPLIT_PAUSE_MS, resolve));
    }
  }
}

/** What a script said, as the claim store says it. */
function said([kind, ...rest]: readonly Argument[]): unknown {
  const word = String(kind);
  if (ALONE.has(word)) return { kind };
  if (word === 'reserved') {
    const [dueMs, firstMs, order] = rest;
    return { kind, dueMs, firstMs, order };
  }
  const [job, name] = [standingJob(rest), JOBS[word]];
  if (name === undefined || (job === undefined && !MAYBE.has(word))) throw unknownAnswer(kind);
  return { kind, [name]: job };
}

/** Undefined where there is no job behind the word. */
function standingJob([id, handle, dueMs, firstMs, state, attempt, hash]: readonly Argument[]): StandingJob | undefined {
  return id === undefined ? undefined : ({ id, handle, dueMs, firstMs, hash, state, attempt } as StandingJob);
}

/** Undefined where the script did what it was asked for. */
function refusal([kind]: readonly Argument[]): KeyRefusal | undefined {
  if (kind === UNKNOWN)
    return { kind: 'refused', error: unknownClaim('Nothing was changed. Ask a process of that release.') };
  return kind === LACKING || kind === MOVING ? { kind: 'refused', error: notDone(kind) } : undefined;
}

function notDone(kind: typeof LACKING | typeof MOVING): DqClaimStoreError {
  const [wanted, came] =
    kind === MOVING
      ? [
          'the Redis Cluster to have all that concerns a key in one place',
          'it moves the slot of its tube, or has no master for it now',
        ]
      : ['the same job to stand under a key for a moment', 'other calls replaced it each time'];
  return new DqClaimStoreError(`Expected ${wanted}, but ${came}. The key was not changed; it is safe to repeat.`);
}
