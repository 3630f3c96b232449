import type { Clock } from '../base/clock.js';
import { ask } from '../cluster/ask.js';
import type { Node } from '../cluster/node.js';
import type { NodeConnection, OnReply, Reply } from '../cluster/node-connection.js';

/** Where a held copy goes: back to the buried, to the ready, or away. */
export type Fate = 'keep' | 'release' | 'delete';

/** A copy that was taken, and what the scan reads in it. */
export interface TakenCopy<T> {
  readonly number: number;
  readonly content: T;
}

/** How far a scan goes on through the list. */
export interface Bounds {
  /** Copies, this time. */
  readonly most: number;
  /** Copies, in all. */
  readonly limit: number;
  /** Of the monotonic clock. */
  readonly until: number;
}

const PRIORITY = 0;

/**
 * The buried copies of a tube on one node, gone through once, on a connection of their own. beanstalkd shows only the first, so each is
 * taken out of the list by reserving it, which lets the next be seen. What is buried again goes to the end of the list: when a
 * number comes up twice, all that stood in it were met. Should the connection end, what is held becomes ready; consumers ask the
 * claim store, which says dead, and bury it again.
 */
export class BuriedCopies {
  readonly #node: Node;
  readonly #tube: string;
  readonly #clock: Clock;
  readonly #connection: NodeConnection;
  readonly #seen = new Set<number>();
  readonly #held = new Set<number>();
  #ended = false;

  constructor(node: Node, tube: string, clock: Clock) {
    this.#node = node;
    this.#tube = tube;
    this.#clock = clock;
    this.#connection = node.dial(() => {});
  }

  get endpoint(): string {
    return this.#node.endpoint;
  }

  get held(): number {
    return this.#held.size;
  }

  /** Milliseconds for which its node has owed an answer. */
  get waiting(): number {
    return this.#connection.waiting;
  }

  /** True when none is left to take: all were met, or the node does not answer, or cannot write its log. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Goes on through the list. What `read` makes something of is held; the others go back at once. */
  async take<T>(read: (body: Buffer) => T | undefined, bounds: Bounds): Promise<readonly TakenCopy<T>[]> {
    if (this.#ended) return [];
    try {
      return await this.#take(read, bounds);
    } finally {
      this.#connection.keeps(0, () => {});
    }
  }

  async #take<T>(
    read: (body: Buffer) => T | undefined,
    { most, limit, until }: Bounds,
  ): Promise<readonly TakenCopy<T>[]> {
    const taken: TakenCopy<T>[] = [];
    // Nothing is taken that could not be buried again.
    let mayPass = await this.#keeps();
    let first: Reply | undefined = mayPass > 0 ? await this.#first() : undefined;
    for (let met = 0; ; met++) {
      if (mayPass === 0) {
        mayPass = await this.#keeps();
        this.#ended ||= mayPass === 0;
      }
      if (this.#ended || first?.kind !== 'FOUND' || this.#seen.has(first.id) || this.#seen.size >= limit) {
        this.#ended = true;
        return taken;
      }
      if (met === most || this.#clock.monotonic() >= until) return taken;
      const { id: number, body } = first;
      this.#seen.add(number);
      const content = read(body);
      if (content === undefined) mayPass--;
      // In one write, to be answered in order: the next letter costs one round trip.
      const taking = content === undefined ? this.#pass(number) : this.#reserve(number);
      const next = this.#first();
      if ((await taking) && content !== undefined) {
        this.#held.add(number);
        taken.push({ number, content });
      }
      first = await next;
    }
  }

  /** Lets all reservations begin anew. */
  touch(): void {
    for (const number of this.#held) this.#connection.touch(number, () => {});
  }

  /** Sends a held copy on. Resolves to whether the node did that; it does not when the reservation had run out. */
  async send(number: number, fate: Fate): Promise<boolean> {
    // What is to be buried is touched until that is answered.
    if (fate !== 'keep') this.#held.delete(number);
    const { kind } = await ask(this.#connection, (to, done) => {
      if (fate === 'keep') this.#bury(number, done);
      else if (fate === 'delete') to.delete(number, done);
      else to.release(number, PRIORITY, 0, done);
    });
    this.#held.delete(number);
    return kind === 'DELETED' || kind === 'RELEASED' || (fate === 'keep' && kind === 'BURIED');
  }

  /** Takes no more; what is still held becomes ready. */
  close(): void {
    this.#ended = true;
    this.#node.end(this.#connection);
  }

  /** Where the node cannot keep it, it is released, and consumers see to it. */
  #bury(number: number, done: OnReply): void {
    this.#connection.bury(number, PRIORITY, (reply) => {
      if (reply.kind === 'INTERNAL_ERROR' || reply.kind === 'OUT_OF_MEMORY') this.#ended = true;
      if (reply.kind === 'OUT_OF_MEMORY' && reply.sent === false) this.#connection.release(number, PRIORITY, 0, done);
      else done(reply);
    });
  }

  /** How many may be passed by now: 0 where the node could not bury them again. */
  #keeps(): Promise<number> {
    return new Promise((resolve) => {
      this.#connection.keeps(Infinity, resolve);
    });
  }

  /** Resolves to whether it is held now. */
  async #reserve(number: number): Promise<boolean> {
    const { kind } = await ask(this.#connection, (to, done) => to.reserveJob(number, done));
    return kind === 'RESERVED';
  }

  /**
   * Puts a copy that is not wanted at the end of the list; it is not held. Another operator may have let it run since it was shown: then
   * it was not buried any more when it was taken, and is made ready again.
   */
  async #pass(number: number): Promise<false> {
    const describing = ask(this.#connection, (to, done) => to.statsJob(number, done));
    const reserving = this.#reserve(number);
    this.#bury(number, () => {});
    const [described, reserved] = await Promise.all([describing, reserving]);
    const wasBuried = described.kind !== 'JOB_STATS' || described.stats.state === 'buried';
    if (reserved && !wasBuried) await ask(this.#connection, (to, done) => to.kickJob(number, done));
    return false;
  }

  #first(): Promise<Reply> {
    return ask(this.#connection, (to, done) => to.peekFirst(this.#tube, 'buried', done));
  }
}
