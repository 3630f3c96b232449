import { trialKey } from '../claims/claim-key.js';
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
  SettleOutcome,
  SettleRequest,
} from '../claims/claim-store.js';
import { type Keeping, keeping, LONGEST_REASON, STALE_ADMISSION_MS } from '../claims/keeping.js';
import { StoreClock } from '../claims/store-clock.js';
import type { Clock } from '../clock.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import { admission, deadClaim, revokeVerdict, verdicts, yesOrNo } from './claim-answers.js';
import type { RedisConnection } from './redis-connection.js';
import { RedisScripts } from './redis-scripts.js';

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

  constructor(connection: RedisConnection, retentionMs: number, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#keeps = keeping(retentionMs);
    this.#scripts = new RedisScripts(connection);
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
        if (outcome.kind === 'again') to.push(attempt, againLetter(outcome), outcome.ms);
        else if (outcome.kind === 'done') to.push(attempt, 'D', `${copies}:0`);
        else to.push(attempt, 'X', `${copies}:0:${outcome.reason.slice(0, LONGEST_REASON)}`);
      },
      read: ([time, ...codes]) => {
        storeClock.heard(time as number);
        if (codes.includes(TOO_LATE)) throw new DqClaimStoreError(LATE);
        return yesOrNo(codes);
      },
      alike: endAlike,
    });
  }

  async renew(_tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    return this.#scripts.callMany('dqRenew', requests, {
      head: [holder.token, holder.leaseMs, this.#keeps.keepMs],
      push: ({ attempt }, to) => void to.push(attempt),
      read: yesOrNo,
    });
  }

  async account(_tube: string, requests: readonly AccountRequest[]): Promise<void> {
    await this.#scripts.callMany('dqAccount', requests, {
      head: [this.#keeps.settledMs, this.#keeps.keepMs],
      push: ({ copies, gone }, to) => void to.push(copies, gone),
      read: () => [],
      alike: (one, other) => one.copies === other.copies && one.gone === other.gone,
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
    });
  }

  async admit(_tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    return this.#scripts.callMany('dqAdmit', requests, {
      head: [this.#keeps.keepMs, STALE_ADMISSION_MS],
      push: ({ generation, dueMs }, to) => void to.push(generation, dueMs),
      read: (codes, part) => part.map((_, at) => admission(codes[2 * at] as number, codes[2 * at + 1] as number)),
    });
  }

  async conclude(_tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return this.#scripts.callMany('dqConclude', requests, {
      head: [],
      push: ({ generation, written }, to) => void to.push(generation, written ? 'S' : 'F'),
      read: yesOrNo,
    });
  }

  async revoke(_tube: string, { key, copies, dueMs, absent = false }: RevokeRequest): Promise<RevokeVerdict> {
    const { keepMs, openMs } = this.#keeps;
    const parameters = [key, copies, keepMs, dueMs ?? '', absent ? '1' : '0', openMs];
    return revokeVerdict(await this.#scripts.call('dqRevoke', 1, parameters));
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
      read: ([time, ...codes], part) => {
        storeClock.heard(time as number);
        return verdicts(codes, part.length);
      },
    });
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
    one.copies === other.copies
  );
}
