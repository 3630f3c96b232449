import type { Command } from 'commander';
import type { DqMoment } from '../../core/producer/moment.js';
import type { Cli } from '../base/cli.js';
import { CliUsageError, EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { moment, stamp } from '../base/moments.js';
import { line, list } from '../base/print.js';
import { type Queue, withQueue } from '../base/queue.js';

interface MoveOptions extends CommonOptions {
  readonly at?: string;
  readonly delay?: string;
}

const CANCELLED = {
  cancelled: 'cancelled: it never runs (again)',
  running: 'running: a handler has it; it is not tried again',
} as const;

export function addKey(program: Command, cli: Cli): void {
  const key = program.command('key').description('the job that stands under a key of your own');
  key
    .command('find')
    .description('the job that stands under a key')
    .argument('<tube>')
    .argument('<key>')
    .action(run(cli, (queue, tube, own) => find(queue, tube, own, cli.clock.now())));
  addYes(key.command('cancel'))
    .description('takes back what waits under a key; asks')
    .argument('<tube>')
    .argument('<key>')
    .action(
      action(cli, async ([tube, own], options: CommonOptions & ConfirmOptions) => {
        await confirm(cli, options, `Cancel what waits under the key ${String(own)} of ${String(tube)}?`);
        return withQueue(cli, options, [tube as string], (queue) => cancel(queue, tube as string, own as string));
      }),
    );
  key
    .command('move')
    .description('moves what waits under a key to another moment')
    .argument('<tube>')
    .argument('<key>')
    .option('--at <moment>', 'such as 2030-01-31T09:00:00Z, or epoch milliseconds')
    .option('--delay <duration>', 'from now, such as 10m')
    .action(
      action(cli, async ([tube, own], options: MoveOptions) => {
        const to = momentOf(options);
        return withQueue(cli, options, [tube as string], (queue) => move(queue, tube as string, own as string, to));
      }),
    );
}

function run(cli: Cli, act: (queue: Queue, tube: string, key: string) => Promise<Answer>): ReturnType<typeof action> {
  return action(cli, ([tube, key], options: CommonOptions) =>
    withQueue(cli, options, [tube as string], (queue) => act(queue, tube as string, key as string)),
  );
}

async function find({ runtime }: Queue, tube: string, key: string, nowMs: number): Promise<Answer> {
  const job = await runtime.producer(tube).find(key);
  if (job === undefined) return nothing(tube, key, { job: null });
  const { id, state, dueAt, attempt, handle } = job;
  const text = list([
    ['id', id],
    ['state', state],
    ['due', moment(dueAt, nowMs)],
    [state === 'running' ? 'attempt' : 'attempts', String(attempt)],
    ['handle', handle],
  ]);
  return { json: { tube, key, job }, text, stands: true };
}

async function cancel({ runtime }: Queue, tube: string, key: string): Promise<Answer> {
  const outcome = await runtime.producer(tube).cancel(key);
  if (outcome === 'none') return nothing(tube, key, { outcome });
  const exit = outcome === 'cancelled' ? EXIT.fine : EXIT.no;
  return { json: { tube, key, outcome }, text: line(CANCELLED[outcome]), exit, stands: true };
}

async function move({ runtime }: Queue, tube: string, key: string, to: DqMoment): Promise<Answer> {
  const outcome = await runtime.producer(tube).reschedule(key, to);
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

/** @throws CliUsageError */
function momentOf({ at, delay }: MoveOptions): DqMoment {
  if ((at === undefined) === (delay === undefined))
    throw new CliUsageError(`Expected one of --at and --delay, got ${at === undefined ? 'neither' : 'both'}.`);
  if (delay !== undefined) return { delay };
  const ms = /^\d+$/.test(at as string) ? Number(at) : isoMs(at as string);
  if (Number.isNaN(ms))
    throw new CliUsageError(
      'Expected --at to be a moment with its zone, such as 2030-01-31T09:00:00Z, or epoch milliseconds.',
    );
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
