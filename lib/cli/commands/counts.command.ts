import type { Command } from 'commander';
import type { DqTubeCounts } from '../../core/inspector/tube-counts.js';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { table } from '../base/print.js';
import { type Queue, withQueue } from '../base/queue.js';

/** What a node keeps for itself out of the time of the command, so that the others are shown. */
const SHARE = 0.6;

export function addCounts(program: Command, cli: Cli): void {
  program
    .command('counts')
    .description('copies of each tube on each node')
    .argument('<tube...>', 'tubes')
    .action(
      action(cli, ([tubes], options: CommonOptions) =>
        withQueue(cli, options, tubes as readonly string[], (queue) => countsOf(queue, tubes as readonly string[])),
      ),
    );
}

async function countsOf({ runtime, ms, away }: Queue, tubes: readonly string[]): Promise<Answer> {
  const deadline = Math.max(1, Math.floor(ms * SHARE));
  const counts = (await Promise.all(tubes.map((tube) => runtime.inspector.counts(tube, { deadline })))).flat();
  const silent = new Set(counts.filter(({ reachable }) => !reachable).map(({ node }) => node));
  return {
    json: counts.map(known),
    text: table(['TUBE', 'NODE', 'SCHEDULED', 'READY', 'RUNNING', 'DEAD'], counts.map(rowOf)),
    notes: [...silent].map(
      (node) => `${node} did not answer, so its copies are not known: ${away.get(node) ?? 'no answer in time'}`,
    ),
    exit: silent.size > 0 ? EXIT.away : EXIT.fine,
  };
}

/** Counts that are not known are not 0. */
function known({ tube, node, reachable, scheduled, ready, running, dead }: DqTubeCounts): object {
  return reachable ? { tube, node, reachable, scheduled, ready, running, dead } : { tube, node, reachable };
}

function rowOf({ tube, node, reachable, scheduled, ready, running, dead }: DqTubeCounts): (string | number)[] {
  return reachable ? [tube, node, scheduled, ready, running, dead] : [tube, node, '?', '?', '?', '?'];
}
