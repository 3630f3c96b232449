import type { Cluster, Redis } from 'ioredis';
import { afterReading, type Clock, type Timer } from '../base/clock.js';
import { DqDeadlineError } from '../errors/connection.errors.js';

/** What a connection that closes does to its calls. */
export interface PendingCall {
  fail(cause: unknown): void;
}

/** The connection that a call is made on, and what it wants to hear. */
export interface RedisCallOwner {
  readonly client: Redis | Cluster;
  readonly clock: Clock;
  /** Milliseconds for which a call waits. */
  readonly deadline: number;
  lastError(): string;
  answered(operation: string, sentAt: number): void;
  refused(operation: string, error: unknown): void;
  /** Redis was ready all the time, and has not answered. */
  hung(): void;
  /** No more is to be expected of this call. */
  over(call: PendingCall): void;
}

/**
 * One command on its way to Redis and back. It is
 *
 * - **waiting** until Redis is ready, then
 * - **sent**, and
 * - **over** once Redis has answered or refused it, the socket has closed (ioredis does not settle what was under way then), or the
 *   deadline has passed. A call that had to wait has not given Redis the whole time, so it says nothing of the connection when it fails.
 *
 * When the deadline has passed, one turn of the event loop is given to read: after one that stood still the answer may lie in the socket.
 * A command that was sent only after its deadline, since Redis' word that it is ready lay there too, has the time of the deadline once
 * more. Both hold whether the event loop reads the sockets before its timers (Node 22 and newer) or after them.
 */
export class RedisCall<T> implements PendingCall {
  readonly outcome: Promise<T>;
  readonly #operation: string;
  readonly #send: () => Promise<T>;
  readonly #owner: RedisCallOwner;
  readonly #readyAtOnce: boolean;
  readonly #whenReady = (): void => this.#start();
  readonly #whenClosed = (): void => this.fail(new Error(`the connection is lost: ${this.#owner.lastError()}`));
  #state: 'waiting' | 'sent' | 'over' = 'waiting';
  #sentAt = 0;
  readonly #due: number;
  #timer: Timer;
  #resolve!: (value: T) => void;
  #reject!: (cause: unknown) => void;

  constructor(operation: string, send: () => Promise<T>, owner: RedisCallOwner) {
    this.#operation = operation;
    this.#send = send;
    this.#owner = owner;
    this.outcome = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#readyAtOnce = this.#isReady;
    this.#due = owner.clock.monotonic() + owner.deadline;
    this.#timer = afterReading(owner.clock, owner.deadline, () => this.#look());
    if (this.#readyAtOnce) this.#start();
    else owner.client.once('ready', this.#whenReady);
  }

  get waiting(): boolean {
    return this.#state === 'waiting';
  }

  fail(cause: unknown): void {
    if (this.#end()) this.#reject(cause);
  }

  get #isReady(): boolean {
    return this.#owner.client.status === 'ready';
  }

  #start(): void {
    this.#state = 'sent';
    const { client, clock } = this.#owner;
    this.#sentAt = clock.monotonic();
    client.once('close', this.#whenClosed);
    this.#send().then(
      (value) => {
        if (!this.#end()) return;
        this.#owner.answered(this.#operation, this.#sentAt);
        this.#resolve(value);
      },
      (error: unknown) => {
        this.#owner.refused(this.#operation, error);
        this.fail(error);
      },
    );
  }

  #look(): void {
    const { clock, deadline } = this.#owner;
    if (this.#state === 'sent' && this.#sentAt >= this.#due) {
      this.#timer = afterReading(clock, deadline, () => this.#overdue());
    } else this.#overdue();
  }

  #overdue(): void {
    if (this.#state === 'over') return;
    const { deadline } = this.#owner;
    const hangs = this.#readyAtOnce && this.#isReady;
    const late = `no answer within ${deadline} ms`;
    this.fail(new DqDeadlineError(hangs ? late : `${late} (last error: ${this.#owner.lastError()})`));
    if (hangs) this.#owner.hung();
  }

  #end(): boolean {
    if (this.#state === 'over') return false;
    this.#state = 'over';
    this.#timer.cancel();
    this.#owner.client.off('ready', this.#whenReady);
    this.#owner.client.off('close', this.#whenClosed);
    this.#owner.over(this);
    return true;
  }
}
