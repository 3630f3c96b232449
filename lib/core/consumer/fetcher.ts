import type { Clock, Timer } from '../base/clock.js';
import type { NodeConnection, Reply } from '../cluster/node-connection.js';
import { MOST_PREFETCHED } from './prefetch.js';

/** What reserving asks of its lane, and tells it. */
export interface FetcherLane {
  /** How many more copies it may hold. */
  readonly room: number;
  /** True when nothing is held. */
  readonly empty: boolean;
  /** True while acknowledgements are likely: they should not wait behind a reserve that waits. */
  readonly busy: boolean;
  /** A copy was reserved, no earlier than at `since` of the monotonic clock. */
  took(number: number, body: Buffer, since: number): void;
  /** A held copy has less than a second left. */
  warned(): void;
  /** No reserve is unanswered any more. */
  quiet(): void;
}

/** An acknowledgement may wait behind a blocking reserve, so that one must be short. */
const BLOCK_SECONDS = 1;
/** Nothing is held, so nothing will be acknowledged; but a node that died in silence should be noticed. */
const IDLE_BLOCK_SECONDS = 5;
/** While it lingers, a lane asks at these distances. A job that comes meanwhile waits no longer than the longest of them. */
const PAUSES_MS = [2, 4, 8, 8, 8, 8] as const;
/** After a warning that a reservation ends soon, the next reserve would be answered with the same at once. */
export const AFTER_WARNING_MS = 100;

/**
 * How a lane asks its node for copies.
 *
 * - **bursting**: a pipeline of reserves that do not wait. While all are answered with copies, the next burst, twice as large, is sent
 *   when a quarter of this one is answered, so that the node always has something to do. Once one finds nothing, the rest is waited
 *   for, and the next is as large as what came. None came: **lingering** while the lane is busy, then blocking.
 * - **lingering**: for some milliseconds it pauses and asks again, since what is sent behind a blocking reserve waits.
 * - **blocking**: one reserve waits on the node for up to a second, or for 5 s while nothing is held that would have to be
 *   acknowledged. A copy comes: bursting.
 * - **full**: the lane has no room. `wake` looks again.
 * - **stopped**: no reserve is sent any more.
 */
export class Fetcher {
  readonly #lane: FetcherLane;
  readonly #clock: Clock;
  readonly #onReply = (reply: Reply): void => this.#replied(reply);
  #connection: NodeConnection | undefined;
  #pauseTimer: Timer | undefined;
  #burst = 0;
  #underWay = 0;
  /** When the last burst was sent; undefined for a reserve that waits. */
  #askedAt: number | undefined;
  /** Copies that came since nothing was under way. */
  #got = 0;
  /** A reserve found nothing since then. */
  #dry = false;
  #answers = 0;
  /** Pauses taken since a copy came or was acknowledged. */
  #lingered = 0;

  constructor(lane: FetcherLane, clock: Clock) {
    this.#lane = lane;
    this.#clock = clock;
  }

  /** Reserves that were answered so far. */
  get answers(): number {
    return this.#answers;
  }

  /** How long one may take, in seconds. */
  get longest(): number {
    return this.#connection?.idleReserveSeconds ?? IDLE_BLOCK_SECONDS;
  }

  /** Reserves that are not answered. */
  get underWay(): number {
    return this.#underWay;
  }

  start(connection: NodeConnection): void {
    this.#connection = connection;
    this.#burst = 0;
    this.#grow();
    this.wake();
  }

  /** Sends no reserve any more. */
  stop(): void {
    this.#connection = undefined;
    this.#pauseTimer?.cancel();
    this.#pauseTimer = undefined;
  }

  /** The connection is gone, and all that was under way on it. */
  lost(): void {
    this.stop();
    this.#underWay = 0;
    this.#got = 0;
    this.#dry = false;
  }

  /** There may be room again. */
  wake(): void {
    if (this.#underWay === 0 && this.#pauseTimer === undefined) this.#next();
  }

  /** A copy was acknowledged: more of that is likely. */
  acknowledging(): void {
    this.#lingered = 0;
  }

  #next(): void {
    if (this.#connection === undefined || this.#lane.room <= 0) return;
    if (this.#burst > 0) this.#ask(this.#connection);
    else if (this.#lane.busy && this.#lingered < PAUSES_MS.length) {
      this.#burst = 1;
      this.#pause(PAUSES_MS[this.#lingered++] as number);
    } else this.#block(this.#connection);
  }

  #ask(connection: NodeConnection): void {
    const count = Math.min(this.#burst, this.#lane.room - this.#underWay);
    if (count <= 0) return;
    this.#underWay += count;
    this.#askedAt = this.#clock.monotonic();
    for (let at = 0; at < count; at++) connection.reserve(0, this.#onReply);
  }

  #block(connection: NodeConnection): void {
    this.#underWay = 1;
    this.#askedAt = undefined;
    const longest = connection.idleReserveSeconds ?? IDLE_BLOCK_SECONDS;
    connection.reserve(this.#lane.empty ? longest : BLOCK_SECONDS, this.#onReply);
  }

  #pause(ms: number): void {
    this.#pauseTimer ??= this.#clock.after(ms, () => {
      this.#pauseTimer = undefined;
      this.wake();
    });
  }

  #replied(reply: Reply): void {
    if (reply.kind === 'LOST') return;
    this.#underWay--;
    this.#answers++;
    if (reply.kind === 'RESERVED') {
      this.#got++;
      this.#lingered = 0;
      this.#lane.took(reply.id, reply.body, this.#askedAt ?? this.#clock.monotonic());
    } else {
      this.#dry = true;
      if (reply.kind === 'DEADLINE_SOON') {
        this.#lane.warned();
        this.#pause(AFTER_WARNING_MS);
      }
    }
    if (this.#underWay === 0) this.#over();
    else if (!this.#dry && this.#connection !== undefined && 4 * this.#underWay <= 3 * this.#burst) {
      this.#grow();
      this.#ask(this.#connection);
    }
  }

  #over(): void {
    if (this.#dry) this.#burst = Math.min(MOST_PREFETCHED, this.#got);
    else this.#grow();
    this.#got = 0;
    this.#dry = false;
    this.#lane.quiet();
    if (this.#pauseTimer === undefined) this.#next();
  }

  #grow(): void {
    this.#burst = Math.min(MOST_PREFETCHED, 2 * Math.max(1, this.#burst));
  }
}
