import type { Command } from 'commander';
import { wholeNumber } from '../../core/options/option-checks.js';
import { OccurrenceWriter } from '../../cron/occurrence-writer.js';
import type { DqSchedule } from '../../cron/schedule.js';
import { DqScheduler } from '../../cron/scheduler.js';
import { Schedules } from '../../cron/schedules.js';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { moment, relative } from '../base/moments.js';
import { type Cell, line, table } from '../base/print.js';
import { type Queue, withQueue } from '../base/queue.js';
import { tubesFor } from '../base/tubes.js';
import { rhythmText, slotsOf } from './schedule-text.js';

interface NameOptions extends CommonOptions, ConfirmOptions {
  readonly tube?: readonly string[];
  readonly count?: string;
}

type Act = 'pause' | 'resume' | 'remove' | 'run';

const HEAD = ['NAME', 'TUBE', 'TIMES', 'NEXT', 'LAST'];
const DONE: Readonly<Record<Act, string>> = {
  pause: 'is paused: its times go by without a run',
  resume: 'runs again',
  remove: 'is removed; one of @DqCron comes back at the next boot, unless it is disabled',
  run: 'runs once more, now',
};
const DESCRIPTIONS: Readonly<Record<Act, string>> = {
  pause: 'lets its times go by without a run; asks',
  resume: 'ends that',
  remove: 'ends a schedule; asks',
  run: 'one run more, now',
};

export function addSchedules(program: Command, cli: Cli): void {
  const schedules = program.command('schedules').description('recurring jobs');
  schedules
    .command('list')
    .description('all of them')
    .argument('[tube...]', 'tubes; without any, all that are on the nodes')
    .action(
      action(cli, ([tubes], options: CommonOptions) =>
        withQueue(cli, options, [], (queue) => listed(queue, tubes as readonly string[], cli.clock.now())),
      ),
    );
  named(schedules.command('next'))
    .description('the next moments of a schedule')
    .option('--count <n>', 'how many, up to 1000', '5')
    .action(
      action(cli, ([name], options: NameOptions) =>
        withQueue(cli, options, [], (queue) => next(queue, name as string, options, cli.clock.now())),
      ),
    );
  for (const act of ['pause', 'resume', 'run', 'remove'] as const) {
    const asks = act === 'pause' || act === 'remove';
    const command = named(schedules.command(act)).description(DESCRIPTIONS[act]);
    (asks ? addYes(command) : command).action(
      action(cli, async ([name], options: NameOptions) => {
        if (asks) await confirm(cli, options, `${act === 'pause' ? 'Pause' : 'Remove'} the schedule ${String(name)}?`);
        return withQueue(cli, options, [], (queue) => decide(queue, act, name as string, options));
      }),
    );
  }
}

function named(command: Command): Command {
  return command.argument('<name>').option('--tube <tube...>', 'where it is; else all tubes that are on the nodes');
}

/** Those of these tubes. Made as the module makes it. */
async function schedulerOf(queue: Queue, tubes: readonly string[]): Promise<DqScheduler> {
  await tubesFor(queue, tubes);
  const writer = new OccurrenceWriter(queue.runtime);
  return new DqScheduler(queue.runtime, writer, new Schedules(queue.runtime, writer), undefined);
}

async function listed(queue: Queue, tubes: readonly string[], nowMs: number): Promise<Answer> {
  const scheduler = await schedulerOf(queue, tubes);
  const all: DqSchedule[] = [];
  for await (const schedule of scheduler.list())
    if (tubes.length === 0 || tubes.includes(schedule.tube)) all.push(schedule);
  all.sort((one, other) => +(one.next ?? Infinity) - +(other.next ?? Infinity));
  const rows = all.map((schedule) => rowOf(schedule, nowMs));
  return {
    json: { schedules: all },
    text: all.length === 0 ? line(`There are no schedules${queue.whereKnown}.`) : table(HEAD, rows),
  };
}

async function next(queue: Queue, name: string, options: NameOptions, nowMs: number): Promise<Answer> {
  const count = wholeNumber(Number(options.count), '--count', 1, 1_000);
  const scheduler = await schedulerOf(queue, options.tube ?? []);
  const schedule = await scheduler.get(name);
  if (schedule === undefined) return none(name);
  const slots = slotsOf(schedule, count);
  const text =
    slots.length === 0 ? line(`${name} has ended.`) : slots.map((slot) => line(moment(slot, nowMs))).join('');
  const notes = schedule.paused ? [`${name} is paused: these go by without a run.`] : [];
  return { json: { name, tube: schedule.tube, paused: schedule.paused, next: slots }, text, notes };
}

async function decide(queue: Queue, act: Act, name: string, { tube = [] }: NameOptions): Promise<Answer> {
  const scheduler = await schedulerOf(queue, tube);
  const isDone = act === 'run' ? await scheduler.runNow(name) : await scheduler[act](name);
  if (!isDone) return none(name);
  return { json: { name, done: true }, text: line(`${name} ${DONE[act]}.`), stands: true };
}

function none(name: string): Answer {
  const text = line(`No schedule ${name} was found in the tubes that were looked at.`);
  return { json: { name, done: false }, text, exit: EXIT.no };
}

function rowOf(schedule: DqSchedule, nowMs: number): Cell[] {
  const { name, tube, paused, next, last } = schedule;
  const ahead = next === undefined ? 'ended' : relative(next, nowMs);
  const behind = last === undefined ? '-' : relative(last, nowMs);
  return [name, tube, rhythmText(schedule), paused ? 'paused' : ahead, behind];
}
