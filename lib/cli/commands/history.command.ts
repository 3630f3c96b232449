import type { Command } from 'commander';
import type { DqHistoryEntry, DqHistoryFilter } from '../../core/inspector/history.js';
import { duration, wholeNumber } from '../../core/options/option-checks.js';
import type { Cli } from '../base/cli.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { relative, span } from '../base/moments.js';
import { type Cell, line, table } from '../base/print.js';
import { type Queue, withQueue } from '../base/queue.js';

interface HistoryOptions extends CommonOptions {
  readonly id?: string;
  readonly outcome?: string;
  readonly since?: string;
  readonly limit: string;
}

const HEAD = ['ENDED', 'ID', 'OUTCOME', 'ATTEMPT', 'LATE', 'TOOK'];

export function addHistory(program: Command, cli: Cli): void {
  program
    .command('history')
    .description('the last attempts of a tube that keeps a history, the latest first')
    .argument('<tube>')
    .option('--id <id>', 'of one job')
    .option('--outcome <outcome>', 'done, skipped, retrying, again, dead or superseded')
    .option('--since <duration>', 'not older, such as 1h')
    .option('--limit <n>', 'how many, up to 100000', '20')
    .action(
      action(cli, ([tube], options: HistoryOptions) =>
        withQueue(cli, options, [tube as string], (queue) =>
          historyOf(queue, tube as string, filterOf(options, cli), cli.clock.now()),
        ),
      ),
    );
}

function filterOf({ id, outcome, since, limit }: HistoryOptions, { clock }: Cli): DqHistoryFilter {
  return {
    id,
    outcome: outcome as DqHistoryFilter['outcome'],
    since: since === undefined ? undefined : new Date(clock.now() - duration(since, '--since', 1)),
    limit: wholeNumber(Number(limit), '--limit', 1, 100_000),
  };
}

async function historyOf({ runtime }: Queue, tube: string, filter: DqHistoryFilter, nowMs: number): Promise<Answer> {
  const history = await runtime.inspector.history(tube, filter);
  if (history.length === 0) {
    const text = line(`Nothing is kept of ${tube}: it keeps no history, or nothing of that kind has ended.`);
    return { json: { tube, history }, text, stands: true };
  }
  const rows = history.map((entry) => rowOf(entry, nowMs));
  const errors = history.map(({ error }) => error);
  return { json: { tube, history }, text: table(HEAD, rows, errors), stands: true };
}

function rowOf({ at, id, outcome, attempt, lateMs, tookMs }: DqHistoryEntry, nowMs: number): Cell[] {
  return [relative(at, nowMs), id, outcome, attempt, span(lateMs), span(tookMs)];
}
