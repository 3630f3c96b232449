import { type Finding, Findings } from './finding.js';
import { examineNode, type SeenNode } from './node.js';
import type { ServerSetting } from './setting.js';

/** All nodes together. */
const SUBJECT = 'all nodes';

/** Looks at all nodes at the same time. */
export function examineNodes(setting: ServerSetting): Promise<readonly SeenNode[]> {
  return Promise.all(setting.endpoints.map((endpoint) => examineNode(endpoint, setting)));
}

/** What is wrong with them as a whole: names of one server, and too few that take jobs. */
export function findTogether(nodes: readonly SeenNode[], { minWrites }: ServerSetting): readonly Finding[] {
  const findings = new Findings(SUBJECT);
  const servers = serversOf(nodes);
  const twice = [...servers.values()].filter((names) => names.length > 1);
  if (servers.size > 0) {
    findings.rate('each once', twice.length > 0 ? false : servers.size === nodes.length || undefined, {
      ok: `${counted(servers.size)}, each named once`,
      error: twice.map((names) => `${names.join(' and ')} are one server`).join('; '),
      todo: 'Two copies on one server are no safety: name each server once',
      unknown: `${nodes.length - servers.size} of ${nodes.length} did not say which they are`,
    });
  }
  const copies = serversOf(nodes.filter(({ stats }) => stats?.draining === false)).size;
  const found = `${counted(copies)} can take jobs; a job needs ${minWrites} (minWrites)`;
  if (copies === minWrites && copies < nodes.length)
    findings.warn('enough', `${found}: one more loss stops scheduling`, 'Bring the others back');
  else {
    findings.rate('enough', copies >= minWrites, {
      ok: copies > minWrites ? found : `${found}: a loss stops scheduling`,
      error: `${found}, so that scheduling fails`,
      todo: 'Bring nodes back, or add some. Where minWrites is lower, tell the doctor with --min-writes',
    });
  }
  return findings.all;
}

/** The names of each server. */
function serversOf(nodes: readonly SeenNode[]): ReadonlyMap<string, readonly string[]> {
  const servers = new Map<string, string[]>();
  for (const { endpoint, stats } of nodes) {
    if (stats === undefined) continue;
    const names = servers.get(stats.id) ?? [];
    names.push(endpoint.name);
    servers.set(stats.id, names);
  }
  return servers;
}

function counted(servers: number): string {
  return servers === 1 ? '1 server' : `${servers} servers`;
}
