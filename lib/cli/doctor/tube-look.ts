import type { TubeStats } from '../../core/cluster/node-connection.js';
import { identify } from '../../core/claims/job-identity.js';
import { textOf } from '../../core/errors/shown.js';
import { PROBE_TUBE } from '../../core/wire/tube-name.js';
import { PROBE_TUBES } from './binlog-probe.js';
import { NodeLine } from './node-line.js';
import type { ServerSetting } from './setting.js';

const STATES = ['ready', 'delayed', 'buried'] as const;

/** What stands first in a tube, on one node, in one state. */
interface FirstJob {
  readonly state: (typeof STATES)[number];
  readonly node: string;
  /** Epoch milliseconds; undefined for a body that is no job. */
  readonly dueMs: number | undefined;
  /** What is wrong with a body that is no job. */
  readonly fault: string | undefined;
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

/** The tubes that nodes have, each once, but for those of probes. */
export async function listTubes(setting: ServerSetting): Promise<readonly string[]> {
  const lists = await onEachNode(setting, async (line) => {
    const reply = await line.ask((to, done) => to.listTubes(done));
    return reply.kind === 'TUBES' ? reply.names : [];
  });
  const names = new Set(lists.flat().filter((name) => name !== PROBE_TUBE && !name.startsWith(PROBE_TUBES)));
  return [...names].toSorted();
}

/** Looks at tubes without touching a job: at counts, and at what stands first in each state. */
export async function lookAtTubes(names: readonly string[], setting: ServerSetting): Promise<readonly SeenTube[]> {
  const nodes = await onEachNode(setting, (line, node) =>
    Promise.all(names.map((name) => lookOnNode(line, node, name))),
  );
  return names.map((name, at) => {
    const seen = nodes.flatMap((tubes) => tubes[at] ?? []);
    const sum = (count: (stats: TubeStats) => number): number => seen.reduce((all, { stats }) => all + count(stats), 0);
    return {
      name,
      nodes: seen.length,
      ready: sum(({ ready }) => ready),
      buried: sum(({ buried }) => buried),
      watching: sum(({ watching }) => watching),
      firsts: seen.flatMap(({ firsts }) => firsts),
    };
  });
}

async function lookOnNode(
  line: NodeLine,
  node: string,
  name: string,
): Promise<{ readonly stats: TubeStats; readonly firsts: readonly FirstJob[] } | undefined> {
  const reply = await line.ask((to, done) => to.statsTube(name, done));
  if (reply.kind !== 'TUBE_STATS') return undefined;
  const { stats } = reply;
  const firsts = await Promise.all(
    STATES.filter((state) => stats[state] > 0).map(async (state) => {
      const first = await line.ask((to, done) => to.peekFirst(name, state, done));
      return first.kind === 'FOUND' ? [{ state, node, ...readingOf(name, first.body) }] : [];
    }),
  );
  return { stats, firsts: firsts.flat() };
}

function readingOf(tube: string, body: Buffer): Pick<FirstJob, 'dueMs' | 'fault'> {
  try {
    return { dueMs: identify(tube, body).envelope.dueMs, fault: undefined };
  } catch (error) {
    return { dueMs: undefined, fault: textOf(error) };
  }
}

/** Asks all nodes at the same time, each on a connection that is then closed. */
function onEachNode<T>(setting: ServerSetting, use: (line: NodeLine, node: string) => Promise<T>): Promise<T[]> {
  return Promise.all(
    setting.endpoints.map(async (endpoint) => {
      const line = new NodeLine(endpoint, setting);
      try {
        return await use(line, endpoint.name);
      } finally {
        line.close();
      }
    }),
  );
}
