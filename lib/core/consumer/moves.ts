import type { Clock, Timer } from '../clock.js';
import type { Cluster } from '../cluster/cluster.js';
import { probeDisk } from '../cluster/disk-probe.js';
import type { Node } from '../cluster/node.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { withOneMoreCopy } from '../wire/envelope.js';
import type { Copy } from './held-job.js';

const AGAIN_MS = 1_000;

/** Where a moved copy goes: due again after the delay, at this priority. */
export interface Destination {
  readonly priority: number;
  readonly delaySeconds: number;
}

/**
 * Copies on their way from a node that cannot keep them (its disk is full) to one that can: written there first, deleted here
 * after, which a full disk allows. Should this process, or the old node, die in between, there is one copy more than the job had:
 * so the header of the new one counts it. Until a node takes it, the copy stays held, takes no room of its lane, and is offered
 * again every second.
 */
export class Moves {
  readonly #tube: TubeSettings;
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  #waiting: { readonly copy: Copy; readonly again: () => void }[] = [];
  #timer: Timer | undefined;
  /** Who waits to hear whether a node can write its log. */
  readonly #asking = new Map<Node, ((writes: boolean) => void)[]>();
  #closed = false;

  constructor(tube: TubeSettings, cluster: Cluster, clock: Clock) {
    this.#tube = tube;
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Moves a copy, or calls `again` in a second when no other node took it: its own may have room by then. */
  move(copy: Copy, to: Destination, again: () => void): void {
    const others = this.#cluster.order().nodes.filter((node) => node !== copy.lane.node);
    copy.lane.park(copy);
    this.#offer(copy, withOneMoreCopy(copy.body), to, others, again);
  }

  /** Copies not yet moved stay held; their lanes give them back when they close. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#waiting = [];
  }

  #offer(copy: Copy, body: Buffer, to: Destination, nodes: readonly Node[], again: () => void): void {
    if (this.#closed || !copy.lane.holds(copy)) return;
    const [node, ...rest] = nodes;
    if (node === undefined) {
      this.#waiting.push({ copy, again });
      this.#timer ??= this.#clock.after(AGAIN_MS, () => this.#allAgain());
      return;
    }
    const next = (): void => this.#offer(copy, body, to, rest, again);
    const command = { tube: this.#tube.name, ttrSeconds: this.#tube.ttrSeconds, body, byteLength: body.length, ...to };
    this.#ask(node, (writes) => {
      if (!writes || this.#closed || !copy.lane.holds(copy)) next();
      else {
        node.writer().put(command, (reply) => {
          if (reply.kind === 'INSERTED') copy.lane.delete(copy);
          else next();
        });
      }
    });
  }

  /** All in one turn, so that they share a probe. */
  #allAgain(): void {
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { copy, again } of waiting) if (copy.lane.holds(copy)) again();
  }

  /** A full node never frees the memory of a job that it refused, so it is asked with a small one, once for all who ask at once. */
  #ask(node: Node, done: (writes: boolean) => void): void {
    const asking = this.#asking.get(node);
    if (asking !== undefined) {
      asking.push(done);
      return;
    }
    const waiting = [done];
    this.#asking.set(node, waiting);
    probeDisk(node.writer(), false, (writes) => {
      this.#asking.delete(node);
      for (const each of waiting) each(writes);
    });
  }
}
