import type { Cluster, Redis } from 'ioredis';
import { afterReading, type Clock, type Timer } from '../base/clock.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import type { Report } from '../base/events.js';
import { Presence, type Sign } from '../base/presence.js';
import { hasSentinels, redisAddress, tlsAdvice, openRedis, type RedisSource } from './redis-source.js';
import { type PendingCall, RedisCall, type RedisCallOwner } from './redis-call.js';
import { failureText, networkFault, readFault, type RedisFault, RedisForgot } from './redis-fault.js';
import { RedisGreeting } from './redis-greeting.js';
import { RedisSecrets } from './redis-secrets.js';

/** A Redis that takes longer was as good as away: renewals of others may be overdue through no fault of theirs. */
const SLOW_ANSWER_MS = 1_000;

const TRY_EVERY_MS = 1_000;

const CLOSED = new Error('the connection is closed');
const NOT_YET = networkFault('not connected yet');
const SAYS_NOTHING = networkFault('it closed the connection before it said anything');
// A Redis that is killed closes without an error.
const HUNG_UP = networkFault('it closed the connection');
/** How errors name the socket, and a trial of all that claims need, among what Redis is used for. */
const CONNECTION = 'a connection';
export const TRIAL = 'a trial';

/**
 * A connection to Redis of this package's own, with a deadline on every call. It is lost when its socket closes, a call outlives the
 * deadline (then it is cut and opened anew), or Redis refuses one. It is back when Redis is ready again, and has done what it had
 * refused, or a trial of all that claims need; see {@link Presence}.
 */
export class RedisConnection {
  readonly isCluster: boolean;
  readonly client: Redis | Cluster;
  /** Milliseconds for which a call waits. */
  readonly deadline: number;
  readonly #clock: Clock;
  readonly #presence: Presence;
  readonly #secrets: RedisSecrets;
  #lastFault = NOT_YET;
  #readySince: number | undefined;
  #epoch = 0;
  /** The next end of the socket is none of Redis' doing. */
  #forgiven = false;
  /** Operations that were refused again after a trial had spoken for them: a right to other keys may be missing. */
  readonly #beyondTrial = new Set<string>();
  readonly #tried = new Set<string>();
  readonly #report: Report;
  readonly #warned = new Set<string>();
  #trial: (() => Promise<unknown>) | undefined;
  #trying: Timer | undefined;
  #greeting: RedisGreeting | undefined;
  #closed = false;
  #handshake: Timer | undefined;
  /** Calls that wait for Redis to become ready. */
  readonly #waiting = new Set<PendingCall>();
  readonly #callOwner: RedisCallOwner;
  readonly #optionalOwner: RedisCallOwner;
  #connecting = false;

  constructor(source: RedisSource, deadline: number, clock: Clock, report: Report) {
    this.#clock = clock;
    this.deadline = deadline;
    this.#report = report;
    this.#presence = new Presence(clock, 'all', {
      lost: (reason, reached) => report({ type: 'store-lost', reason, reached }),
      back: (awayMs, losses) => report({ type: 'store-back', awayMs, ...(losses > 1 ? { losses } : undefined) }),
    });
    this.client = openRedis(source, deadline);
    this.isCluster = this.client.isCluster;
    this.#secrets = new RedisSecrets(this.client);
    // Every call waits for 'ready' while Redis is away; each takes its listener off again.
    this.client.setMaxListeners(0);
    this.client.on('error', (error: Error) => this.#failed(error));
    this.client.on('connect', () => this.#expectReady());
    this.client.on('ready', () => this.#ready());
    this.client.on('close', () => this.#lost());
    this.#callOwner = {
      client: this.client,
      clock,
      deadline,
      lastError: () => this.#lastFault.text,
      answered: (operation, sentAt) => this.#answered(operation, sentAt),
      refused: (operation, error) => this.#refused(operation, error),
      // A Cluster's other masters may be well, and the socket of this one has a deadline of its own. Nobody could renew there meanwhile.
      hung: () => (this.isCluster ? (this.#readySince &&= clock.monotonic()) : this.#cut()),
      over: (call) => void this.#waiting.delete(call),
    };
    this.#optionalOwner = { ...this.#callOwner, refused: () => {} };
  }

  /** Another number with each time that Redis became ready: what is behind it may be another server, or know less. */
  get epoch(): number {
    return this.#epoch;
  }

  /** It has answered, and is not lost. */
  get up(): boolean {
    return this.#presence.reached && !this.#presence.lost;
  }

  /** Milliseconds since Redis became ready, or answered after it had hung for a while; 0 when it is not ready. */
  get readyFor(): number {
    return this.#readySince === undefined ? 0 : this.#clock.monotonic() - this.#readySince;
  }

  /** Reports what an operator should know, once. */
  warn(reason: string): void {
    if (this.#warned.has(reason)) return;
    this.#warned.add(reason);
    this.tell(reason);
  }

  /** Reports what has happened. */
  tell(reason: string): void {
    if (!this.#closed) this.#report({ type: 'store-warning', reason });
  }

  /** ioredis asks INFO whether Redis is ready, and grumbles or hangs up when that is refused. A refused claim says as much. */
  askNoInfo(): void {
    if (!this.isCluster) (this.client as Redis).options.enableReadyCheck = false;
  }

  /** `trial` makes a call of {@link TRIAL}. It is made every second while something that was refused has not succeeded. */
  tryBy(trial: () => Promise<unknown>): void {
    this.#trial = trial;
  }

  /** Opens the connection and does not wait for it. */
  connect(): void {
    if (this.#connecting || this.#closed) return;
    this.#connecting = true;
    this.client.connect().catch(() => {
      // The retry strategy goes on; calls see the loss by their own deadline.
    });
  }

  /**
   * Runs `send` once Redis is ready, and rejects with {@link DqClaimStoreError} unless it answers within the deadline. `optional`: claims
   * can do without, so that it is no loss when Redis refuses it.
   */
  async call<T>(operation: string, send: () => Promise<T>, optional = false): Promise<T> {
    this.connect();
    if (this.#closed) throw this.#failure(operation, CLOSED);
    const call = new RedisCall(operation, send, optional ? this.#optionalOwner : this.#callOwner);
    if (call.waiting) this.#waiting.add(call);
    try {
      return await call.outcome;
    } catch (error) {
      throw error instanceof RedisForgot ? error : this.#failure(operation, error);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const call of [...this.#waiting]) call.fail(CLOSED);
    this.#handshake?.cancel();
    this.#trying?.cancel();
    this.#greeting?.close();
    this.#presence.close();
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
    return new DqClaimStoreError(failureText(operation, this.#faultOf(cause)), { cause: this.#secrets.bare(cause) });
  }

  #faultOf(error: unknown): RedisFault {
    const fault = readFault(error);
    return { ...fault, text: this.#secrets.hide(fault.text) };
  }

  /** ioredis has met an error. Most of them end the connection, which is what makes it lost. */
  #failed(error: Error): void {
    const { command } = error as { readonly command?: { readonly name?: unknown } };
    const fault = this.#faultOf(error);
    if (command?.name === 'info' && (fault.kind === 'NOPERM' || fault.kind === 'UNKNOWN')) {
      this.askNoInfo();
      this.#forgiven = true;
      return;
    }
    this.#lastFault = fault;
    this.#listen(error);
    // ioredis would go on in database 0, where nobody looks for claims.
    const elsewhere = command?.name === 'select';
    // Sentinels of which none answers are asked again and again, and nothing ever closes.
    const silent = this.#readySince === undefined && hasSentinels(this.client);
    if (elsewhere || silent || this.#presence.lost) this.#lost();
    if (elsewhere) this.client.disconnect(true);
  }

  /** Once in an absence. */
  #listen(error: Error): void {
    const { code } = error as Partial<NodeJS.ErrnoException>;
    if (this.client.status === 'ready' || this.#greeting !== undefined || (code !== 'EPIPE' && code !== 'ECONNRESET'))
      return;
    this.#greeting = new RedisGreeting(this.client, this.#clock, (text) => {
      if (this.#closed || this.client.status === 'ready') return;
      this.#lastFault = this.#faultOf(new Error(text));
      this.#lost();
    });
  }

  /** A server that accepts and then says nothing would be waited for until the kernel gives up. */
  #expectReady(): void {
    if (this.#closed) return;
    this.#handshake?.cancel();
    this.#handshake = afterReading(this.#clock, this.deadline, () => this.#cut());
  }

  #cut(): void {
    this.#lastFault = networkFault(`no answer within ${this.deadline} ms`);
    this.client.disconnect(true);
  }

  /** Redis answers, but will not do it: it is as good as away. A replica that was a master is dialled anew. */
  #refused(operation: string, error: unknown): void {
    if (this.client.status !== 'ready' || this.#closed || error instanceof RedisForgot) return;
    this.#lastFault = this.#faultOf(error);
    if (this.#tried.has(operation)) this.#beyondTrial.add(operation);
    if (!this.#beyondTrial.has(operation)) this.#readySince = undefined;
    this.#presence.failed(operation, this.#sign);
    this.#tryLater();
    if (this.#lastFault.kind === 'READONLY') this.client.disconnect(true);
  }

  #tryLater(): void {
    if (this.#trial === undefined || this.#closed) return;
    this.#trying ??= this.#clock.after(TRY_EVERY_MS, () => {
      this.#trying = undefined;
      if (!this.#presence.lost) return;
      if (this.client.status === 'ready') this.#trial?.().catch(() => {});
      this.#tryLater();
    });
  }

  #answered(operation: string, sentAt: number): void {
    if (this.client.status !== 'ready') return;
    const now = this.#clock.monotonic();
    if (this.#presence.lost) {
      this.#succeeded(operation);
      if (!this.#presence.lost) this.#readySince = now;
      // All that claims need is done: what is still refused concerns other keys, and must not keep the jobs of the dead from being taken over.
      else if (operation === TRIAL) this.#readySince ??= now;
    } else if (now - sentAt > SLOW_ANSWER_MS) this.#readySince = now;
  }

  #succeeded(operation: string): void {
    this.#tried.delete(operation);
    this.#beyondTrial.delete(operation);
    this.#presence.succeeded(operation);
    if (operation !== TRIAL) return;
    for (const use of this.#presence.failing) {
      if (this.#beyondTrial.has(use)) continue;
      this.#tried.add(use);
      this.#presence.succeeded(use);
    }
  }

  #ready(): void {
    this.#handshake?.cancel();
    this.#greeting?.close();
    this.#greeting = undefined;
    this.#epoch++;
    // What went wrong before says nothing of the next loss.
    this.#lastFault = HUNG_UP;
    this.#presence.succeeded(CONNECTION);
    if (!this.#presence.lost) this.#readySince = this.#clock.monotonic();
  }

  #lost(): void {
    this.#handshake?.cancel();
    this.#readySince = undefined;
    if (this.#closed) return;
    if (this.#lastFault === NOT_YET) this.#lastFault = SAYS_NOTHING;
    if (this.#forgiven) this.#forgiven = false;
    else this.#presence.failed(CONNECTION, this.#sign);
  }

  get #sign(): Sign {
    const { kind, text } = this.#lastFault;
    const advice = this.#lastFault.advice ?? (this.#presence.reached ? undefined : tlsAdvice(this.client, text));
    const address = redisAddress(this.client);
    const where = address === undefined || text.includes(address) ? '' : ` (${this.#secrets.hide(address)})`;
    return { kind, reason: `${text}${where}${advice === undefined ? '' : `. ${advice}`}` };
  }
}
