import type { Command } from 'commander';
import type { DqTubeCounts } from '../../core/inspector/tube-counts.js';
import type { Cli } from '../base/cli.js';
import { CliError, EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions, show } from '../base/command.js';
import { stamp } from '../base/moments.js';
import { type Cell, table } from '../base/print.js';
import { type Queue, withOpenQueue } from '../base/queue.js';
import { pause } from '../base/timeout.js';
import { doubtOf, tubesFor } from '../base/tubes.js';

interface CountsOptions extends CommonOptions {
  readonly watch?: boolean;
}

const EVERY_MS = 2_000;
/** Home, and everything below it away. */
const CLEAR = '\u001b[H\u001b[J';
const HEAD = ['TUBE', 'NODE', 'SCHEDULED', 'READY', 'RUNNING', 'DEAD', 'CONSUMERS'];

export function addCounts(program: Command, cli: Cli): void {
  program
    .command('counts')
    .description('copies of each tube on each node; three copies are one job')
    .argument('[tube...]', 'tubes; without any, all that are on the nodes')
    .option('--watch', 'again every 2 s, until Ctrl-C')
    .action(
      action(cli, async ([tubes]: readonly [readonly string[]], options: CountsOptions) => {
        if (options.watch === true) return watch(cli, options, tubes);
        return withOpenQueue(cli, options, (queue) => queue.answer(countsOf(queue, tubes)));
      }),
    );
}

async function watch(cli: Cli, options: CountsOptions, tubes: readonly string[]): Promise<undefined> {
  const isClean = cli.terminal.isTty && options.json !== true;
  return withOpenQueue(cli, options, async (queue) => {
    try {
      for (;;) {
        const answer = await queue.answer(countsOf(queue, tubes));
        const at = new Date(queue.nowMs);
        const text = `${isClean ? CLEAR : ''}${stamp(at)}\n${answer.text}`;
        show(cli, options, { ...answer, json: { at, ...answer.json }, text }, true);
        await pause(cli.clock, EVERY_MS, cli.signal);
      }
    } catch (error) {
      if (!(error instanceof CliError) || error.code !== 'CLI_INTERRUPTED') throw error;
      cli.exit = EXIT.fine;
      return undefined;
    }
  });
}

async function countsOf(queue: Queue, tubes: readonly string[]): Promise<Answer> {
  const { names, foreign, named } = await tubesFor(queue, tubes);
  const deadline = queue.lookMs;
  const each = await Promise.all(names.map((tube) => queue.runtime.inspector.counts(tube, { deadline })));
  const counts = each.filter((ofTube) => named || ofTube.some(isInUse)).flat();
  for (const { node, reachable } of counts) if (reachable) queue.heard(node);
  for (const { node, reachable } of counts) if (!reachable) queue.silent(node);
  const isUnsure = each.flat().some(({ paused }) => paused === undefined);
  const anyPaused = counts.some(({ paused }) => paused !== false);
  const rows = counts.map((one) => rowOf(one, anyPaused));
  const none = `No tube has jobs or consumers${queue.whereKnown}.`;
  return {
    json: { counts: counts.map(known), foreign },
    text: table(anyPaused ? [...HEAD, 'PAUSED'] : HEAD, rows, { none }),
    notes: [
      ...(foreign.length > 0 ? [`Tubes of other programs, not counted: ${foreign.join(', ')}`] : []),
      ...(named ? each.flatMap(doubtOf) : []),
      ...(isUnsure ? ['Redis did not say which tubes are paused.'] : []),
    ],
    exit: isUnsure ? EXIT.away : EXIT.fine,
  };
}

/** What nobody says of itself may be there. Everybody watches `default` for a moment. */
function isInUse({ tube, reachable, scheduled, ready, running, dead, watching, paused }: DqTubeCounts): boolean {
  const consumers = tube === 'default' ? 0 : watching;
  return !reachable || paused === true || scheduled + ready + running + dead + consumers > 0;
}

/** Counts that are not known are not 0. */
function known({ tube, node, reachable, scheduled, ready, running, dead, watching, paused }: DqTubeCounts): object {
  const shared = { tube, node, reachable, paused: paused ?? null };
  if (!reachable) return shared;
  return { ...shared, scheduled, ready, running, dead, consumers: watching };
}

function rowOf(counts: DqTubeCounts, anyPaused: boolean): Cell[] {
  const { tube, node, reachable, scheduled, ready, running, dead, watching, paused } = counts;
  const numbers = reachable ? [scheduled, ready, running, dead, watching] : ['?', '?', '?', '?', '?'];
  const isPaused = paused === undefined ? '?' : paused ? 'paused' : '';
  return [tube, node, ...numbers, ...(anyPaused ? [isPaused] : [])];
}
