import type { Clock, Timer } from '../base/clock.js';
import type { Cluster } from '../cluster/cluster.js';
import { DiskProbe } from '../cluster/disk-probe.js';
import type { Node } from '../cluster/node.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { withOneMoreCopy } from '../wire/envelope.js';
import type { Copy } from './held-job.js';

const AGAIN_MS = 1_000;

/** Where a copy goes that its node cannot keep: due again after the delay, at this priority. */
export interface Destination {
  readonly priority: number;
  readonly delaySeconds: number;
}

/** A copy under way. */
interface Move {
  readonly body: Buffer;
  readonly to: Destination;
  /** Whether it still has to be written. */
  readonly needed: () => boolean;
  readonly written: () => void;
  /** No node took it. */
  readonly again: () => void;
}

/**
 * Copies on their way from a node that cannot keep them (its disk is full) to one that can: written there first, deleted here
 * after, which a full disk allows. Should this process, or the old node, die in between, there is one copy more than the job had:
 * so the header of the new one counts it. Until a node takes it, the copy stays held, takes no room of its lane, and is offered
 * again every second.
 */
export class Relocator {
  readonly #tube: TubeSettings;
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  #waiting: Move[] = [];
  #timer: Timer | undefined;
  readonly #disks = new Map<Node, DiskProbe>();
  #closed = false;

  constructor(tube: TubeSettings, cluster: Cluster, clock: Clock) {
    this.#tube = tube;
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Relocator a copy, or calls `again` in a second when no other node took it: its own may have room by then. */
  move(copy: Copy, to: Destination, again: () => void): void {
    const others = this.#cluster.order().nodes.filter((node) => node !== copy.lane.node);
    copy.lane.park(copy);
    const body = withOneMoreCopy(copy.body);
    const needed = (): boolean => copy.lane.holds(copy);
    this.#offer({ body, to, needed, written: () => copy.lane.delete(copy), again }, others);
  }

  /**
   * Writes a copy anew of which its node has lost hold, so that the job has as many as before; or calls `again` in a second when no node
   * took it. The old one cannot be deleted. It comes back when the node is restarted, so the new one counts it.
   */
  replace(copy: Copy, to: Destination, again: () => void): void {
    const { nodes } = this.#cluster.order();
    const own = copy.lane.node;
    const body = withOneMoreCopy(copy.body);
    const move = { body, to, needed: () => true, written: () => {}, again };
    this.#offer(move, [...nodes.filter((node) => node !== own), own]);
  }

  /** Copies not yet moved stay held; their lanes give them back when they close. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#waiting = [];
    for (const disk of this.#disks.values()) disk.close();
  }

  #offer(move: Move, nodes: readonly Node[]): void {
    if (this.#closed || !move.needed()) return;
    const [node, ...rest] = nodes;
    if (node === undefined) {
      this.#waiting.push(move);
      this.#timer ??= this.#clock.after(AGAIN_MS, () => this.#allAgain());
      return;
    }
    const { body, to } = move;
    const command = { tube: this.#tube.name, ttrSeconds: this.#tube.ttrSeconds, body, byteLength: body.length, ...to };
    const disk = this.#diskOf(node);
    const writer = node.writer();
    disk.ask(writer, (writes) => {
      if (!writes || this.#closed || !move.needed()) this.#offer(move, rest);
      else {
        writer.put(command, (reply) => {
          if (reply.kind === 'OUT_OF_MEMORY') disk.refused();
          if (reply.kind === 'INSERTED') move.written();
          else this.#offer(move, rest);
        });
      }
    });
  }

  /** All in one turn, so that they share a probe. */
  #allAgain(): void {
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { needed, again } of waiting) if (needed()) again();
  }

  /** A full node never frees the memory of a job that it refused, so it is asked with a probe, which many share. */
  #diskOf(node: Node): DiskProbe {
    let disk = this.#disks.get(node);
    if (disk === undefined) this.#disks.set(node, (disk = new DiskProbe(this.#clock)));
    return disk;
  }
}
