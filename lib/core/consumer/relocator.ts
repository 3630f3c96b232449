import type { Clock } from '../base/clock.js';
import type { Cluster } from '../cluster/cluster.js';
import { DiskProbe } from '../cluster/disk-probe.js';
import type { Node } from '../cluster/node.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { withOneMoreCopy } from '../wire/envelope.js';
import type { Copy } from './held-job.js';

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
 * again at every second beat.
 */
export class Relocator {
  readonly #tube: TubeSettings;
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  #waiting: Move[] = [];
  /** Those that waited at the last beat already. */
  #longWaiting: Move[] = [];
  #underWay = 0;
  readonly #disks = new Map<Node, DiskProbe>();
  #closed = false;

  constructor(tube: TubeSettings, cluster: Cluster, clock: Clock) {
    this.#tube = tube;
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Moves a copy, or calls `again` about a second later when no other node took it: its own may have room by then. */
  move(copy: Copy, to: Destination, again: () => void): void {
    const others = this.#cluster.order().nodes.filter((node) => node !== copy.lane.node);
    copy.lane.park(copy);
    const body = withOneMoreCopy(copy.body);
    const needed = (): boolean => copy.lane.holds(copy);
    this.#offer({ body, to, needed, written: () => copy.lane.delete(copy), again }, others);
  }

  /**
   * Writes a copy anew of which its node has lost hold, so that the job has as many as before; or calls `again` about a second later when no node
   * took it. The old one cannot be deleted. It comes back when the node is restarted, so the new one counts it.
   */
  replace(copy: Copy, to: Destination, again: () => void): void {
    const { nodes } = this.#cluster.order();
    const own = copy.lane.node;
    const body = withOneMoreCopy(copy.body);
    const move = { body, to, needed: () => true, written: () => {}, again };
    this.#offer(move, [...nodes.filter((node) => node !== own), own]);
  }

  /** True when no beat is needed. */
  get idle(): boolean {
    return this.#underWay === 0 && this.#waiting.length === 0 && this.#longWaiting.length === 0;
  }

  /** Offers again what has waited for a beat: all in one turn, so that they share a probe. */
  onBeat(): void {
    const again = this.#longWaiting;
    this.#longWaiting = this.#waiting;
    this.#waiting = [];
    for (const move of again) if (move.needed()) move.again();
  }

  /** Copies not yet moved stay held; their lanes give them back when they close. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#longWaiting = [];
    for (const disk of this.#disks.values()) disk.close();
  }

  #offer(move: Move, nodes: readonly Node[]): void {
    if (this.#closed || !move.needed()) return;
    const [node, ...rest] = nodes;
    if (node === undefined) {
      this.#waiting.push(move);
      return;
    }
    const { body, to } = move;
    const command = { tube: this.#tube.name, ttrSeconds: this.#tube.ttrSeconds, body, byteLength: body.length, ...to };
    const disk = this.#diskOf(node);
    const writer = node.writer();
    this.#underWay++;
    disk.ask(writer, (writes) => {
      this.#underWay--;
      if (!writes || this.#closed || !move.needed()) this.#offer(move, rest);
      else {
        this.#underWay++;
        writer.put(command, (reply) => {
          this.#underWay--;
          if (reply.kind === 'OUT_OF_MEMORY') disk.refused();
          if (reply.kind === 'INSERTED') move.written();
          else this.#offer(move, rest);
        });
      }
    });
  }

  /** A full node never frees the memory of a job that it refused, so it is asked with a probe, which many share. */
  #diskOf(node: Node): DiskProbe {
    let disk = this.#disks.get(node);
    if (disk === undefined) this.#disks.set(node, (disk = new DiskProbe(this.#clock)));
    return disk;
  }
}
