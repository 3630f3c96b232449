import type { Command } from 'commander';
import type { DqHistoryEntry, DqHistoryFilter } from '../../core/inspector/history.js';
import { duration, wholeNumber } from '../../core/options/option-checks.js';
import type { Cli } from '../base/cli.js';
import type { Answer, CommonOptions } from '../base/command.js';
import { relative, span } from '../base/moments.js';
import { type Cell, table } from '../base/print.js';
import { type Queue, query } from '../base/queue.js';

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
    .action(query(cli, historyOf));
}

function filterOf({ id, outcome, since, limit }: HistoryOptions, nowMs: number): DqHistoryFilter {
  return {
    id,
    outcome: outcome as DqHistoryFilter['outcome'],
    since: since === undefined ? undefined : new Date(nowMs - duration(since, '--since', 1)),
    limit: wholeNumber(Number(limit), '--limit', 1, 100_000),
  };
}

async function historyOf(queue: Queue, [tube]: readonly [string], options: HistoryOptions): Promise<Answer> {
  const { nowMs } = queue;
  const history = await queue.inspector(tube).history(tube, filterOf(options, nowMs));
  const rows = history.map((entry) => rowOf(entry, nowMs));
  const none = `Nothing is kept of ${tube}: it keeps no history, or nothing of that kind has ended.`;
  const errors = history.map(({ error }) => error);
  return { json: { tube, history }, text: table(HEAD, rows, { none, below: errors }), stands: true };
}

function rowOf({ at, id, outcome, attempt, lateMs, tookMs }: DqHistoryEntry, nowMs: number): Cell[] {
  return [relative(at, nowMs), id, outcome, attempt, span(lateMs), span(tookMs)];
}
