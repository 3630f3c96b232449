import type { Command } from 'commander';
import { GRANT_GOOD_MS } from '../../core/claims/pause-claims.js';
import { duration } from '../../core/options/option-checks.js';
import type { DqPause } from '../../core/inspector/pauses.js';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import type { Answer, CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { moment, relative } from '../base/moments.js';
import { type Cell, line, table } from '../base/print.js';
import { type Queue, query } from '../base/queue.js';
import { doubtOf, tubesFor } from '../base/tubes.js';

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
      query(cli, pause, {
        first: ([tube]: readonly [string], options: PauseOptions) => {
          if (options.for !== undefined) duration(options.for, '--for', 1);
          const howLong = options.for === undefined ? '' : ` for ${options.for}`;
          return confirm(cli, options, `Pause ${tube} everywhere${howLong}?`);
        },
        moreMs: PAUSE_MS,
      }),
    );
  program.command('resume').description('ends the pause of a tube').argument('<tube>').action(query(cli, resume));
  program
    .command('paused')
    .description('the tubes that are paused')
    .argument('[tube...]', 'tubes; without any, those that are on the nodes')
    .action(query(cli, paused));
}

async function pause(queue: Queue, [tube]: readonly [string], { reason, for: howLong }: PauseOptions): Promise<Answer> {
  const inspector = queue.inspector(tube);
  const [paused, counts] = await Promise.all([
    inspector.pause(tube, { reason, for: howLong }),
    inspector.counts(tube, { deadline: queue.lookMs }),
  ]);
  const until = paused.until === undefined ? `nestjs-dq resume ${tube}` : moment(paused.until, queue.nowMs);
  return { json: { paused }, text: line(`${tube} is paused, until ${until}.`), notes: doubtOf(counts), stands: true };
}

async function resume(queue: Queue, [tube]: readonly [string]): Promise<Answer> {
  const resumed = await queue.inspector(tube).resume(tube);
  const text = line(resumed ? `${tube} goes on within a second.` : `${tube} was not paused.`);
  return { json: { tube, resumed }, text, exit: resumed ? EXIT.fine : EXIT.no, stands: true };
}

async function paused(queue: Queue, [tubes]: readonly [readonly string[]]): Promise<Answer> {
  const { names } = await tubesFor(queue, tubes);
  const all = (await queue.runtime.inspector.paused()).filter(({ tube }) => names.includes(tube));
  const rows = all.map((pause) => rowOf(pause, queue.nowMs));
  const none = `No tube is paused${queue.whereKnown}.`;
  return { json: { paused: all }, text: table(HEAD, rows, { none, below: all.map(({ reason }) => reason) }) };
}

function rowOf({ tube, since, until }: DqPause, nowMs: number): Cell[] {
  return [tube, moment(since, nowMs), until === undefined ? 'somebody resumes it' : relative(until, nowMs)];
}
