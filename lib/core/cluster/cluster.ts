import type { Clock } from '../base/clock.js';
import type { Report } from '../base/events.js';
import { Presence } from '../base/presence.js';
import type { Node } from './node.js';

/** The nodes of one installation. */
export class Cluster {
  readonly nodes: readonly Node[];
  readonly #random: () => number;
  readonly #report: Report;
  /** Of each node that is an earlier one under another name, that one. */
  #same: ReadonlyMap<Node, Node> = new Map();
  /** The others. */
  #writable: readonly Node[];
  /** All nodes together, once they are watched. */
  #all: Presence | undefined;

  constructor(nodes: readonly Node[], random: () => number, report: Report) {
    this.nodes = nodes;
    this.#random = random;
    this.#report = report;
    this.#writable = nodes;
    for (const node of nodes) node.onServer(() => this.#compare(node));
  }

  node(endpoint: string): Node | undefined {
    return this.nodes.find((node) => node.endpoint === endpoint);
  }

  /** The nodes that are an earlier one under another name, each with that one. A copy on both would be no safety. */
  get same(): ReadonlyMap<Node, Node> {
    return this.#same;
  }

  /**
   * Each server once, in the order a write should try them: those that are ready first, at random; then those that are slow; those
   * that rest last. `ready` says how many need no avoiding.
   */
  order(): { readonly nodes: readonly Node[]; readonly ready: number } {
    const nodes = [...this.#writable];
    this.#shuffle(nodes);
    // As a rule all are ready: every job asks for this.
    if (nodes.every(isReady)) return { nodes, ready: nodes.length };
    const resting = nodes.filter(({ health }) => health.rest > 0);
    const asked = nodes.filter((node) => !resting.includes(node));
    const slow = asked.filter(({ suspect }) => suspect);
    return {
      nodes: [...asked.filter((node) => !slow.includes(node)), ...slow, ...resting],
      ready: asked.length,
    };
  }

  /** Reports from now on when no node is left. */
  watch(clock: Clock): void {
    const nodes = this.nodes.map(({ endpoint }) => endpoint);
    const all = new Presence(clock, 'any', {
      lost: () => this.#report({ type: 'nodes-lost', nodes }),
      // They tell that themselves.
      back: () => {},
    });
    this.#all = all;
    for (const { endpoint, health } of this.nodes) {
      all.succeeded(endpoint);
      health.onChange((up) => {
        if (up) all.succeeded(endpoint);
        else all.failed(endpoint, { kind: 'nodes', reason: endpoint });
      });
    }
  }

  close(): void {
    for (const node of this.nodes) node.close();
    this.#all?.close();
  }

  /** After the id of one server became known, or is no longer: a new connection may lead elsewhere. */
  #compare(changed: Node): void {
    const firsts = new Map<string, Node>();
    const same = new Map<Node, Node>();
    for (const node of this.nodes) {
      if (node.serverId === undefined) continue;
      const first = firsts.get(node.serverId);
      if (first === undefined) firsts.set(node.serverId, node);
      else same.set(node, first);
    }
    this.#same = same;
    this.#writable = this.nodes.filter((node) => !same.has(node));
    for (const [node, first] of same) {
      if (node !== changed && first !== changed) continue;
      const serverId = node.serverId as string;
      this.#report({ type: 'nodes-are-one', first: first.endpoint, node: node.endpoint, serverId });
    }
  }

  #shuffle(nodes: Node[]): void {
    for (let at = nodes.length - 1; at > 0; at--) {
      const other = Math.floor(this.#random() * (at + 1));
      const node = nodes[at] as Node;
      nodes[at] = nodes[other] as Node;
      nodes[other] = node;
    }
  }
}

function isReady(node: Node): boolean {
  return node.health.rest === 0 && !node.suspect;
}
