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
import { type Keeping, keeping, LONGEST_REASON, STALE_ADMISSION_MS } from '../claims/keeping.js';
import { StoreClock } from '../claims/store-clock.js';
import type { Clock } from '../clock.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import { isNativeKey, trialKey } from '../claims/claim-key.js';
import { admission, deadClaim, revokeVerdict, verdict, yesOrNo } from './claim-answers.js';
import type { RedisConnection } from './redis-connection.js';
import { ACCOUNT } from './scripts/account.js';
import { ADMIT } from './scripts/admit.js';
import { CLAIM } from './scripts/claim.js';
import { CONCLUDE } from './scripts/conclude.js';
import { RENEW } from './scripts/renew.js';
import { RESOLVE_DEAD } from './scripts/resolve-dead.js';
import { REVOKE } from './scripts/revoke.js';
import { SETTLE } from './scripts/settle.js';

/** How errors name a script. */
const OPERATIONS: Readonly<Record<keyof Scripts, string>> = {
  dqClaim: 'a claim',
  dqSettle: 'the outcome of a run',
  dqRenew: 'a renewal of leases',
  dqAccount: 'an account of copies',
  dqRevoke: 'a revoke',
  dqResolveDead: 'a decision on dead letters',
  dqAdmit: 'the admission of an id',
  dqConclude: 'the end of an admission',
};

type Argument = string | number;
type Script = (keys: number, ...rest: Argument[]) => Promise<unknown>;
interface Scripts {
  readonly dqClaim: Script;
  readonly dqSettle: Script;
  readonly dqRenew: Script;
  readonly dqAccount: Script;
  readonly dqRevoke: Script;
  readonly dqResolveDead: Script;
  readonly dqAdmit: Script;
  readonly dqConclude: Script;
}

/** Lua's unpack ends near 8,000 values; one call must not hold Redis for long either. */
const MOST_KEYS = 1_000;

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
  readonly #scripts: Scripts;

  constructor(connection: RedisConnection, retentionMs: number, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#keeps = keeping(retentionMs);
    const { client } = connection;
    client.defineCommand('dqClaim', { lua: CLAIM });
    client.defineCommand('dqSettle', { lua: SETTLE });
    client.defineCommand('dqRenew', { lua: RENEW });
    client.defineCommand('dqAccount', { lua: ACCOUNT });
    client.defineCommand('dqRevoke', { lua: REVOKE });
    client.defineCommand('dqResolveDead', { lua: RESOLVE_DEAD });
    client.defineCommand('dqAdmit', { lua: ADMIT });
    client.defineCommand('dqConclude', { lua: CONCLUDE });
    this.#scripts = client as unknown as Scripts;
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
    return this.#run(
      'dqSettle',
      requests,
      head,
      ({ attempt, outcome, copies }, to) => {
        if (outcome.kind === 'again') to.push(attempt, outcome.counts ? 'W' : 'U', outcome.ms);
        else if (outcome.kind === 'done') to.push(attempt, 'D', `${copies}:0`);
        else to.push(attempt, 'X', `${copies}:0:${outcome.reason.slice(0, LONGEST_REASON)}`);
      },
      ([time, ...codes]) => {
        storeClock.heard(time as number);
        if (codes.includes(TOO_LATE)) throw new DqClaimStoreError(LATE);
        return yesOrNo(codes);
      },
      endAlike,
    );
  }

  async renew(_tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    return this.#run(
      'dqRenew',
      requests,
      [holder.token, holder.leaseMs, this.#keeps.keepMs],
      (request, to) => {
        to.push(request.attempt);
      },
      yesOrNo,
    );
  }

  async account(_tube: string, requests: readonly AccountRequest[]): Promise<void> {
    await this.#run(
      'dqAccount',
      requests,
      [this.#keeps.settledMs, this.#keeps.keepMs],
      (request, to) => {
        to.push(request.copies, request.gone);
      },
      () => [],
      (one, other) => one.copies === other.copies && one.gone === other.gone,
    );
  }

  async describeDead(_tube: string, keys: readonly string[]): Promise<readonly DeadClaim[]> {
    const values = await this.#connection.call('a look at dead letters', () =>
      Promise.all(keys.map((key) => this.#connection.client.get(key))),
    );
    return values.map(deadClaim);
  }

  async resolveDead(_tube: string, keys: readonly string[], how: 'retry' | 'drop'): Promise<readonly boolean[]> {
    const requests = keys.map((key) => ({ key }));
    return this.#run('dqResolveDead', requests, [this.#keeps.keepMs, how === 'retry' ? 'W' : 'V'], () => {}, yesOrNo);
  }

  async admit(_tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    return this.#run(
      'dqAdmit',
      requests,
      [this.#keeps.keepMs, STALE_ADMISSION_MS],
      ({ generation, dueMs }, to) => {
        to.push(generation, dueMs);
      },
      (codes, part) => part.map((_, at) => admission(codes[2 * at] as number, codes[2 * at + 1] as number)),
    );
  }

  async conclude(_tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return this.#run(
      'dqConclude',
      requests,
      [],
      ({ generation, written }, to) => {
        to.push(generation, written ? 'S' : 'F');
      },
      yesOrNo,
    );
  }

  async revoke(_tube: string, { key, copies, dueMs, absent = false }: RevokeRequest): Promise<RevokeVerdict> {
    const state = await this.#connection.call('a revoke', () =>
      this.#scripts.dqRevoke(1, key, copies, this.#keeps.keepMs, dueMs ?? '', absent ? '1' : '0'),
    );
    return revokeVerdict(state);
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
    return this.#run(
      'dqClaim',
      requests,
      each ? [...head, latest, this.#keeps.retentionMs, this.#keeps.deadMs] : [...head, latest],
      each ? ({ dueMs, takeover }, to) => to.push(takeover ? -Math.max(1, dueMs) : dueMs) : undefined,
      (codes, part) => {
        storeClock.heard(codes[0] as number);
        return part.map((_, at) => verdict(codes[2 * at + 1] as number, codes[2 * at + 2] as number));
      },
    );
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

  /**
   * One round trip for up to 1,000 jobs. `alike`: requests whose arguments are the same, which the script then takes once for all. In a
   * Redis Cluster plain keys share no slot, so they go one by one.
   */
  async #run<Request extends { readonly key: string }, Result>(
    script: keyof Scripts,
    requests: readonly Request[],
    head: readonly Argument[],
    push: ((request: Request, to: Argument[]) => void) | undefined,
    read: (codes: readonly number[], part: readonly Request[]) => readonly Result[],
    alike?: (one: Request, other: Request) => boolean,
  ): Promise<readonly Result[]> {
    const size = this.#connection.isCluster && requests.some(({ key }) => !isNativeKey(key)) ? 1 : MOST_KEYS;
    const one = async (part: readonly Request[]): Promise<readonly Result[]> => {
      const parameters: Argument[] = [];
      for (const { key } of part) parameters.push(key);
      for (const argument of head) parameters.push(argument);
      const [first] = part;
      if (push !== undefined && first !== undefined) {
        if (alike !== undefined && part.every((request) => alike(first, request))) push(first, parameters);
        else for (const request of part) push(request, parameters);
      }
      const codes = await this.#connection.call(OPERATIONS[script], () =>
        this.#scripts[script](part.length, ...parameters),
      );
      return read(codes as readonly number[], part);
    };
    if (requests.length === 0) return [];
    if (requests.length <= size) return one(requests);
    const parts: Promise<readonly Result[]>[] = [];
    for (let at = 0; at < requests.length; at += size) parts.push(one(requests.slice(at, at + size)));
    return (await Promise.all(parts)).flat();
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
