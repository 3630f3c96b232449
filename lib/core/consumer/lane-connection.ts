import type { Clock, Timer } from '../base/clock.js';
import type { Node } from '../cluster/node.js';
import type { NodeConnection } from '../cluster/node-connection.js';

/** What a lane's connection tells its lane, and asks it. */
export interface LaneConnectionOwner {
  /** True while a connection is wanted. */
  readonly taking: boolean;
  /** It is there, and watches the lane's tube alone. */
  connected(connection: NodeConnection): void;
  /** It has ended, and with it every reservation. */
  disconnected(): void;
}

/** The connection of a lane. It is dialled when the rest of its node is over, and again whenever it has ended. */
export class LaneConnection {
  readonly #node: Node;
  readonly #tube: string;
  readonly #owner: LaneConnectionOwner;
  readonly #clock: Clock;
  #current: NodeConnection | undefined;
  #timer: Timer | undefined;

  constructor(node: Node, tube: string, owner: LaneConnectionOwner, clock: Clock) {
    this.#node = node;
    this.#tube = tube;
    this.#owner = owner;
    this.#clock = clock;
  }

  get current(): NodeConnection | undefined {
    return this.#current;
  }

  dial(): void {
    this.#timer = undefined;
    if (!this.#owner.taking || this.#current !== undefined) return;
    const rest = this.#node.health.restOf('reserves');
    if (rest > 0) {
      this.#dialAfter(rest);
      return;
    }
    const connection = this.#node.dial(() => this.#closed());
    this.#current = connection;
    connection.watchOnly(this.#tube, (reply) => {
      if (reply.kind !== 'LOST' && this.#owner.taking) this.#owner.connected(connection);
    });
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#current !== undefined) this.#node.end(this.#current);
  }

  #closed(): void {
    this.#current = undefined;
    this.#owner.disconnected();
    if (this.#owner.taking && this.#timer === undefined) this.#dialAfter(this.#node.health.restOf('reserves'));
  }

  #dialAfter(ms: number): void {
    this.#timer = this.#clock.after(ms, () => this.dial());
  }
}
