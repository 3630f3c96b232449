import type { Clock, Timer } from '../lib/core/base/clock.js';
import type { ConnectionListeners, NodeConnection, NodeDialer } from '../lib/core/cluster/node-connection.js';
import { DqDeadlineError } from '../lib/core/errors/connection.errors.js';
import type { DqError } from '../lib/core/errors/dq.error.js';
import { type Asked, MemoryConnection, type ServedNode } from '../lib/embedded/node/memory-connection.js';

/**
 * The road between a connection and its node. What one side says in one turn travels as one. `arrive` is called once, at once or
 * later, never before that of what was sent the same way earlier; or never, and then nothing sent that way later arrives either,
 * as on a TCP connection that lost its peer.
 */
export interface Link {
  carry(to: 'node' | 'client', arrive: () => void): void;
}

/** No distance at all. Both ends gather a turn and call later by themselves, so nothing is answered within its own call. */
export const directLink: Link = {
  carry: (_to, arrive) => arrive(),
};

export interface DistantSettings {
  /** Milliseconds a node has to answer; also the time to connect. */
  readonly commandDeadline: number;
}

/** A connection to a node in memory that is as far away, and as reliable, as its link; it has a deadline, as one to a server. */
export class DistantConnection extends MemoryConnection {
  readonly #link: Link;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #checkLater = (): void => this.#check();
  #timer: Timer | undefined;

  constructor(node: ServedNode, link: Link, { commandDeadline }: DistantSettings, listeners: ConnectionListeners) {
    super(node, listeners);
    this.#link = link;
    this.#clock = node.clock;
    this.#deadlineMs = commandDeadline;
    this.#setTimer(commandDeadline);
  }

  protected override carry(to: 'node' | 'client', arrive: () => void): void {
    this.#link.carry(to, arrive);
  }

  protected override ask(...asking: Parameters<MemoryConnection['ask']>): Asked | undefined {
    const asked = super.ask(...asking);
    if (asked !== undefined && this.#timer === undefined) this.#setTimer(this.#deadlineMs + asked.waitsMs);
    return asked;
  }

  protected override close(error: DqError): void {
    this.#timer?.cancel();
    super.close(error);
  }

  #setTimer(ms: number): void {
    this.#timer = this.#clock.after(ms, this.#checkLater);
  }

  /** One timer for the connection, looking at the oldest command only, since replies come in order. */
  #check(): void {
    this.#timer = undefined;
    const { oldest } = this;
    const left =
      oldest === undefined ? Infinity : oldest.sentAt + oldest.waitsMs + this.#deadlineMs - this.#clock.monotonic();
    if (!this.open || left <= 0) {
      this.close(new DqDeadlineError(`${this.endpoint} did not answer within ${this.#deadlineMs} ms.`));
    } else if (oldest !== undefined) this.#setTimer(left);
  }
}

/** Opens connections to one node in memory. `link` makes the road of each. */
export class DistantDialer implements NodeDialer {
  readonly endpoint: string;

  constructor(
    readonly node: ServedNode,
    readonly settings: DistantSettings,
    readonly link: () => Link = () => directLink,
  ) {
    this.endpoint = node.endpoint;
  }

  dial(listeners: ConnectionListeners): NodeConnection {
    return new DistantConnection(this.node, this.link(), this.settings, listeners);
  }
}
