import type { Command } from 'commander';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { moment } from '../base/moments.js';
import { line, list } from '../base/print.js';
import { type Queue, withQueue } from '../base/queue.js';

export function addNext(program: Command, cli: Cli): void {
  program
    .command('next')
    .description('the job of a tube that is due next')
    .argument('<tube>')
    .action(
      action(cli, ([tube], options: CommonOptions) =>
        withQueue(cli, options, [tube as string], (queue) => nextOf(queue, tube as string, cli.clock.now())),
      ),
    );
}

async function nextOf(queue: Queue, tube: string, nowMs: number): Promise<Answer> {
  const next = await queue.runtime.inspector.next(tube);
  if (next === undefined)
    return { json: { tube, next: null }, text: line(`No job waits in ${tube}${queue.whereKnown}.`), exit: EXIT.no };
  const { id, dueAt } = next;
  return {
    json: { tube, next: { id, dueAt } },
    text: list([
      ['id', id],
      ['due', moment(dueAt, nowMs)],
    ]),
  };
}
