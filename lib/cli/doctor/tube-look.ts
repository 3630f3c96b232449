import { identify } from '../../core/claims/job-identity.js';
import { ask } from '../../core/cluster/ask.js';
import type { Node } from '../../core/cluster/node.js';
import type { TubeStats } from '../../core/cluster/node-connection.js';
import { textOf } from '../../core/errors/shown.js';

const STATES = ['ready', 'delayed', 'buried'] as const;

/** What stands first in a tube, on one node, in one state. */
interface FirstJob {
  readonly state: (typeof STATES)[number];
  /** Epoch milliseconds; undefined for a body that is no job. */
  readonly dueMs?: number;
  /** What is wrong with a body that is no job. */
  readonly fault?: string;
}

/** A tube, over all nodes that answered. */
export interface SeenTube {
  readonly name: string;
  readonly nodes: number;
  readonly ready: number;
  readonly buried: number;
  /** Connections that watch it. */
  readonly watching: number;
  readonly firsts: readonly FirstJob[];
}

/** Looks at a tube without touching a job: at counts, and at what stands first in each state. */
export async function lookAtTube(name: string, nodes: readonly Node[]): Promise<SeenTube> {
  const looks = await Promise.all(nodes.map((node) => lookOnNode(name, node)));
  const seen = looks.filter((look) => look !== undefined);
  const sum = (count: 'ready' | 'buried' | 'watching'): number =>
    seen.reduce((all, { stats }) => all + stats[count], 0);
  const counts = { ready: sum('ready'), buried: sum('buried'), watching: sum('watching') };
  return { name, nodes: seen.length, ...counts, firsts: seen.flatMap(({ firsts }) => firsts) };
}

async function lookOnNode(
  name: string,
  node: Node,
): Promise<{ readonly stats: TubeStats; readonly firsts: readonly FirstJob[] } | undefined> {
  const reply = await ask(node.writer(), (to, done) => to.statsTube(name, done));
  if (reply.kind !== 'TUBE_STATS') return undefined;
  const { stats } = reply;
  const firsts = await Promise.all(
    STATES.filter((state) => stats[state] > 0).map(async (state) => {
      const first = await ask(node.writer(), (to, done) => to.peekFirst(name, state, done));
      return first.kind === 'FOUND' ? [{ state, ...readingOf(name, first.body) }] : [];
    }),
  );
  return { stats, firsts: firsts.flat() };
}

function readingOf(tube: string, body: Buffer): Omit<FirstJob, 'state'> {
  try {
    return { dueMs: identify(tube, body).envelope.dueMs };
  } catch (error) {
    return { fault: textOf(error) };
  }
}
