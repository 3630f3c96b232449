import type { Command } from 'commander';
import type { DqNodeState } from '../../core/inspector/node-state.js';
import type { Cli } from '../base/cli.js';
import type { Answer } from '../base/command.js';
import { span } from '../base/moments.js';
import { type Cell, table } from '../base/print.js';
import { type Queue, query } from '../base/queue.js';

const HEAD = ['NODE', 'STATE', 'VERSION', 'UPTIME', 'CONNECTIONS', 'BINLOG'];

export function addNodes(program: Command, cli: Cli): void {
  program.command('nodes').description('what each node says of itself').action(query(cli, nodesOf));
}

async function nodesOf(queue: Queue): Promise<Answer> {
  const nodes = await queue.runtime.inspector.nodes({ deadline: queue.lookMs });
  for (const { node, reachable } of nodes) if (!reachable) queue.silent(node);
  return { json: { nodes }, text: table(HEAD, nodes.map(rowOf)), notes: notesOf(nodes) };
}

function rowOf(state: DqNodeState): Cell[] {
  if (!state.reachable) return [state.node, 'away', '?', '?', '?', '?'];
  const { node, version, draining, binlog, uptimeSeconds, connections } = state;
  return [node, draining ? 'draining' : 'up', version, span(uptimeSeconds * 1000), connections, binlog ? 'on' : 'off'];
}

function notesOf(nodes: readonly DqNodeState[]): string[] {
  const up = nodes.filter((state) => state.reachable);
  const twice = up.filter(
    ({ serverId }, at) => serverId !== '' && up.findIndex((one) => one.serverId === serverId) < at,
  );
  return [
    ...up
      .filter(({ binlog }) => !binlog)
      .map(({ node }) => `${node} keeps no log: a restart loses its copies. Start it with -b.`),
    ...up.filter(({ draining }) => draining).map(({ node }) => `${node} takes no new jobs. Restart it.`),
    ...twice.map(
      ({ node }) => `${node} is another node of this list under a second name: two copies there are no safety.`,
    ),
  ];
}
