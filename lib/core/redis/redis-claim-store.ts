import { admissionKey, generationKey, isNativeKey, trialKey } from '../claims/claim-key.js';
import type {
  AccountRequest,
  Admission,
  AdmitRequest,
  ClaimRequest,
  ClaimStore,
  ClaimVerdict,
  ConcludeRequest,
  DeadClaim,
  Holder,
  RenewRequest,
  RevokeRequest,
  RevokeVerdict,
  SettleRequest,
} from '../claims/claim-store.js';
import { type Keeping, keeping, LONGEST_REASON } from '../claims/keeping.js';
import { StoreClock } from '../claims/store-clock.js';
import type { Clock } from '../clock.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import { deadClaim, revokeVerdict, verdict, yesOrNo } from './claim-answers.js';
import type { RedisConnection } from './redis-connection.js';
import { RedisIds } from './redis-ids.js';
import { type Argument, RedisScripts, type SendScript } from './redis-scripts.js';

/** The code of an outcome that was too long on its way. */
const TOO_LATE = 2;
const LATE =
  'Expected an outcome to reach Redis within the command deadline, but it was longer on its way. Nothing was changed; it is safe to repeat.';

/** Claims in Redis; see {@link ClaimStore} for their states. */
export class RedisClaimStore implements ClaimStore {
  readonly #connection: RedisConnection;
  readonly #keeps: Keeping;
  readonly #clock: Clock;
  /** Per tube, since in a Cluster each tube lives on one of several servers. */
  readonly #storeClocks = new Map<string, StoreClock>();
  readonly #scripts: RedisScripts;
  readonly #ids: RedisIds;

  /** `doneRetentionMs`: for how long a job that is done is known, once all its copies are gone. */
  constructor(connection: RedisConnection, retentionMs: number, clock: Clock, doneRetentionMs?: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#keeps = keeping(retentionMs, doneRetentionMs);
    this.#scripts = new RedisScripts(connection, clock);
    this.#ids = new RedisIds(connection, this.#scripts, this.#keeps);
  }

  async claim(tube: string, holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]> {
    const young = this.#clock.now() - this.#keeps.retentionMs / 2;
    if (requests.some(({ dueMs, takeover }) => takeover || dueMs < young))
      return this.#claim(tube, holder, requests, true);
    const verdicts = await this.#claim(tube, holder, requests, false);
    // All were measured by the latest due time. Where Redis' clock is behind, that is unjust to those that are due by it.
    const unjust = requests.length > 1 && verdicts.some(({ kind }) => kind === 'early');
    return unjust ? this.#claim(tube, holder, requests, true) : verdicts;
  }

  async settle(tube: string, holder: Holder, requests: readonly SettleRequest[]): Promise<readonly boolean[]> {
    const storeClock = this.#storeClock(tube);
    const head = [holder.token, this.#keeps.keepMs, this.#keeps.deadMs, this.#goodUntil(storeClock)];
    return this.#scripts.callMany('dqSettle', requests, {
      head,
      push: ({ attempt, outcome, copies }, to) => {
        if (outcome.kind === 'again') to.push(attempt, outcome.counts ? 'W' : 'U', outcome.ms);
        else if (outcome.kind === 'done') to.push(attempt, 'D', `${copies}:0`);
        else to.push(attempt, 'X', `${copies}:0:${outcome.reason.slice(0, LONGEST_REASON)}`);
      },
      read: ([time, ...codes]) => {
        storeClock.heard(time as number);
        if (codes.includes(TOO_LATE)) throw new DqClaimStoreError(LATE);
        return yesOrNo(codes);
      },
      alike: endAlike,
      ids: {
        wants: ({ outcome }) => outcome.kind === 'again',
        holds: ({ outcome }, settled) =>
          settled && outcome.kind === 'again' ? this.#keeps.keepMs + outcome.ms : undefined,
      },
    });
  }

  async renew(_tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    return this.#scripts.callMany('dqRenew', requests, {
      head: [holder.token, holder.leaseMs, this.#keeps.keepMs],
      push: ({ attempt }, to) => void to.push(attempt),
      read: yesOrNo,
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

  async admit(_tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    return this.#ids.admit(requests);
  }

  async conclude(_tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return this.#ids.conclude(requests);
  }

  async revoke(_tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    const { key } = request;
    if (!isNativeKey(key) || key.includes('#')) return revokeVerdict(await this.#revoke(request));
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

  async ping(tube: string): Promise<void> {
    // A write: a Redis that is read-only or out of memory answers a ping all the same. In a Cluster, to the master of the tube.
    await this.#connection.call('a trial', () => this.#connection.client.set(trialKey(tube), '1', 'PX', 1_000));
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #claim(
    tube: string,
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
      read: (codes, part) => {
        storeClock.heard(codes[0] as number);
        return part.map((_, at) => verdict(codes[2 * at + 1] as number, codes[2 * at + 2] as number));
      },
      ids: { holds: (_, { kind }) => (kind === 'granted' ? this.#keeps.keepMs : undefined) },
    });
  }

  #revoke({ key, ...request }: RevokeRequest): Promise<unknown> {
    return this.#scripts.call('dqRevoke', [key], this.#revokeArguments(request));
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
    return [copies, this.#keeps.keepMs, dueMs ?? '', absent ? '1' : '0'];
  }

  #storeClock(tube: string): StoreClock {
    let clock = this.#storeClocks.get(tube);
    if (clock === undefined) this.#storeClocks.set(tube, (clock = new StoreClock(this.#clock)));
    return clock;
  }

  /** A command is good for as long as its caller waits for it. */
  #goodUntil(storeClock: StoreClock): number {
    return storeClock.goodFor(this.#connection.deadline);
  }
}

/** Most runs end so: done, in the same attempt, with as many copies. */
function endAlike(one: SettleRequest, other: SettleRequest): boolean {
  return (
    one.outcome.kind === 'done' &&
    other.outcome.kind === 'done' &&
    one.attempt === other.attempt &&
    one.copies === other.copies
  );
}
