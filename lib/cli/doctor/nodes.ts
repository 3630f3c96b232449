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
  if (twice.length > 0) {
    findings.error(
      'each once',
      twice.map((names) => `${names.join(' and ')} are one server`).join('; '),
      'Two copies on one server are no safety: name each server once',
    );
  } else if (servers.size === nodes.length) findings.ok('each once', `${counted(servers.size)}, each named once`);
  else if (servers.size > 0)
    findings.unknown('each once', `${nodes.length - servers.size} of ${nodes.length} did not say which they are`);
  const writable = nodes.filter(({ stats }) => stats?.draining === false);
  const copies = serversOf(writable).size;
  const found = `${counted(copies)} can take jobs; a job needs ${minWrites} (minWrites)`;
  if (copies > minWrites) findings.ok('enough', found);
  else if (copies === minWrites && copies === nodes.length) findings.ok('enough', `${found}: a loss stops scheduling`);
  else if (copies === minWrites)
    findings.warn('enough', `${found}: one more loss stops scheduling`, 'Bring the others back');
  else {
    findings.error(
      'enough',
      `${found}, so that scheduling fails`,
      'Bring nodes back, or add some. Where minWrites is lower, tell the doctor with --min-writes',
    );
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
