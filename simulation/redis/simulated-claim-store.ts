import type {
  ClaimRequest,
  ClaimVerdict,
  Holder,
  HistorySettings,
  RenewRequest,
  SettleAnswer,
  SettleRequest,
} from '../../lib/core/claims/claim-store.js';
import { NO_TAKEOVER_MS } from '../../lib/core/claims/store-clock.js';
import type { Clock } from '../../lib/core/base/clock.js';
import { DqClaimStoreError } from '../../lib/core/errors/connection.errors.js';
import { type RedisConnection, TRIAL } from '../../lib/core/redis/redis-connection.js';
import type { ClaimTable } from '../../lib/embedded/claims/claim-table.js';
import type { ClaimCall } from '../../lib/embedded/claims/claim-call.js';
import { answerOf, MemoryClaimStore } from '../../lib/embedded/claims/memory-claim-store.js';
import { RedisForgot } from '../../lib/core/redis/redis-fault.js';
import type { Mark, SendScript } from '../../lib/core/redis/redis-scripts.js';
import { RedisMemory } from '../../lib/core/redis/redis-memory.js';
import type { Command, RedisServer } from './redis-server.js';
import type { SimulatedRedis } from './simulated-redis.js';
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
export class SimulatedClaimStore extends MemoryClaimStore {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;
  readonly #retentionMs: number;
  readonly #server: RedisServer;
  readonly #table: WatchedTable;
  readonly #memory: RedisMemory;

  constructor(
    connection: RedisConnection,
    server: RedisServer,
    table: WatchedTable,
    clock: Clock,
    retentionMs: number,
  ) {
    super(table, 'elsewhere');
    this.#table = table;
    this.#connection = connection;
    this.#server = server;
    this.#clock = clock;
    this.#retentionMs = retentionMs;
    this.#memory = new RedisMemory(
      connection,
      { together: (_name, ask) => connection.call(TRIAL, () => ask(this.#look)) },
      clock,
    );
  }

  override get up(): boolean {
    return true;
  }

  start(): void {
    this.#connection.connect();
  }

  override async claim(
    tube: string,
    holder: Holder,
    requests: readonly ClaimRequest[],
  ): Promise<readonly ClaimVerdict[]> {
    const mark = this.#memory.mark(tube);
    const verdicts = await this.#claim(mark ?? (await this.#memory.look(tube)), tube, holder, requests);
    if (verdicts !== undefined) return verdicts;
    this.#memory.doubt(tube);
    const again = await this.#claim(await this.#memory.look(tube), tube, holder, requests);
    if (again === undefined) throw new DqClaimStoreError('Redis has lost what it was told twice in a moment.');
    return again;
  }

  onLoss(tube: string, tellAgain: () => Promise<void>): void {
    this.#memory.onLoss(tube, tellAgain);
  }

  /** Undefined when Redis may have lost claims. */
  async #claim(
    { word, epoch }: Pick<Mark, 'word' | 'epoch'>,
    tube: string,
    holder: Holder,
    requests: readonly ClaimRequest[],
  ): Promise<readonly ClaimVerdict[] | undefined> {
    const storeClock = this.#memory.storeClock(tube);
    const goodUntil = this.#memory.goodUntil(tube);
    const takeoverUntil = storeClock.takeoverUntil(this.#connection.readyFor);
    // Later changes of the jobs must not reach what was sent.
    const sent = requests.map(({ key, dueMs, takeover, slot }) => ({ key, dueMs, takeover, slot }));
    const young = this.#clock.now() - this.#retentionMs / 2;
    const latest = Math.max(...sent.map(({ dueMs }) => dueMs));
    const plain = sent.every(({ dueMs, takeover }) => !takeover && dueMs >= young);
    const settling = this.#memory.settling(tube);
    // A script that is told one moment for all of them judges them by the latest.
    const judged = plain && !settling ? sent.map((request) => ({ ...request, dueMs: latest })) : sent;
    const answered = await this.#eachBy(epoch, scriptOf(tube), judged, (request) => {
      const mark = this.#server.mark(tube);
      if (mark?.word !== word) return undefined;
      if (this.#table.pauses.look(tube) !== undefined) return { kind: 'paused' } as const;
      const waits = settling ? mark.since + NO_TAKEOVER_MS - this.#table.now() : 0;
      if (waits > 0) {
        const from = this.#table.knows(request.key) ? this.#table.waitsFrom(request.key) : request.dueMs;
        if (from !== undefined && from < mark.since && from <= this.#table.now())
          return { kind: 'running', ms: waits } as const;
      }
      return this.#table.claim(holder, request, goodUntil, waits > 0 ? 0 : takeoverUntil);
    });
    if (answered === undefined) return undefined;
    const { time, results } = answered;
    storeClock.heard(time);
    const verdicts = results.filter((verdict) => verdict !== undefined);
    return verdicts.length === results.length ? verdicts : undefined;
  }

  override async settle(
    tube: string,
    holder: Holder,
    requests: readonly SettleRequest[],
    history?: HistorySettings,
  ): Promise<readonly SettleAnswer[]> {
    const storeClock = this.#memory.storeClock(tube);
    const goodUntil = this.#memory.goodUntil(tube);
    let missed = false;
    const { time, results } = await this.#each('the outcome of a run', scriptOf(tube), requests, (request) => {
      missed ||= request.toldAgain !== true && !this.#table.knows(request.key);
      return this.#table.settle(holder, request, goodUntil, history && { tube, history });
    });
    storeClock.heard(time);
    if (missed) this.#memory.doubt(tube);
    if (results.includes('late')) throw new DqClaimStoreError('The outcome was too long on its way.');
    return results.map(answerOf);
  }

  override async renew(tube: string, holder: Holder, requests: readonly RenewRequest[]): Promise<readonly boolean[]> {
    const goodUntil = this.#memory.goodUntil(tube);
    let missed = false;
    const renewed = await this.#each('a renewal of leases', scriptOf(tube), requests, (request) => {
      missed ||= request.toldAgain !== true && !this.#table.knows(request.key);
      return this.#table.renew(holder, request, goodUntil);
    });
    if (missed) this.#memory.doubt(tube);
    return renewed.results;
  }

  override async ping(tube: string): Promise<void> {
    await this.#memory.look(tube);
  }

  override async close(): Promise<void> {
    await this.#connection.close();
  }

  protected override carryOut<T>({ operation, tube, effect }: ClaimCall, work: (table: ClaimTable) => T): Promise<T> {
    const what = effect === 'look' ? 'look' : 'script';
    return this.#call(operation, { what, tube }, () => work(this.#table));
  }

  async #each<Request, Result>(
    operation: string,
    command: Command,
    requests: readonly Request[],
    run: (request: Request) => Result,
  ): Promise<Answer<Result>> {
    if (requests.length === 0) return { time: 0, results: [] };
    return this.#call(operation, command, () => ({ time: this.#table.now(), results: requests.map(run) }));
  }

  /** Claims with the mark of a connection. Undefined when they had to wait for another one, where the mark says nothing. */
  async #eachBy<Request, Result>(
    epoch: number,
    command: Command,
    requests: readonly Request[],
    run: (request: Request) => Result,
  ): Promise<Answer<Result> | undefined> {
    const send = (): Promise<Answer<Result>> => {
      if (epoch !== this.#connection.epoch) return Promise.reject(new RedisForgot());
      return this.#run(command, () => ({ time: this.#table.now(), results: requests.map(run) }));
    };
    try {
      return await this.#connection.call('a claim', send);
    } catch (error) {
      if (error instanceof RedisForgot) return undefined;
      throw error;
    }
  }

  #call<T>(operation: string, command: Command, run: () => T): Promise<T> {
    return this.#connection.call(operation, () => this.#run(command, run));
  }

  #run<T>(command: Command, run: () => T): Promise<T> {
    return (this.#connection.client as unknown as SimulatedRedis).run(command, run);
  }

  /** The script of that name. New marks get names of the server's own, since those of the library are made by chance. */
  readonly #look: SendScript = ([key = ''], [known = '']) => {
    const tube = key.slice('dq:{'.length, key.lastIndexOf('}'));
    return this.#run({ what: 'trial', tube }, () => {
      const { word, since } = this.#server.look(tube, String(known));
      return [this.#table.now(), word, since, 0];
    });
  };
}

function scriptOf(tube: string): Command {
  return { what: 'script', tube };
}
