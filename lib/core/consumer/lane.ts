import type { Clock, Timer } from '../clock.js';
import type { Node } from '../cluster/node.js';
import { probeDisk } from '../cluster/disk-probe.js';
import type { NodeConnection, Reply } from '../cluster/node-connection.js';
import { Copy } from './held-job.js';

/** What a lane tells its consumer, and asks it. */
export interface LaneOwner {
  /** How many more copies this lane may reserve now. */
  room(lane: Lane): number;
  /** A copy was reserved. */
  arrived(copy: Copy): void;
  /** A held copy is this lane's no more: its connection died, or its reservation ran out. */
  lost(copy: Copy): void;
  /** A stopped lane got an answer; it may have none to wait for any more. */
  answered(): void;
}

/** An acknowledgement may wait behind a blocking reserve, so that one must be short. */
const BLOCK_SECONDS = 1;
/** Nothing is held, so nothing will be acknowledged; but a node that died in silence should be noticed. */
const IDLE_BLOCK_SECONDS = 5;
/** While it lingers, a lane asks at these distances. A job that comes meanwhile waits no longer than the longest of them. */
const PAUSES_MS = [2, 4, 8, 8, 8, 8] as const;
const FIRST_BURST = 2;
const LARGEST_BURST = 256;
/** More copies than that are not held for nodes whose disks are full: from then on nothing new is taken. */
const MOST_PARKED = 10_000;
/** dq writes a time to run of 5 s, of which beanstalkd takes the last second for its warning. */
const TOUCH_AFTER_MS = 2_000;
/** After a warning that a reservation ends soon, the next reserve would be answered with the same at once. */
const AFTER_WARNING_MS = 100;

/**
 * The work on one tube of one node, on a connection of its own.
 *
 * - **away**: no connection. When the node's rest is over, the lane dials and watches its tube.
 * - **bursting**: a pipeline of reserves that do not wait. All answered with copies: the next is twice as large. Some: the
 *   next is as large as what came. None: **lingering** while acknowledgements are likely, then blocking.
 * - **lingering**: for some milliseconds it pauses and asks again, since what is sent behind a blocking reserve waits.
 * - **blocking**: one reserve waits on the node for up to a second, or for 5 s while nothing is held that would have to be
 *   acknowledged. A copy comes: bursting.
 * - **full**: the consumer has no room. `wake` looks again.
 * - **stopped**: no reserve is sent any more; held copies can still be deleted, released and buried until `close`.
 *
 * When the connection dies, the node gives its copies to others at once, so they are reported lost, and the lane is away.
 */
export class Lane {
  readonly #tube: string;
  readonly #owner: LaneOwner;
  readonly #clock: Clock;
  readonly #held = new Map<number, Copy>();
  readonly #onReserve = (reply: Reply): void => this.#reserved(reply);
  #connection: NodeConnection | undefined;
  #dialTimer: Timer | undefined;
  #pauseTimer: Timer | undefined;
  #asked = 0;
  #answered = 0;
  #got = 0;
  #burst = 0;
  #taking = false;
  #acks = 0;
  /** Pauses taken since a copy came or was acknowledged. */
  #lingered = 0;
  #probed = false;
  readonly #onDisk: ((writes: boolean) => void)[] = [];
  /** Copies that no node can keep now. */
  readonly #parked = new Set<Copy>();
  /** Copies whose job another consumer runs. */
  aside = 0;

  constructor(
    readonly node: Node,
    tube: string,
    owner: LaneOwner,
    clock: Clock,
  ) {
    this.#tube = tube;
    this.#owner = owner;
    this.#clock = clock;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Held copies that take room. */
  get taken(): number {
    return this.#held.size - this.aside - this.#parked.size;
  }

  /** Lets a copy that waits for a node to keep it take no room, so that the others go on. */
  park(copy: Copy): void {
    if (this.holds(copy) && this.#parked.size < MOST_PARKED) this.#parked.add(copy);
  }

  /** True when an acknowledgement is on its way, or a held copy is not `idle`. */
  isNeeded(idle: (copy: Copy) => boolean): boolean {
    if (this.#acks > 0) return true;
    for (const copy of this.#held.values()) if (!idle(copy)) return true;
    return false;
  }

  /** Acknowledgements and reserves that are not answered yet. */
  get pending(): number {
    return this.#acks + (this.#asked - this.#answered);
  }

  start(): void {
    if (this.#taking) return;
    this.#taking = true;
    if (this.#connection === undefined) this.#dial();
    else this.wake();
  }

  /** Reserves no more; what is held stays held. */
  stop(): void {
    this.#taking = false;
    this.#pauseTimer?.cancel();
    this.#pauseTimer = undefined;
  }

  /** There may be room again. */
  wake(): void {
    if (this.#asked === this.#answered && this.#pauseTimer === undefined) this.#next();
  }

  /** Ends the connection; the node gives what was held to others at once. */
  close(): void {
    this.stop();
    this.#dialTimer?.cancel();
    this.#dialTimer = undefined;
    if (this.#connection !== undefined) this.node.end(this.#connection);
  }

  delete(copy: Copy, done?: (gone: boolean) => void): void {
    this.#leave(copy)?.delete(copy.number, (reply) => {
      this.#acknowledged();
      done?.(reply.kind === 'DELETED');
    });
  }

  release(copy: Copy, priority: number, delaySeconds: number, done?: (reply: Reply) => void): void {
    this.#leave(copy)?.release(copy.number, priority, delaySeconds, (reply) => {
      this.#acknowledged();
      done?.(reply);
    });
  }

  bury(copy: Copy, priority: number, done?: (reply: Reply) => void): void {
    this.#leave(copy)?.bury(copy.number, priority, (reply) => {
      this.#acknowledged();
      done?.(reply);
    });
  }

  holds(copy: Copy): boolean {
    return this.#held.get(copy.number) === copy;
  }

  /**
   * Whether the node can write its log; see {@link probeDisk}. Those who ask at once share an answer; none is kept for later, since a
   * disk may fill up at any moment.
   */
  checkDisk(done: (writes: boolean) => void): void {
    const connection = this.#connection;
    if (connection === undefined) {
      done(true);
      return;
    }
    this.#onDisk.push(done);
    if (this.#onDisk.length > 1) return;
    this.#acks++;
    probeDisk(connection, !this.#probed, (writes) => {
      this.#acks--;
      for (const waiting of this.#onDisk.splice(0)) waiting(writes);
    });
    this.#probed = true;
  }

  /** Touches what has been held for 2 s since the last time. The map is in the order of the last touch. */
  touchHeld(now: number): void {
    for (const copy of this.#held.values()) {
      if (now - copy.touchedAt < TOUCH_AFTER_MS) return;
      this.#touch(copy, now);
    }
  }

  #touch(copy: Copy, now: number): void {
    copy.touchedAt = now;
    this.#held.delete(copy.number);
    this.#held.set(copy.number, copy);
    this.#acks++;
    this.#connection?.touch(copy.number, (reply) => {
      this.#acks--;
      if (reply.kind === 'NOT_FOUND' && this.#held.get(copy.number) === copy) this.#lose(copy);
    });
  }

  /** The connection on which a held copy is to be acknowledged; undefined when it is held no more. */
  #leave(copy: Copy): NodeConnection | undefined {
    if (this.#held.get(copy.number) !== copy || this.#connection === undefined) return undefined;
    this.#held.delete(copy.number);
    this.#parked.delete(copy);
    this.#acks++;
    this.#lingered = 0;
    return this.#connection;
  }

  #acknowledged(): void {
    this.#acks--;
    if (!this.#taking) this.#owner.answered();
  }

  #lose(copy: Copy): void {
    this.#held.delete(copy.number);
    this.#parked.delete(copy);
    this.#owner.lost(copy);
  }

  #dial(): void {
    this.#dialTimer = undefined;
    if (!this.#taking || this.#connection !== undefined) return;
    const { rest } = this.node.health;
    if (rest > 0) {
      this.#dialTimer = this.#clock.after(rest, () => this.#dial());
      return;
    }
    this.#burst = FIRST_BURST;
    this.#connection = this.node.dial(() => this.#closed());
    this.#connection.watchOnly(this.#tube, (reply) => {
      if (reply.kind !== 'LOST') this.wake();
    });
  }

  #closed(): void {
    this.#connection = undefined;
    this.#asked = 0;
    this.#answered = 0;
    this.#got = 0;
    for (const copy of [...this.#held.values()]) this.#lose(copy);
    if (this.#taking && this.#dialTimer === undefined) {
      this.#dialTimer = this.#clock.after(this.node.health.rest, () => this.#dial());
    }
  }

  #next(): void {
    const connection = this.#connection;
    if (!this.#taking || connection === undefined) return;
    const room = this.#owner.room(this);
    if (room <= 0) return;
    this.#answered = 0;
    this.#got = 0;
    if (this.#burst === 0 && this.#lingers) {
      this.#asked = 0;
      this.#burst = 1;
      this.#pause(PAUSES_MS[this.#lingered++] as number);
      return;
    }
    if (this.#burst === 0) {
      this.#asked = 1;
      const idle = this.#held.size === 0;
      connection.reserve(idle ? (connection.idleReserveSeconds ?? IDLE_BLOCK_SECONDS) : BLOCK_SECONDS, this.#onReserve);
      return;
    }
    this.#asked = Math.min(this.#burst, room);
    for (let at = 0; at < this.#asked; at++) connection.reserve(0, this.#onReserve);
  }

  /** Copies were taken or acknowledged a moment ago: more acknowledgements will come, and should not wait. */
  get #lingers(): boolean {
    if (this.taken === 0 && this.#acks === 0) return false;
    return this.#lingered < PAUSES_MS.length;
  }

  #pause(ms: number): void {
    this.#pauseTimer ??= this.#clock.after(ms, () => {
      this.#pauseTimer = undefined;
      this.wake();
    });
  }

  #reserved(reply: Reply): void {
    if (reply.kind === 'LOST') return;
    this.#answered++;
    if (reply.kind === 'RESERVED') {
      this.#got++;
      const again = this.#held.get(reply.id);
      if (again !== undefined) this.#lose(again);
      this.#lingered = 0;
      const copy = new Copy(this, reply.id, reply.body, this.#clock.monotonic());
      this.#held.set(reply.id, copy);
      this.#owner.arrived(copy);
    } else if (reply.kind === 'DEADLINE_SOON') this.#warned();
    if (this.#answered < this.#asked) return;
    if (!this.#taking) this.#owner.answered();
    if (this.#got === this.#asked)
      this.#burst = Math.min(LARGEST_BURST, Math.max(FIRST_BURST, this.#burst, this.#asked * 2));
    else this.#burst = this.#got;
    if (this.#pauseTimer === undefined) this.#next();
  }

  /** beanstalkd answers a reserve with this warning while a held copy has less than a second left. */
  #warned(): void {
    const now = this.#clock.monotonic();
    for (const copy of [...this.#held.values()]) if (now - copy.touchedAt >= AFTER_WARNING_MS) this.#touch(copy, now);
    this.#pause(AFTER_WARNING_MS);
  }
}
