import type { Command } from 'commander';
import type { DqMoment } from '../../core/producer/moment.js';
import type { Cli } from '../base/cli.js';
import { CliError, EXIT } from '../base/cli.errors.js';
import type { Answer, CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { moment, stamp } from '../base/moments.js';
import { line, list } from '../base/print.js';
import { type Queue, query } from '../base/queue.js';

interface MoveOptions extends CommonOptions {
  readonly at?: string;
  readonly delay?: string;
}

/** A tube, and a key of the user's own. */
type Slot = readonly [tube: string, key: string];

const CANCELLED = {
  cancelled: 'cancelled: it never runs (again)',
  running: 'running: a handler has it; it is not tried again',
} as const;

export function addKey(program: Command, cli: Cli): void {
  const keys = program.command('key').description('the job that stands under a key of your own');
  const add = (name: string, description: string): Command =>
    keys.command(name).description(description).argument('<tube>').argument('<key>');
  const asks = ([tube, key]: Slot, options: ConfirmOptions): Promise<void> =>
    confirm(cli, options, `Cancel what waits under the key ${key} of ${tube}?`);
  add('find', 'the job that stands under a key').action(query(cli, find));
  addYes(add('cancel', 'takes back what waits under a key; asks')).action(query(cli, cancel, { first: asks }));
  add('move', 'moves what waits under a key to another moment')
    .option('--at <moment>', 'such as 2030-01-31T09:00:00Z, or epoch milliseconds')
    .option('--delay <duration>', 'from now, such as 10m')
    .action(query(cli, move, { first: (_: Slot, options: MoveOptions) => momentOf(options) }));
}

async function find(queue: Queue, [tube, key]: Slot): Promise<Answer> {
  const job = await queue.producer(tube).find(key);
  if (job === undefined) return nothing(tube, key, { job: null });
  const { id, state, dueAt, attempt, handle } = job;
  const text = list([
    ['id', id],
    ['state', state],
    ['due', moment(dueAt, queue.nowMs)],
    [state === 'running' ? 'attempt' : 'attempts', String(attempt)],
    ['handle', handle],
  ]);
  return { json: { tube, key, job }, text, stands: true };
}

async function cancel(queue: Queue, [tube, key]: Slot): Promise<Answer> {
  const outcome = await queue.producer(tube).cancel(key);
  if (outcome === 'none') return nothing(tube, key, { outcome });
  const exit = outcome === 'cancelled' ? EXIT.fine : EXIT.no;
  return { json: { tube, key, outcome }, text: line(CANCELLED[outcome]), exit, stands: true };
}

async function move(queue: Queue, [tube, key]: Slot, options: MoveOptions): Promise<Answer> {
  const to = momentOf(options);
  const outcome = await queue.producer(tube).reschedule(key, to);
  if (outcome === 'none') return nothing(tube, key, { outcome });
  const said =
    outcome === 'rescheduled'
      ? `moved: due ${'at' in to ? stamp(new Date(to.at as number)) : `in ${to.delay}`}`
      : 'running: a handler has it, and nothing was changed';
  const exit = outcome === 'rescheduled' ? EXIT.fine : EXIT.no;
  return { json: { tube, key, outcome }, text: line(said), exit, stands: true };
}

function nothing(tube: string, key: string, said: object): Answer {
  const text = line(`Nothing stands under the key ${key} of ${tube}.`);
  return { json: { tube, key, ...said }, text, exit: EXIT.no, stands: true };
}

/** @throws CliError `CLI_USAGE` */
function momentOf({ at, delay }: MoveOptions): DqMoment {
  if ((at === undefined) === (delay === undefined)) {
    const got = at === undefined ? 'neither' : 'both';
    throw new CliError('CLI_USAGE', `Expected one of --at and --delay, got ${got}.`);
  }
  if (delay !== undefined) return { delay };
  const ms = /^\d+$/.test(at as string) ? Number(at) : isoMs(at as string);
  if (Number.isNaN(ms)) {
    const wanted = 'a moment with its zone, such as 2030-01-31T09:00:00Z, or epoch milliseconds';
    throw new CliError('CLI_USAGE', `Expected --at to be ${wanted}.`);
  }
  return { at: ms };
}

/** With a zone: nobody should have to guess whose clock is meant. */
function isoMs(text: string): number {
  const [, day] = /^(\d{4}-\d\d-\d\d)T[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  return isDay(day) ? Date.parse(text) : NaN;
}

/** `Date` takes the 31st of February for a day in March. */
function isDay(text: string | undefined): boolean {
  const date = new Date(text ?? NaN);
  return !Number.isNaN(+date) && date.toISOString().slice(0, 10) === text;
}
