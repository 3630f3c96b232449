import type { Command } from 'commander';
import { wholeNumber } from '../../core/options/option-checks.js';
import type { DqDeadLetter } from '../../core/inspector/found-letter.js';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { moment, relative } from '../base/moments.js';
import { payloadOf, shownPayload } from '../base/payload.js';
import { block, type Cell, line, list, table } from '../base/print.js';
import { type Queue, withQueue } from '../base/queue.js';

interface ListOptions extends CommonOptions {
  readonly limit: string;
}

/** A look goes through all dead letters of a tube for so long at most. */
export const SCAN_MS = 30_000;
const MOST = 100_000;
const HEAD = ['ID', 'DUE', 'ATTEMPTS', 'COPIES'];

/** The commands that look at dead letters. */
export function addDeadLooks(dead: Command, cli: Cli): void {
  dead
    .command('list')
    .description('the first dead letters on each node')
    .argument('<tube>')
    .option('--limit <n>', `copies of each node, up to ${MOST}`, '20')
    .addHelpText('after', '\nReading puts them behind the others: the next call shows the next ones.')
    .action(
      action(cli, ([tube], options: ListOptions) =>
        scan(cli, options, tube as string, (queue) => listed(queue, tube as string, options, cli.clock.now())),
      ),
    );
  dead
    .command('show')
    .description('one dead letter with its payload')
    .argument('<tube>')
    .argument('<id>')
    .action(
      action(cli, ([tube, id], options: CommonOptions) =>
        scan(cli, options, tube as string, (queue) => shown(queue, tube as string, id as string, cli.clock.now())),
      ),
    );
}

/** May take as long as the tube has dead letters. */
export function scan(
  cli: Cli,
  options: CommonOptions,
  tube: string,
  use: (queue: Queue) => Promise<Answer>,
): Promise<Answer> {
  return withQueue(cli, options, [tube], use, SCAN_MS);
}

/** Of an option. @throws DqOptionsError */
export function limitOf(text: string): number {
  return wholeNumber(Number(text), '--limit', 1, MOST);
}

async function listed(queue: Queue, tube: string, { limit }: ListOptions, nowMs: number): Promise<Answer> {
  const letters = await queue.runtime.inspector.dead(tube, { limit: limitOf(limit) });
  const json = { tube, letters: letters.map(jsonOf) };
  if (letters.length === 0) return { json, text: line(`${tube} has no dead letters${queue.whereKnown}.`) };
  const rows = letters.map(({ id, dueAt, attempts, copies }): Cell[] => [
    id,
    dueAt === undefined ? 'no job' : relative(dueAt, nowMs),
    attempts,
    copies.length,
  ]);
  return { json, text: table(HEAD, rows, letters.map(reasonOf)) };
}

async function shown({ runtime }: Queue, tube: string, id: string, nowMs: number): Promise<Answer> {
  const [letter] = await runtime.inspector.dead(tube, { limit: MOST, id });
  if (letter === undefined) {
    const text = line(`${tube} has no dead letter ${id}, or another program was looking at it just now.`);
    return { json: { tube, letter: null }, text, exit: EXIT.no };
  }
  const { dueAt, attempts, copies, headers, data } = letter;
  const payload = shownPayload(payloadOf(data));
  return {
    json: { tube, letter: jsonOf(letter) },
    text:
      list([
        ['id', id],
        ['due', dueAt === undefined ? 'it is no job' : moment(dueAt, nowMs)],
        ['attempts', String(attempts)],
        ['reason', reasonOf(letter)],
        ...Object.entries(headers).map(([name, value]) => [`header ${name}`, value] as const),
        ['copies', copies.map(({ node, number }) => `${node}/${number}`).join(', ')],
      ]) + `\n${block(`payload (${payload.bytes} bytes)`, payload.text ?? payload.base64 ?? '')}`,
  };
}

function reasonOf({ reason, mayHaveRun }: DqDeadLetter): string {
  return mayHaveRun ? `may have run: ${reason}` : reason;
}

function jsonOf({ data, ...letter }: DqDeadLetter): object {
  return { ...letter, payload: shownPayload(payloadOf(data)) };
}
