import type { Cluster, Redis } from 'ioredis';
import { afterReading } from '../after-reading.js';
import type { Clock, Timer } from '../clock.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import type { Report } from '../events.js';
import { hasSentinels, redisAddress } from './redis-address.js';
import { type PendingCall, RedisCall, type RedisCallOwner } from './redis-call.js';
import { redisFault } from './redis-fault.js';
import { openRedis, type RedisSource } from './redis-source.js';

/** A Redis that takes longer was as good as away: renewals of others may be overdue through no fault of theirs. */
const SLOW_ANSWER_MS = 1_000;

const CLOSED = new Error('the connection is closed');

/**
 * A connection to Redis of this package's own, with a deadline on every call. It is lost when its socket closes or a call
 * outlives the deadline (then it is cut and opened anew), and back when Redis is ready again.
 */
export class RedisConnection {
  readonly isCluster: boolean;
  readonly client: Redis | Cluster;
  /** Milliseconds for which a call waits. */
  readonly deadline: number;
  readonly #clock: Clock;
  readonly #report: Report;
  #lastError = 'not connected yet';
  #readySince: number | undefined;
  #lostAt: number | undefined;
  #reached = false;
  #closed = false;
  #handshake: Timer | undefined;
  /** Calls that wait for Redis to become ready. */
  readonly #waiting = new Set<PendingCall>();
  readonly #callOwner: RedisCallOwner;
  #connecting = false;

  constructor(source: RedisSource, deadline: number, clock: Clock, report: Report) {
    this.#clock = clock;
    this.deadline = deadline;
    this.#report = report;
    this.client = openRedis(source, deadline);
    this.isCluster = this.client.isCluster;
    // Every call waits for 'ready' while Redis is away; each takes its listener off again.
    this.client.setMaxListeners(0);
    this.client.on('error', (error: Error) => {
      this.#lastError = redisFault(error);
      // Sentinels of which none answers are asked again and again, and nothing ever closes.
      if (this.#readySince === undefined && hasSentinels(this.client)) this.#lost();
    });
    this.client.on('connect', () => this.#expectReady());
    this.client.on('ready', () => this.#back());
    this.client.on('close', () => this.#lost());
    this.#callOwner = {
      client: this.client,
      clock,
      deadline,
      lastError: () => this.#lastError,
      answered: (sentAt) => this.#answered(sentAt),
      refused: (error) => this.#refused(error),
      // A Cluster's other masters may be well; the socket of one that hangs has a deadline of its own.
      hung: () => (this.isCluster ? undefined : this.#cut()),
      over: (call) => void this.#waiting.delete(call),
    };
  }

  /** Milliseconds since Redis became ready, or answered after it had hung for a while; 0 when it is not ready. */
  get readyFor(): number {
    return this.#readySince === undefined ? 0 : this.#clock.monotonic() - this.#readySince;
  }

  /** Opens the connection and does not wait for it. */
  connect(): void {
    if (this.#connecting || this.#closed) return;
    this.#connecting = true;
    this.client.connect().catch(() => {
      // The retry strategy goes on; calls see the loss by their own deadline.
    });
  }

  /** Runs `send` once Redis is ready, and rejects with {@link DqClaimStoreError} unless it answers within the deadline. */
  async call<T>(operation: string, send: () => Promise<T>): Promise<T> {
    this.connect();
    if (this.#closed) throw this.#failure(operation, CLOSED);
    const call = new RedisCall(send, this.#callOwner);
    if (call.waiting) this.#waiting.add(call);
    try {
      return await call.outcome;
    } catch (error) {
      throw this.#failure(operation, error);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const call of [...this.#waiting]) call.fail(CLOSED);
    this.#handshake?.cancel();
    const { status } = this.client;
    this.client.disconnect();
    // A client without a socket ends without saying so.
    if (status === 'ready' || status === 'connect' || status === 'connecting') {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.after(this.deadline, resolve);
        this.client.once('end', () => {
          timer.cancel();
          resolve();
        });
      });
    }
  }

  #failure(operation: string, cause: unknown): DqClaimStoreError {
    return new DqClaimStoreError(
      `Expected Redis to answer ${operation}, but: ${redisFault(cause)}. Whether it was done is unknown; it is safe to repeat.`,
      { cause },
    );
  }

  /** A server that accepts and then says nothing would be waited for until the kernel gives up. */
  #expectReady(): void {
    if (this.#closed) return;
    this.#handshake?.cancel();
    this.#handshake = afterReading(this.#clock, this.deadline, () => this.#cut());
  }

  #cut(): void {
    this.#lastError = `no answer within ${this.deadline} ms`;
    this.client.disconnect(true);
  }

  /** Redis answers, but will not write: it is as good as away. A replica that was a master is dialled anew. */
  #refused(error: unknown): void {
    if (this.client.status !== 'ready') return;
    this.#lastError = redisFault(error);
    this.#lost();
    if (this.#lastError.includes('READONLY')) this.client.disconnect(true);
  }

  #answered(sentAt: number): void {
    if (this.client.status !== 'ready') return;
    if (this.#lostAt !== undefined) this.#back();
    else if (this.#clock.monotonic() - sentAt > SLOW_ANSWER_MS) this.#readySince = this.#clock.monotonic();
  }

  #back(): void {
    this.#handshake?.cancel();
    this.#readySince = this.#clock.monotonic();
    this.#reached = true;
    // What went wrong before says nothing of the next loss: a Redis that is killed closes without an error.
    this.#lastError = 'it closed the connection';
    if (this.#lostAt === undefined) return;
    this.#report({ type: 'store-back', awayMs: Math.round(this.#clock.monotonic() - this.#lostAt) });
    this.#lostAt = undefined;
  }

  #lost(): void {
    this.#handshake?.cancel();
    this.#readySince = undefined;
    if (this.#lostAt !== undefined || this.#closed) return;
    this.#lostAt = this.#clock.monotonic();
    this.#report({ type: 'store-lost', reason: this.#reason, reached: this.#reached });
  }

  get #reason(): string {
    const address = redisAddress(this.client);
    if (address === undefined || this.#lastError.includes(address)) return this.#lastError;
    return `${this.#lastError} (${address})`;
  }
}
