import type { Command } from 'commander';
import { wholeNumber } from '../../core/options/option-checks.js';
import type { DqDeadLetter } from '../../core/inspector/found-letter.js';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import type { Answer, CommonOptions } from '../base/command.js';
import { moment, relative } from '../base/moments.js';
import { payloadOf, shownPayload } from '../base/payload.js';
import { block, type Cell, line, list, table } from '../base/print.js';
import { type Queue, query } from '../base/queue.js';

interface ListOptions extends CommonOptions {
  readonly limit: string;
}

/** A look goes through all dead letters of a tube, for so long at most, however long servers may take. */
export const SCAN = { moreMs: 30_000 };
export const MOST = 100_000;
const HEAD = ['ID', 'DUE', 'ATTEMPTS', 'COPIES'];

/** The commands that look at dead letters. */
export function addDeadLooks(dead: Command, cli: Cli): void {
  dead
    .command('list')
    .description('the first dead letters on each node')
    .argument('<tube>')
    .option('--limit <n>', `copies of each node, up to ${MOST}`, '20')
    .addHelpText('after', '\nReading puts them behind the others: the next call shows the next ones.')
    .action(query(cli, listed, SCAN));
  dead
    .command('show')
    .description('one dead letter with its payload')
    .argument('<tube>')
    .argument('<id>')
    .action(query(cli, shown, SCAN));
}

/** Of an option, or an argument. @throws DqOptionsError */
export function limitOf(text: string, name = '--limit'): number {
  return wholeNumber(Number(text), name, 1, MOST);
}

async function listed(queue: Queue, [tube]: readonly [string], { limit }: ListOptions): Promise<Answer> {
  const letters = await queue.inspector(tube).dead(tube, { limit: limitOf(limit) });
  const rows = letters.map(({ id, dueAt, attempts, copies }): Cell[] => [
    id,
    dueAt === undefined ? 'no job' : relative(dueAt, queue.nowMs),
    attempts,
    copies.length,
  ]);
  const none = `${tube} has no dead letters${queue.whereKnown}.`;
  const below = letters.map(reasonOf);
  return { json: { tube, letters: letters.map(jsonOf) }, text: table(HEAD, rows, { none, below }) };
}

async function shown(queue: Queue, [tube, id]: readonly [string, string]): Promise<Answer> {
  const [letter] = await queue.inspector(tube).dead(tube, { limit: MOST, id });
  if (letter === undefined) return { json: { tube, letter: null }, text: line(noLetter(tube, id)), exit: EXIT.no };
  const { dueAt, attempts, copies, headers, data } = letter;
  const payload = shownPayload(payloadOf(data));
  return {
    json: { tube, letter: jsonOf(letter) },
    text:
      list([
        ['id', id],
        ['due', dueAt === undefined ? 'it is no job' : moment(dueAt, queue.nowMs)],
        ['attempts', String(attempts)],
        ['reason', reasonOf(letter)],
        ...Object.entries(headers).map(([name, value]) => [`header ${name}`, value] as const),
        ['copies', copies.map(({ node, number }) => `${node}/${number}`).join(', ')],
      ]) + `\n${block(`payload (${payload.bytes} bytes)`, payload.text ?? payload.base64 ?? '')}`,
  };
}

/** What can be said where no letter has the id. */
export function noLetter(tube: string, id: string): string {
  return `${tube} has no dead letter ${id}, or another program was looking at it just now.`;
}

function reasonOf({ reason, mayHaveRun }: DqDeadLetter): string {
  return mayHaveRun ? `may have run: ${reason}` : reason;
}

function jsonOf({ data, ...letter }: DqDeadLetter): object {
  return { ...letter, payload: shownPayload(payloadOf(data)) };
}
