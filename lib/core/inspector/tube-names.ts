import { ask } from '../cluster/ask.js';
import type { Node } from '../cluster/node.js';
import { PROBE_TUBE } from '../wire/tube-name.js';

/** The tubes that are on the nodes, or paused. */
export interface DqTubeNames {
  /** Each once, by name. Those of other programs too; one is there while it has jobs, somebody uses it, or it is paused. */
  readonly names: readonly string[];
  /** Nodes that did not answer, and may have others. */
  readonly silent: readonly string[];
}

/** What a node says; undefined when it does not. */
export async function tubesOf(node: Node): Promise<readonly string[] | undefined> {
  const reply = await ask(node.writer(), (to, done) => to.listTubes(done));
  return reply.kind === 'TUBES' ? reply.names : undefined;
}

/** Of all nodes together. What this package tries disks with is left out. */
export function tubeNames(
  nodes: readonly Node[],
  said: readonly (readonly string[] | undefined)[],
  paused: readonly string[],
): DqTubeNames {
  const names = new Set([...said.flatMap((one) => one ?? []), ...paused]);
  names.delete(PROBE_TUBE);
  const silent = nodes.filter((_, at) => said[at] === undefined).map(({ endpoint }) => endpoint);
  return { names: [...names].toSorted(), silent };
}
