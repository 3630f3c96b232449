import type { Command } from 'commander';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { declareHandle, declareIdOf, statusLines } from '../base/job.js';
import { list } from '../base/print.js';
import { type Queue, withQueue } from '../base/queue.js';

interface StatusOptions extends CommonOptions {
  readonly tube?: string;
}

export function addStatus(program: Command, cli: Cli): void {
  program
    .command('status')
    .description('what became of a job')
    .argument('<handle>', 'its handle, or its id with --tube')
    .option('--tube <tube>', 'the tube of a job that is given by its id, as logs have it')
    .addHelpText('after', '\nBy its id alone a job is known once it was claimed, or when the caller gave the id.')
    .action(
      action(cli, ([job], options: StatusOptions) =>
        withQueue(cli, options, [], (queue) => statusOf(queue, job as string, options.tube, cli.clock.now())),
      ),
    );
}

async function statusOf(queue: Queue, job: string, tube: string | undefined, nowMs: number): Promise<Answer> {
  const { inspector } = queue.runtime;
  if (tube === undefined) declareHandle(queue, job);
  else declareIdOf(queue, tube, job);
  const status = await inspector.status(tube === undefined ? job : { tube, id: job });
  const seen = status.state === 'scheduled' ? status.copies : undefined;
  return {
    json: { job, status },
    text: list(statusLines(status, nowMs)),
    exit: status.state === 'unknown' ? EXIT.no : EXIT.fine,
    // The claim store knows it, whatever nodes say.
    stands: status.state !== 'unknown' && (seen === undefined || seen.unknown === 0),
  };
}
