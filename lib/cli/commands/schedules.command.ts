import type { Command } from 'commander';
import { wholeNumber } from '../../core/options/option-checks.js';
import type { DqSchedule } from '../../cron/schedule.js';
import { DqScheduler } from '../../cron/scheduler.js';
import { Schedules } from '../../cron/schedules.js';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import type { Answer, CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { moment, relative, span } from '../base/moments.js';
import { type Cell, line, table } from '../base/print.js';
import { type Queue, query } from '../base/queue.js';
import { tubesFor } from '../base/tubes.js';

interface NameOptions extends CommonOptions, ConfirmOptions {
  readonly tube?: readonly string[];
  readonly count?: string;
}

/** Of a schedule. */
type Named = readonly [name: string];

type Act = 'pause' | 'resume' | 'remove' | 'run';

const HEAD = ['NAME', 'TUBE', 'TIMES', 'NEXT', 'LAST'];
/** What a command does, whether it asks first, and what is said afterwards. */
const ACTS: Readonly<Record<Act, { readonly does: string; readonly asks?: string; readonly done: string }>> = {
  pause: {
    does: 'lets its times go by without a run; asks',
    asks: 'Pause',
    done: 'is paused: its times go by without a run',
  },
  resume: { does: 'ends that', done: 'runs again' },
  run: { does: 'one run more, now', done: 'runs once more, now' },
  remove: {
    does: 'ends a schedule; asks',
    asks: 'Remove',
    done: 'is removed; one of @DqCron comes back at the next boot, unless it is disabled',
  },
};

export function addSchedules(program: Command, cli: Cli): void {
  const schedules = program.command('schedules').description('recurring jobs');
  schedules
    .command('list')
    .description('all of them')
    .argument('[tube...]', 'tubes; without any, all that are on the nodes')
    .action(query(cli, listed));
  named(schedules.command('next'))
    .description('the next moments of a schedule')
    .option('--count <n>', 'how many, up to 1000', '5')
    .action(query(cli, next));
  for (const [act, { does, asks }] of Object.entries(ACTS) as [Act, (typeof ACTS)[Act]][]) {
    const command = named(schedules.command(act)).description(does);
    const first = ([name]: Named, options: NameOptions): Promise<void> | undefined =>
      asks === undefined ? undefined : confirm(cli, options, `${asks} the schedule ${name}?`);
    (asks === undefined ? command : addYes(command)).action(
      query(cli, (queue, [name]: Named, options: NameOptions) => decide(queue, act, name, options), { first }),
    );
  }
}

function named(command: Command): Command {
  return command.argument('<name>').option('--tube <tube...>', 'where it is; else all tubes that are on the nodes');
}

/** Those of these tubes. Made as the module makes it. */
async function schedulerOf(queue: Queue, tubes: readonly string[]): Promise<DqScheduler> {
  await tubesFor(queue, tubes);
  return new DqScheduler(queue.runtime, new Schedules(queue.runtime), undefined);
}

async function listed(queue: Queue, [tubes]: readonly [readonly string[]]): Promise<Answer> {
  const scheduler = await schedulerOf(queue, tubes);
  const all: DqSchedule[] = [];
  for await (const schedule of scheduler.list())
    if (tubes.length === 0 || tubes.includes(schedule.tube)) all.push(schedule);
  all.sort((one, other) => +(one.next ?? Infinity) - +(other.next ?? Infinity));
  const rows = all.map((schedule) => rowOf(schedule, queue.nowMs));
  return { json: { schedules: all }, text: table(HEAD, rows, { none: `There are no schedules${queue.whereKnown}.` }) };
}

async function next(queue: Queue, [name]: Named, options: NameOptions): Promise<Answer> {
  const count = wholeNumber(Number(options.count), '--count', 1, 1_000);
  const scheduler = await schedulerOf(queue, options.tube ?? []);
  const schedule = await scheduler.get(name);
  if (schedule === undefined) return none(name, { next: null });
  const slots = slotsOf(schedule, count);
  const text =
    slots.length === 0 ? line(`${name} has ended.`) : slots.map((slot) => line(moment(slot, queue.nowMs))).join('');
  const notes = schedule.paused ? [`${name} is paused: these go by without a run.`] : [];
  return { json: { name, tube: schedule.tube, paused: schedule.paused, next: slots }, text, notes };
}

async function decide(queue: Queue, act: Act, name: string, { tube = [] }: NameOptions): Promise<Answer> {
  const scheduler = await schedulerOf(queue, tube);
  const isDone = act === 'run' ? await scheduler.runNow(name) : await scheduler[act](name);
  if (!isDone) return none(name, { done: false });
  return { json: { name, done: true }, text: line(`${name} ${ACTS[act].done}.`), stands: true };
}

function none(name: string, said: object): Answer {
  const text = line(`No schedule ${name} was found in the tubes that were looked at.`);
  return { json: { name, ...said }, text, exit: EXIT.no };
}

function rowOf(schedule: DqSchedule, nowMs: number): Cell[] {
  const { name, tube, paused, next, last } = schedule;
  const ahead = next === undefined ? 'ended' : relative(next, nowMs);
  const behind = last === undefined ? '-' : relative(last, nowMs);
  return [name, tube, rhythmText(schedule), paused ? 'paused' : ahead, behind];
}

/** When a schedule runs, in short. */
function rhythmText({ cron, timeZone, every, afterEnd }: DqSchedule): string {
  if (cron !== undefined) return timeZone === undefined ? cron : `${cron} ${timeZone}`;
  if (every !== undefined) return `every ${spanOf(every)}`;
  return afterEnd === undefined ? 'unknown' : `${spanOf(afterEnd)} after its end`;
}

/** Its next slots: the one that is written, and those behind it. One that begins anew at each end has no further ones yet. */
function slotsOf(schedule: DqSchedule, count: number): readonly Date[] {
  const { next, cron, timeZone, every, afterEnd, startAt, endAt } = schedule;
  if (next === undefined) return [];
  if (count === 1 || afterEnd !== undefined) return [next];
  const rules = { startAt, endAt, from: next, count: count - 1 };
  return [next, ...DqScheduler.preview(cron === undefined ? { every } : { cron, timeZone }, rules)];
}

function spanOf(duration: number | string): string {
  return typeof duration === 'number' ? span(duration) : duration;
}
