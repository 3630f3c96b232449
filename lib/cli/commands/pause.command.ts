import type { Command } from 'commander';
import { GRANT_GOOD_MS } from '../../core/claims/pause-claims.js';
import { duration } from '../../core/options/option-checks.js';
import type { DqPause } from '../../core/inspector/pauses.js';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { moment, relative } from '../base/moments.js';
import { type Cell, line, table } from '../base/print.js';
import { type Queue, withQueue } from '../base/queue.js';
import { isOnNoNode, onNoNode, tubesFor } from '../base/tubes.js';

interface PauseOptions extends CommonOptions, ConfirmOptions {
  readonly for?: string;
  readonly reason?: string;
}

const HEAD = ['TUBE', 'SINCE', 'UNTIL'];
/** What a pause takes until it holds everywhere, and no server has a part in. */
const PAUSE_MS = GRANT_GOOD_MS + 500;

export function addPause(program: Command, cli: Cli): void {
  addYes(program.command('pause'))
    .description('stops a tube everywhere: no attempt starts until it is resumed; asks')
    .argument('<tube>')
    .option('--for <duration>', 'goes on by itself after so long, such as 10m')
    .option('--reason <text>', 'for whoever wonders; no secrets')
    .addHelpText('after', '\nWhat runs goes on, and so does scheduling.')
    .action(
      action(cli, async ([tube], options: PauseOptions) => {
        if (options.for !== undefined) duration(options.for, '--for', 1);
        const howLong = options.for === undefined ? '' : ` for ${options.for}`;
        await confirm(cli, options, `Pause ${String(tube)} everywhere${howLong}?`);
        const settles = (queue: Queue): Promise<Answer> => pause(queue, tube as string, options, cli);
        return withQueue(cli, options, [tube as string], settles, PAUSE_MS);
      }),
    );
  program
    .command('resume')
    .description('ends the pause of a tube')
    .argument('<tube>')
    .action(
      action(cli, ([tube], options: CommonOptions) =>
        withQueue(cli, options, [tube as string], (queue) => resume(queue, tube as string)),
      ),
    );
  program
    .command('paused')
    .description('the tubes that are paused')
    .argument('[tube...]', 'tubes; without any, those that are on the nodes')
    .action(
      action(cli, ([tubes], options: CommonOptions) =>
        withQueue(cli, options, [], (queue) => paused(queue, tubes as readonly string[], cli.clock.now())),
      ),
    );
}

async function pause({ runtime, lookMs }: Queue, tube: string, options: PauseOptions, { clock }: Cli): Promise<Answer> {
  const { reason, for: howLong } = options;
  const { inspector } = runtime;
  const [paused, counts] = await Promise.all([
    inspector.pause(tube, { reason, for: howLong }),
    inspector.counts(tube, { deadline: lookMs }),
  ]);
  const until =
    paused.until === undefined ? `until nestjs-dq resume ${tube}` : `until ${moment(paused.until, clock.now())}`;
  const notes = isOnNoNode(counts) ? [onNoNode(tube)] : [];
  return { json: { paused }, text: line(`${tube} is paused, ${until}.`), notes, stands: true };
}

async function resume({ runtime }: Queue, tube: string): Promise<Answer> {
  const resumed = await runtime.inspector.resume(tube);
  const text = line(resumed ? `${tube} goes on within a second.` : `${tube} was not paused.`);
  return { json: { tube, resumed }, text, exit: resumed ? EXIT.fine : EXIT.no, stands: true };
}

async function paused(queue: Queue, tubes: readonly string[], nowMs: number): Promise<Answer> {
  const { names } = await tubesFor(queue, tubes);
  const all = (await queue.runtime.inspector.paused()).filter(({ tube }) => names.includes(tube));
  const rows = all.map((pause) => rowOf(pause, nowMs));
  const text =
    all.length === 0
      ? line(`No tube is paused${queue.whereKnown}.`)
      : table(
          HEAD,
          rows,
          all.map(({ reason }) => reason),
        );
  return { json: { paused: all }, text };
}

function rowOf({ tube, since, until }: DqPause, nowMs: number): Cell[] {
  return [tube, moment(since, nowMs), until === undefined ? 'somebody resumes it' : relative(until, nowMs)];
}
