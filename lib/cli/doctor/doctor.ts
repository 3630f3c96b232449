import type { Queue } from '../base/queue.js';
import { tubesFor } from '../base/tubes.js';
import { PROBE_TUBES } from './binlog-probe.js';
import type { Finding } from './finding.js';
import { examineNodes, findTogether } from './nodes.js';
import type { ServerSetting } from './setting.js';
import { examineStore } from './store.js';
import { examineTubes } from './tubes.js';

/** What was found of the servers. */
export interface Examined {
  readonly findings: readonly Finding[];
  /** A node that others may reach runs on this machine. */
  readonly hasNode: boolean;
}

/** Asks all servers at the same time, and then looks at tubes. */
export async function examineServers(queue: Queue, setting: ServerSetting, dead: boolean): Promise<Examined> {
  const listing = tubesFor(queue, setting.tubes).then(({ names }) =>
    names.filter((name) => !name.startsWith(PROBE_TUBES)),
  );
  const [nodes, store, tubes] = await Promise.all([examineNodes(setting), examineStore(setting, listing), listing]);
  const hasNode = nodes.some(({ isReached }) => isReached);
  const findings = [...nodes.flatMap((node) => node.findings), ...findTogether(nodes, setting), ...store.findings];
  if (setting.signal.aborted || nodes.every(({ stats }) => stats === undefined)) return { findings, hasNode };
  const { inspector, parts } = queue.runtime;
  const asked = { nodes: parts.cluster.nodes, inspector: store.isOpen ? inspector : undefined, dead };
  return { findings: [...findings, ...(await examineTubes(tubes, setting, asked))], hasNode };
}
