import { admissionKey, generationKey, generationOf, historyKey, isNativeKey } from '../claims/claim-key.js';
import type {
  AccountRequest,
  Admission,
  AdmitRequest,
  ClaimRequest,
  ClaimStore,
  ClaimVerdict,
  ConcludeRequest,
  DeadClaim,
  HistoryRecord,
  HistorySettings,
  Holder,
  JobRecord,
  RenewRequest,
  RevokeRequest,
  RevokeVerdict,
  SettleOutcome,
  SettleRequest,
} from '../claims/claim-store.js';
import { type Retention, LONGEST_REASON, resolveRetention } from '../claims/retention.js';
import { StoreClock } from '../claims/store-clock.js';
import type { Clock } from '../base/clock.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import { admissionState, claimState, deadClaim, revokeVerdict, verdicts, yesOrNo } from './claim-answers.js';
import type { RedisConnection } from './redis-connection.js';
import { logArguments, readRecord } from './redis-history.js';
import { RedisForgot } from './redis-fault.js';
import { RedisIds } from './redis-ids.js';
import { type Mark, type Argument, RedisScripts, type SendScript } from './redis-scripts.js';
import { RedisMemory } from './redis-memory.js';

/** The last code of settlements and renewals of which some found no claim. */
const MISSED = 1;
/** The code of an outcome that was too long on its way. */
const TOO_LATE = 2;
const LATE =
  'Expected an outcome to reach Redis within the command deadline, but it took longer. Nothing was changed; it is safe to repeat.';
const FORGOT_AGAIN =
  'Expected Redis to know what it was told, but it lost that twice within a moment. Nothing was changed; it is safe to repeat.';

/** Behind the time: nothing was granted, since Redis may have lost claims. */
const FORGOTTEN = -1;

/** Claims in Redis; see {@link ClaimStore} for their states. */
export class RedisClaimStore implements ClaimStore {
  readonly #connection: RedisConnection;
  readonly #keeps: Retention;
  readonly #clock: Clock;
  /** Per tube, since in a Cluster each tube lives on one of several servers. */
  readonly #storeClocks = new Map<string, StoreClock>();
  readonly #scripts: RedisScripts;
  readonly #ids: RedisIds;
  readonly #memory: RedisMemory;
  /** The one that was asked of last: what was refused then is tried with it. */
  #tube = '';

  /** `doneRetentionMs`: for how long a job that is done is known, once all its copies are gone. */
  constructor(connection: RedisConnection, retentionMs: number, clock: Clock, doneRetentionMs?: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#keeps = resolveRetention(retentionMs, doneRetentionMs);
    this.#scripts = new RedisScripts(connection, clock);
    this.#ids = new RedisIds(connection, this.#scripts, this.#keeps);
    this.#memory = new RedisMemory(connection, this.#scripts, clock);
    connection.tryBy(() => this.#look(this.#tube));
    if (connection.isCluster) connection.client.on('-node', () => this.#memory.doubtAll());
  }

  get up(): boolean {
    return this.#connection.up;
  }

  async claim(tube: string, holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]> {
    const mark = this.#memory.mark(tube);
    try {
      return await this.#claimWith(mark ?? (await this.#look(tube)), tube, holder, requests);
    } catch (error) {
      if (!(error instanceof RedisForgot)) throw error;
    }
    this.#memory.doubt(tube);
    const found = await this.#look(tube);
    try {
      return await this.#claimWith(found, tube, holder, requests);
    } catch (error) {
      throw error instanceof RedisForgot ? new DqClaimStoreError(FORGOT_AGAIN) : error;
    }
  }

  async settle(
    tube: string,
    holder: Holder,
    requests: readonly SettleRequest[],
    history?: HistorySettings,
  ): Promise<readonly boolean[]> {
    const storeClock = this.#storeClock(tube);
    const head = [holder.token, this.#keeps.keepMs, this.#keeps.deadMs, this.#goodUntil(storeClock)];
    return this.#scripts.callMany('dqSettle', requests, {
      head,
      push: ({ attempt, outcome, copies, toldAgain }, to) => {
        if (outcome.kind === 'again') to.push(attempt, againLetter(outcome), outcome.ms);
        else if (outcome.kind === 'done') to.push(attempt, toldAgain ? 'd' : 'D', `${copies}:0`);
        else to.push(attempt, toldAgain ? 'x' : 'X', `${copies}:0:${outcome.reason.slice(0, LONGEST_REASON)}`);
      },
      read: ([time, ...codes]) => {
        storeClock.heard(time as number);
        if (codes.pop() === MISSED) this.#memory.doubt(tube);
        if (codes.includes(TOO_LATE)) throw new DqClaimStoreError(LATE);
        return yesOrNo(codes);
      },
      alike: endAlike,
      logged: history && { name: 'dqSettleLogged', key: historyKey(tube), tail: (part) => logArguments(history, part) },
      ids: {
        wants: ({ outcome }) => outcome.kind === 'again',
        holds: ({ outcome }, settled) =>
          settled && outcome.kind === 'again' ? this.#keeps.keepMs + outcome.ms : undefined,
      },
    });
  }

  async renew(tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    return this.#scripts.callMany('dqRenew', requests, {
      head: [holder.token, holder.leaseMs, this.#keeps.keepMs],
      push: ({ attempt, toldAgain }, to) => void to.push(toldAgain ? -attempt : attempt),
      tail: [this.#goodUntil(this.#storeClock(tube))],
      read: (codes, part) => {
        if (codes[part.length] === MISSED) this.#memory.doubt(tube);
        return yesOrNo(codes.slice(0, part.length));
      },
      ids: { holds: (_, renewed) => (renewed ? this.#keeps.keepMs : undefined) },
    });
  }

  async account(_tube: string, requests: readonly AccountRequest[]): Promise<void> {
    await this.#scripts.callMany('dqAccount', requests, {
      head: [this.#keeps.doneMs, this.#keeps.keepMs],
      push: ({ copies, gone }, to) => void to.push(copies, gone),
      read: () => [],
      alike: (one, other) => one.copies === other.copies && one.gone === other.gone,
      // Where an admission cannot be given its claim is kept for longer, and nothing is to be made up for.
      ids: {},
    });
  }

  async history(tube: string, limit: number, before?: string): Promise<readonly HistoryRecord[]> {
    const newest = before === undefined ? '+' : `(${before}`;
    const entries = await this.#connection.call('a look at a history', () =>
      this.#connection.client.xrevrange(historyKey(tube), newest, '-', 'COUNT', limit),
    );
    const records = entries.flatMap(([place, [, text = '']]) => readRecord(place, text) ?? []);
    const last = entries.at(-1)?.[0];
    // Nothing here is understood, but older entries may be.
    return records.length > 0 || last === undefined ? records : this.history(tube, limit, last);
  }

  async describe(_tube: string, key: string): Promise<JobRecord> {
    const get = (one: string): Promise<string | null> => this.#connection.client.get(one);
    const look = <T>(work: () => Promise<T>): Promise<T> => this.#connection.call('a look at a claim', work);
    const [claim, admitted] = await look(() =>
      Promise.all([get(key), isNativeKey(key) ? get(admissionKey(key)) : Promise.resolve(null)]),
    );
    const known = admissionState(admitted);
    if (claim !== null || known === undefined) return { claim: claimState(claim) };
    const own = claimState(await look(() => get(generationKey(key, known.generation))));
    const isOver = own.kind === 'none' && known.done;
    return { claim: isOver ? { kind: 'done', attempt: undefined } : own, admission: known.admission };
  }

  async describeDead(_tube: string, keys: readonly string[]): Promise<readonly DeadClaim[]> {
    const values = await this.#connection.call('a look at dead letters', () =>
      Promise.all(keys.map((key) => this.#connection.client.get(key))),
    );
    return values.map(deadClaim);
  }

  async resolveDead(_tube: string, keys: readonly string[], how: 'retry' | 'drop'): Promise<readonly boolean[]> {
    const requests = keys.map((key) => ({ key }));
    return this.#scripts.callMany('dqResolveDead', requests, {
      head: [this.#keeps.keepMs, how === 'retry' ? 'W' : 'V'],
      read: yesOrNo,
      ids: how === 'retry' ? { holds: (_, resolved) => (resolved ? this.#keeps.keepMs : undefined) } : undefined,
    });
  }

  async admit(tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    this.#tube = tube;
    return this.#ids.admit(requests);
  }

  async conclude(_tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return this.#ids.conclude(requests);
  }

  async revoke(tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    this.#tube = tube;
    const { key } = request;
    if (request.guess === true) return this.#revokeGuess(request);
    if (!isNativeKey(key) || generationOf(key) !== undefined) return revokeVerdict(await this.#revoke(request));
    // The id may be the caller's own: then its admission leads to the claim.
    for (let state = await this.#revokeByName(request); ;) {
      const [, stage, generation] = /^([PS]):(.*)$/.exec(state) ?? [];
      if (generation === undefined) return revokeVerdict(state);
      const verdict = revokeVerdict(await this.#revoke({ ...request, key: generationKey(key, generation) }));
      if (stage === 'S' || verdict !== 'revoked') return verdict;
      const next = await this.#revokeByName(request);
      if (next === state) return verdict;
      // Another write has taken the id over meanwhile, or this one was concluded.
      state = next;
    }
  }

  onLoss(tube: string, tellAgain: () => Promise<void>): void {
    this.#memory.onLoss(tube, tellAgain);
  }

  async ping(tube: string): Promise<void> {
    // It writes: a Redis that is read-only or out of memory answers a ping all the same.
    await this.#look(tube);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** In a Cluster, it goes to the master of the tube. */
  #look(tube: string): Promise<Mark> {
    return this.#memory.look(tube, this.#storeClock(tube));
  }

  async #claimWith(
    mark: Mark,
    tube: string,
    holder: Holder,
    requests: readonly ClaimRequest[],
  ): Promise<readonly ClaimVerdict[]> {
    const young = this.#clock.now() - this.#keeps.retentionMs / 2;
    if (this.#memory.settling(tube) || requests.some(({ dueMs, takeover }) => takeover || dueMs < young))
      return this.#claim(tube, mark, holder, requests, true);
    const verdicts = await this.#claim(tube, mark, holder, requests, false);
    // All were measured by the latest due time. Where Redis' clock is behind, that is unjust to those that are due by it.
    const unjust = requests.length > 1 && verdicts.some(({ kind }) => kind === 'early');
    return unjust ? this.#claim(tube, mark, holder, requests, true) : verdicts;
  }

  #claim(
    tube: string,
    mark: Mark,
    { token, leaseMs }: Holder,
    requests: readonly ClaimRequest[],
    each: boolean,
  ): Promise<readonly ClaimVerdict[]> {
    const storeClock = this.#storeClock(tube);
    const head = [
      token,
      leaseMs,
      this.#keeps.keepMs,
      this.#goodUntil(storeClock),
      storeClock.takeoverUntil(this.#connection.readyFor),
    ];
    const latest = requests.reduce((most, { dueMs }) => Math.max(most, dueMs), 0);
    return this.#scripts.callMany('dqClaim', requests, {
      head: each ? [...head, latest, this.#keeps.retentionMs, this.#keeps.deadMs] : [...head, latest],
      push: each ? ({ dueMs, takeover }, to) => void to.push(takeover ? -Math.max(1, dueMs) : dueMs) : undefined,
      mark,
      read: ([time, ...codes], part) => {
        storeClock.heard(time as number);
        if (codes[0] === FORGOTTEN) throw new RedisForgot();
        return verdicts(codes as readonly number[], part.length);
      },
      ids: { holds: (_, { kind }) => (kind === 'granted' ? this.#keeps.keepMs : undefined) },
    });
  }

  #revoke({ key, ...request }: RevokeRequest): Promise<unknown> {
    return this.#scripts.call('dqRevoke', [key], this.#revokeArguments(request));
  }

  async #revokeGuess({ key, ...request }: RevokeRequest): Promise<RevokeVerdict> {
    const state = await this.#scripts.callIfAllowed('dqRevoke', [key], this.#revokeArguments(request));
    if (state !== undefined) return revokeVerdict(state);
    return request.absent === true ? 'done' : 'revoked';
  }

  async #revokeByName({ key, ...request }: RevokeRequest): Promise<string> {
    const parameters = this.#revokeArguments(request);
    const admission = admissionKey(key);
    const apart = async (send: SendScript): Promise<unknown> => {
      const state = await send([admission], parameters);
      return state === 'none' ? send([key], parameters) : state;
    };
    return String(await this.#scripts.call('dqRevoke', [key, admission], parameters, apart));
  }

  #revokeArguments({ copies, dueMs, absent = false }: Omit<RevokeRequest, 'key'>): readonly Argument[] {
    const { keepMs, openMs } = this.#keeps;
    return [copies, keepMs, dueMs ?? '', absent ? '1' : '0', openMs];
  }

  #storeClock(tube: string): StoreClock {
    this.#tube = tube;
    let clock = this.#storeClocks.get(tube);
    if (clock === undefined) this.#storeClocks.set(tube, (clock = new StoreClock(this.#clock)));
    return clock;
  }

  /** A command is good for as long as its caller waits for it. */
  #goodUntil(storeClock: StoreClock): number {
    return storeClock.goodFor(this.#connection.deadline);
  }
}

function againLetter({ counts, asked }: Extract<SettleOutcome, { readonly kind: 'again' }>): 'W' | 'U' | 'A' {
  if (counts) return 'W';
  return asked ? 'A' : 'U';
}

/** Most runs end so: done, in the same attempt, with as many copies. */
function endAlike(one: SettleRequest, other: SettleRequest): boolean {
  return (
    one.outcome.kind === 'done' &&
    other.outcome.kind === 'done' &&
    one.attempt === other.attempt &&
    one.toldAgain === other.toldAgain &&
    one.copies === other.copies
  );
}
