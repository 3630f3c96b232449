import type { Clock } from '../base/clock.js';
import { ACTS_PER_ANSWER, DiskProbe } from '../cluster/disk-probe.js';
import type { Node } from '../cluster/node.js';
import type { NodeConnection, OnReply, Reply } from '../cluster/node-connection.js';
import { parseStats } from '../cluster/stats.js';

/** Where a held copy goes: back to the buried, to the ready, or away. */
export type Fate = 'keep' | 'release' | 'delete';

/** A copy that was taken, and what the scan reads in it. */
export interface TakenCopy<T> {
  readonly number: number;
  readonly content: T;
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
  readonly #disk: DiskProbe;
  #ended = false;

  constructor(node: Node, tube: string, clock: Clock) {
    this.#node = node;
    this.#tube = tube;
    this.#clock = clock;
    this.#disk = new DiskProbe(clock);
    this.#connection = node.dial(() => {});
  }

  get endpoint(): string {
    return this.#node.endpoint;
  }

  get held(): number {
    return this.#held.size;
  }

  /** True when none is left to take: all were met, or the node does not answer, or cannot write its log. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Goes on through the list, by `most` copies at most, and not after `until` of the monotonic clock. What `read` makes something of is
   * held; the others go back at once. `limit` is how many may be met in all.
   */
  async take<T>(
    read: (body: Buffer) => T | undefined,
    { most, limit, until }: { readonly most: number; readonly limit: number; readonly until: number },
  ): Promise<readonly TakenCopy<T>[]> {
    const taken: TakenCopy<T>[] = [];
    if (this.#ended) return taken;
    // Nothing is taken that could not be buried again.
    let first: Reply | undefined = (await this.#writes()) ? await this.#first() : undefined;
    let passed = 0;
    for (let met = 0; ; met++) {
      if (passed === ACTS_PER_ANSWER) {
        this.#ended ||= !(await this.#writes());
        passed = 0;
      }
      if (this.#ended || first?.kind !== 'FOUND' || this.#seen.has(first.id) || this.#seen.size >= limit) {
        this.#ended = true;
        return taken;
      }
      if (met === most || this.#clock.monotonic() >= until) return taken;
      const { id: number, body } = first;
      this.#seen.add(number);
      const content = read(body);
      if (content === undefined) passed++;
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
    const { kind } = await ask((done) => {
      if (fate === 'keep') this.#keep(number, done);
      else {
        this.#held.delete(number);
        if (fate === 'delete') this.#connection.delete(number, done);
        else this.#connection.release(number, PRIORITY, 0, done);
      }
    });
    return kind === 'DELETED' || kind === 'RELEASED' || (fate === 'keep' && kind === 'BURIED');
  }

  close(): void {
    this.#node.end(this.#connection);
  }

  /** Buries a held copy where the disk writes; one that has filled up would lose it, so then it is released, and consumers see to it. */
  #keep(number: number, done: OnReply): void {
    // Until the probe is answered the reservation is touched; what relies on the answer is sent before the probe is deleted.
    this.#disk.ask(this.#connection, (writes) => {
      this.#held.delete(number);
      if (writes) this.#bury(number, done);
      else this.#connection.release(number, PRIORITY, 0, done);
    });
  }

  #bury(number: number, done: OnReply): void {
    this.#connection.bury(number, PRIORITY, (reply) => {
      if (reply.kind === 'INTERNAL_ERROR' || reply.kind === 'OUT_OF_MEMORY') {
        this.#ended = true;
        this.#disk.refused();
      }
      done(reply);
    });
  }

  /** Whether the node can write its log, for as many acts as rely on one answer. So many ask, since fewer would pause before a probe. */
  #writes(): Promise<boolean> {
    return new Promise((resolve) => {
      for (let act = 0; act < ACTS_PER_ANSWER; act++) this.#disk.ask(this.#connection, resolve);
    });
  }

  /** Resolves to whether it is held now. */
  async #reserve(number: number): Promise<boolean> {
    const { kind } = await ask((done) => this.#connection.reserveJob(number, done));
    return kind === 'RESERVED';
  }

  /**
   * Puts a copy that is not wanted at the end of the list; it is not held. Another operator may have let it run since it was shown: then
   * it was not buried any more when it was taken, and is made ready again.
   */
  async #pass(number: number): Promise<false> {
    const describing = ask((done) => this.#connection.statsJob(number, done));
    const reserving = this.#reserve(number);
    this.#bury(number, () => {});
    const [stats, reserved] = await Promise.all([describing, reserving]);
    const wasBuried = stats.kind !== 'OK' || parseStats(stats.body).get('state') === 'buried';
    if (reserved && !wasBuried) await ask((done) => this.#connection.kickJob(number, done));
    return false;
  }

  #first(): Promise<Reply> {
    return ask((done) => this.#connection.peekFirst(this.#tube, 'buried', done));
  }
}

function ask(send: (done: OnReply) => void): Promise<Reply> {
  return new Promise((resolve) => {
    send(resolve);
  });
}
