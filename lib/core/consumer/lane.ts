import type { Clock } from '../base/clock.js';
import type { Node } from '../cluster/node.js';
import type { NodeConnection, Reply } from '../cluster/node-connection.js';
import type { LaneSigns } from '../base/vital-signs.js';
import { Fifo } from '../base/fifo.js';
import { LOOK_AFTER_MS } from './beat.js';
import { Copy, type CopyHolder } from './held-job.js';
import { LaneConnection, type LaneConnectionOwner } from './lane-connection.js';
import { AFTER_WARNING_MS, Fetcher, type FetcherLane } from './fetcher.js';

/** What a lane tells its consumer, and asks it. */
export interface LaneOwner {
  /** How many more copies this lane may reserve now. */
  room(lane: Lane): number;
  /** A copy was reserved. */
  arrived(copy: Copy): void;
  /** Its node has deleted a copy. */
  deleted(copy: Copy): void;
  /** A held copy is this lane's no more: its connection died, or its reservation ran out. */
  lost(copy: Copy): void;
  /** A stopped lane got an answer; it may have none to wait for any more. */
  answered(): void;
}

/** After each delete beanstalkd goes through all copies that the connection holds. So beside what takes room few are held. */
const MOST_HELD = 1_000;

/**
 * The work on one tube of one node, on a connection of its own.
 *
 * - **away**: no connection; see {@link LaneConnection}.
 * - **taking**: it reserves copies; {@link Fetcher} says how. They are held, and touched every 2 s, until they are deleted,
 *   released or buried.
 * - **stopped**: no reserve is sent any more; held copies can still be deleted, released and buried until `close`.
 *
 * When the connection dies, the node gives its copies to others at once, so they are reported lost, and the lane is away.
 */
export class Lane implements CopyHolder, FetcherLane, LaneConnectionOwner {
  readonly #owner: LaneOwner;
  readonly #clock: Clock;
  readonly #held = new Map<number, Copy>();
  readonly #fetcher: Fetcher;
  /** In the order in which their deletes were sent, and are answered. */
  readonly #deleting = new Fifo<Copy>();
  readonly #onDelete = (reply: Reply): void => this.#deleted(reply);
  readonly #connection: LaneConnection;
  #taking = false;
  #acks = 0;
  /** Copies that take no room: their job runs elsewhere, or waits here for long, or no node can keep them now. */
  readonly #aside = new Set<Copy>();
  /**
   * Copies that were put back to rest on the connection it has now, and until when, of the monotonic clock; see StandbyCopies. Their numbers
   * are good there only: a node that was restarted gives them out again.
   */
  readonly #standby = new Map<Copy, number>();

  constructor(
    readonly node: Node,
    tube: string,
    owner: LaneOwner,
    clock: Clock,
  ) {
    this.#owner = owner;
    this.#clock = clock;
    this.#fetcher = new Fetcher(this, clock);
    this.#connection = new LaneConnection(node, tube, this, clock);
  }

  get held(): number {
    return this.#held.size;
  }

  /** True when nothing is here, and no answer is waited for but that of a reserve. */
  get idle(): boolean {
    return this.empty && this.#acks === 0;
  }

  /** Copies that take room. */
  get taken(): number {
    return this.#held.size - this.#aside.size;
  }

  get crowded(): boolean {
    return this.#held.size >= MOST_HELD;
  }

  setAside(copy: Copy, aside: boolean): void {
    if (!aside) this.#aside.delete(copy);
    else if (this.holds(copy)) this.#aside.add(copy);
  }

  /** From a thousand on they take room, and nothing new comes. */
  park(copy: Copy): void {
    if (this.#aside.size < MOST_HELD) this.setAside(copy, true);
  }

  /** True when an acknowledgement is on its way, or a held copy is not `idle`. */
  isNeeded(idle: (copy: Copy) => boolean): boolean {
    if (this.#acks > 0 || this.#standby.size > 0) return true;
    for (const copy of this.#held.values()) if (!idle(copy)) return true;
    return false;
  }

  /** Acknowledgements and reserves that are not answered yet. */
  get pending(): number {
    return this.#acks + this.#fetcher.underWay;
  }

  get signs(): LaneSigns {
    const { endpoint: node, health } = this.node;
    const { answers, longest: longestReserve } = this.#fetcher;
    const able = this.#taking && health.up && health.restOf('reserves') === 0 && this.room > 0;
    return { node, answers, able, longestReserve, held: this.#held.size };
  }

  get taking(): boolean {
    return this.#taking;
  }

  connected(connection: NodeConnection): void {
    this.#fetcher.start(connection);
  }

  disconnected(): void {
    this.#fetcher.lost();
    this.#standby.clear();
    for (const copy of [...this.#held.values()]) this.#lose(copy);
  }

  start(): void {
    if (this.#taking) return;
    this.#taking = true;
    const { current } = this.#connection;
    if (current === undefined) this.#connection.dial();
    else this.#fetcher.start(current);
  }

  /** Reserves no more; what is held stays held. */
  stop(): void {
    this.#taking = false;
    this.#fetcher.stop();
  }

  /** There may be room again. */
  wake(): void {
    this.#fetcher.wake();
  }

  get room(): number {
    return this.#owner.room(this);
  }

  get empty(): boolean {
    return this.#held.size === 0 && this.#standby.size === 0;
  }

  get busy(): boolean {
    return this.taken > 0 || this.#acks > 0;
  }

  took(number: number, body: Buffer, since: number): void {
    const again = this.#held.get(number);
    if (again !== undefined) this.#lose(again);
    const copy = new Copy(this, number, body, since);
    this.#held.set(number, copy);
    this.#owner.arrived(copy);
  }

  warned(): void {
    const now = this.#clock.monotonic();
    for (const copy of [...this.#held.values()]) {
      // One that was touched a moment ago has its answer on the way.
      if (now - copy.touchedAt >= AFTER_WARNING_MS) this.#touch(copy, now);
    }
  }

  quiet(): void {
    if (!this.#taking) this.#owner.answered();
  }

  /** Ends the connection; the node gives what was held to others at once. */
  close(): void {
    this.stop();
    this.#connection.close();
  }

  rest(copy: Copy, priority: number, seconds: number, done: (reply: Reply) => void): void {
    if (!this.holds(copy)) return;
    this.release(copy, priority, seconds, done);
    this.#standby.set(copy, this.#clock.monotonic() + seconds * 1_000);
  }

  standsByAt(copy: Copy, moment: number): boolean {
    return (this.#standby.get(copy) ?? 0) > moment;
  }

  wakeStandby(copy: Copy, now: boolean): void {
    if (!this.#standby.delete(copy) || !now) return;
    this.#acks++;
    this.#connection.current?.kickJob(copy.number, () => this.#acknowledged());
  }

  /** The owner hears when the node has done it. */
  delete(copy: Copy): void {
    const connection = this.#leave(copy);
    if (connection === undefined) return;
    this.#deleting.push(copy);
    connection.delete(copy.number, this.#onDelete);
  }

  /** A copy that its node cannot keep is held as before. */
  release(copy: Copy, priority: number, delaySeconds: number, done?: (reply: Reply) => void): void {
    this.#leave(copy)?.release(copy.number, priority, delaySeconds, (reply) => this.#kept(copy, reply, done));
  }

  /** The same. */
  bury(copy: Copy, priority: number, done?: (reply: Reply) => void): void {
    this.#leave(copy)?.bury(copy.number, priority, (reply) => this.#kept(copy, reply, done));
  }

  holds(copy: Copy): boolean {
    return this.#held.get(copy.number) === copy;
  }

  /**
   * Touches what has been held for 2 s since the last time. The map is in the order of the last touch. dq
   * writes a time to run of 5 s, of which beanstalkd takes the last second for its warning.
   */
  touchHeld(now: number): void {
    for (const copy of this.#held.values()) {
      if (now - copy.touchedAt < LOOK_AFTER_MS) return;
      this.#touch(copy, now);
    }
  }

  #touch(copy: Copy, now: number): void {
    copy.touchedAt = now;
    this.#held.delete(copy.number);
    this.#held.set(copy.number, copy);
    this.#acks++;
    this.#connection.current?.touch(copy.number, (reply) => {
      this.#acks--;
      if (reply.kind === 'NOT_FOUND' && this.#held.get(copy.number) === copy) this.#lose(copy);
    });
  }

  /** The connection on which a copy is to be acknowledged; undefined when it is this lane's no more. */
  #leave(copy: Copy): NodeConnection | undefined {
    const { current } = this.#connection;
    if (current === undefined) return undefined;
    if (this.#held.get(copy.number) === copy) this.#held.delete(copy.number);
    else if (!this.#standby.delete(copy)) return undefined;
    this.#aside.delete(copy);
    this.#acks++;
    this.#fetcher.acknowledging();
    return current;
  }

  #acknowledged(): void {
    this.#acks--;
    if (!this.#taking) this.#owner.answered();
  }

  #kept(copy: Copy, reply: Reply, done: ((reply: Reply) => void) | undefined): void {
    if (reply.kind === 'OUT_OF_MEMORY' && reply.sent === false) {
      this.#standby.delete(copy);
      this.#held.set(copy.number, copy);
    }
    this.#acknowledged();
    done?.(reply);
  }

  #deleted(reply: Reply): void {
    const copy = this.#deleting.shift() as Copy;
    this.#acknowledged();
    if (reply.kind === 'DELETED') this.#owner.deleted(copy);
  }

  #lose(copy: Copy): void {
    this.#held.delete(copy.number);
    this.#aside.delete(copy);
    this.#owner.lost(copy);
  }
}
