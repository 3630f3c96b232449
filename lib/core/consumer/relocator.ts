import type { Cluster } from '../cluster/cluster.js';
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
  #waiting: Move[] = [];
  /** Those that waited at the last beat already. */
  #longWaiting: Move[] = [];
  #underWay = 0;
  #closed = false;

  constructor(tube: TubeSettings, cluster: Cluster) {
    this.#tube = tube;
    this.#cluster = cluster;
  }

  /**
   * Moves a copy. About a second later, when no node took it: `again`, if it is still held here, since its own node may have room by then. A node that
   * lost hold of it cannot delete it, and brings it back with a restart; so it is written anew in any case, if need be to that same node.
   */
  move(copy: Copy, to: () => Destination, again?: () => void): void {
    const { lane } = copy;
    const held = lane.holds(copy);
    lane.park(copy);
    const others = this.#cluster.order().nodes.filter((node) => node !== lane.node);
    const move: Move = {
      body: withOneMoreCopy(copy.body),
      to: to(),
      needed: () => !held || lane.holds(copy),
      written: () => lane.delete(copy),
      again: held && again !== undefined ? again : () => this.move(copy, to),
    };
    this.#offer(move, held ? others : [...others, lane.node]);
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
    const writer = node.writer();
    this.#underWay++;
    // A full node never frees the memory of a job that it refused.
    writer.keeps(1, (acts) => {
      this.#underWay--;
      if (acts === 0 || this.#closed || !move.needed()) {
        this.#offer(move, rest);
        return;
      }
      this.#underWay++;
      writer.put(command, ({ kind }) => {
        this.#underWay--;
        if (kind === 'INSERTED') move.written();
        else this.#offer(move, rest);
      });
    });
  }
}
