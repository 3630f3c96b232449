import type { Node } from './node.js';

/** The nodes of one installation. */
export class Cluster {
  readonly nodes: readonly Node[];
  readonly #random: () => number;

  constructor(nodes: readonly Node[], random: () => number) {
    this.nodes = nodes;
    this.#random = random;
  }

  /** Whether any node is up, or not known to be away. */
  get reachable(): boolean {
    return this.nodes.some(({ health }) => health.up);
  }

  node(endpoint: string): Node | undefined {
    return this.nodes.find((node) => node.endpoint === endpoint);
  }

  /**
   * All nodes in the order a write should try them: those that are ready first, at random; then those that are slow; those
   * that rest last. `ready` says how many need no avoiding.
   */
  order(): { readonly nodes: readonly Node[]; readonly ready: number } {
    const ready: Node[] = [];
    const slow: Node[] = [];
    const resting: Node[] = [];
    for (const node of this.nodes) {
      if (node.health.rest > 0) resting.push(node);
      else if (node.suspect) slow.push(node);
      else ready.push(node);
    }
    this.#shuffle(ready);
    const asked = ready.length + slow.length;
    for (const node of slow) ready.push(node);
    for (const node of resting) ready.push(node);
    return { nodes: ready, ready: asked };
  }

  close(): void {
    for (const node of this.nodes) node.close();
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
