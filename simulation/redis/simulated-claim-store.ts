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
} from '../../lib/core/claims/claim-store.js';
import { StoreClock } from '../../lib/core/claims/store-clock.js';
import type { Clock } from '../../lib/core/clock.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import type { RedisLine } from './redis-line.js';
import type { Command } from './redis-server.js';
import type { WatchedTable } from './watched-table.js';

/** A script's answers, and Redis' time. */
interface Answer<T> {
  readonly time: number;
  readonly results: readonly T[];
}

/**
 * A claim store behind a network: what `RedisClaimStore` makes of its scripts, with a table of claims in their place. Each call is
 * one message, carried out in one piece.
 */
export class SimulatedClaimStore implements ClaimStore {
  readonly #line: RedisLine;
  readonly #table: WatchedTable;
  readonly #clock: Clock;
  readonly #retentionMs: number;
  readonly #storeClocks = new Map<string, StoreClock>();

  constructor(line: RedisLine, table: WatchedTable, clock: Clock, retentionMs: number) {
    this.#line = line;
    this.#table = table;
    this.#clock = clock;
    this.#retentionMs = retentionMs;
  }

  start(): void {
    this.#line.connect();
  }

  async claim(tube: string, holder: Holder, requests: readonly ClaimRequest[]): Promise<readonly ClaimVerdict[]> {
    const storeClock = this.#storeClock(tube);
    const goodUntil = this.#goodUntil(storeClock);
    const takeoverUntil = storeClock.takeoverUntil(this.#line.readyFor);
    // Later changes of the jobs must not reach what was sent.
    const sent = requests.map(({ key, dueMs, takeover }) => ({ key, dueMs, takeover }));
    const young = this.#clock.now() - this.#retentionMs / 2;
    const latest = Math.max(...sent.map(({ dueMs }) => dueMs));
    const plain = sent.every(({ dueMs, takeover }) => !takeover && dueMs >= young);
    // A script that is told one moment for all of them judges them by the latest.
    const judged = plain ? sent.map((request) => ({ ...request, dueMs: latest })) : sent;
    const { time, results } = await this.#each('a claim', scriptOf(tube), judged, (request) =>
      this.#table.claim(holder, request, goodUntil, takeoverUntil),
    );
    storeClock.heard(time);
    return results;
  }

  async settle(tube: string, holder: Holder, requests: readonly SettleRequest[]): Promise<readonly boolean[]> {
    const storeClock = this.#storeClock(tube);
    const goodUntil = this.#goodUntil(storeClock);
    const { time, results } = await this.#each('the outcome of a run', scriptOf(tube), requests, (request) =>
      this.#table.settle(holder, request, goodUntil),
    );
    storeClock.heard(time);
    if (results.includes('late')) throw new DqClaimStoreError('The outcome was too long on its way.');
    return results.map((result) => result === 'settled');
  }

  async renew(tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    const goodUntil = this.#goodUntil(this.#storeClock(tube));
    const renewed = await this.#each('a renewal of leases', scriptOf(tube), requests, (request) =>
      this.#table.renew(holder, request, goodUntil),
    );
    return renewed.results;
  }

  async account(tube: string, requests: readonly AccountRequest[]): Promise<void> {
    await this.#each('an account of copies', scriptOf(tube), requests, (request) => this.#table.account(request));
  }

  async revoke(tube: string, request: RevokeRequest): Promise<RevokeVerdict> {
    return this.#line.call('a revoke', scriptOf(tube), () => this.#table.revoke(request));
  }

  async describeDead(tube: string, keys: readonly string[]): Promise<readonly DeadClaim[]> {
    return (
      await this.#each('a look at dead letters', { what: 'look', tube }, keys, (key) => this.#table.describeDead(key))
    ).results;
  }

  async resolveDead(tube: string, keys: readonly string[], how: 'retry' | 'drop'): Promise<readonly boolean[]> {
    return (
      await this.#each('a decision on dead letters', scriptOf(tube), keys, (key) => this.#table.resolveDead(key, how))
    ).results;
  }

  async admit(tube: string, requests: readonly AdmitRequest[]): Promise<readonly Admission[]> {
    return (
      await this.#each('the admission of an id', scriptOf(tube), requests, (request) => this.#table.admit(request))
    ).results;
  }

  async conclude(tube: string, requests: readonly ConcludeRequest[]): Promise<readonly boolean[]> {
    return (
      await this.#each('the end of an admission', scriptOf(tube), requests, (request) => this.#table.conclude(request))
    ).results;
  }

  async ping(tube: string): Promise<void> {
    await this.#line.call('a trial', { what: 'trial', tube }, () => undefined);
  }

  close(): Promise<void> {
    this.#line.close();
    return Promise.resolve();
  }

  async #each<Request, Result>(
    operation: string,
    command: Command,
    requests: readonly Request[],
    run: (request: Request) => Result,
  ): Promise<Answer<Result>> {
    if (requests.length === 0) return { time: 0, results: [] };
    return this.#line.call(operation, command, () => ({ time: this.#table.now(), results: requests.map(run) }));
  }

  #storeClock(tube: string): StoreClock {
    let clock = this.#storeClocks.get(tube);
    if (clock === undefined) this.#storeClocks.set(tube, (clock = new StoreClock(this.#clock)));
    return clock;
  }

  #goodUntil(storeClock: StoreClock): number {
    return storeClock.goodFor(this.#line.deadline);
  }
}

function scriptOf(tube: string): Command {
  return { what: 'script', tube };
}
