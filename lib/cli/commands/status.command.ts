import type { Command } from 'commander';
import type { Cli } from '../base/cli.js';
import { CliUsageError, EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import type { DqJobStatus } from '../../core/inspector/job-status.js';
import { isJobId } from '../../core/wire/job-id.js';
import { declareHandle, declareIdOf, statusLines, unknownId } from '../base/job.js';
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
    .addHelpText(
      'after',
      '\nBy its id alone a job is known once it was claimed, when the caller gave the id, or\nwhile it is the next of its tube.',
    )
    .action(
      action(cli, async ([job], options: StatusOptions) => {
        if (options.tube === undefined) checkIsHandle(job as string);
        return withQueue(cli, options, [], (queue) => statusOf(queue, job as string, options.tube, cli.clock.now()));
      }),
    );
}

async function statusOf(queue: Queue, job: string, tube: string | undefined, nowMs: number): Promise<Answer> {
  const status = await (tube === undefined ? statusOfHandle(queue, job) : statusOfId(queue, tube, job));
  const seen = status.state === 'scheduled' ? status.copies : undefined;
  const isUnknownId = status.state === 'unknown' && tube !== undefined;
  return {
    json: { job, status },
    text: list(isUnknownId ? [['state', unknownId(tube)]] : statusLines(status, nowMs)),
    exit: status.state === 'unknown' ? EXIT.no : EXIT.fine,
    // The claim store knows it, or a node shows it, whatever others say.
    stands: status.state !== 'unknown' && (seen === undefined || seen.unknown === 0),
  };
}

function statusOfHandle(queue: Queue, handle: string): Promise<DqJobStatus> {
  declareHandle(queue, handle);
  return queue.runtime.inspector.status(handle);
}

/** No claim knows a job before its first attempt, unless the caller gave the id. But nodes show the job of a tube that is due next. */
async function statusOfId(queue: Queue, tube: string, id: string): Promise<DqJobStatus> {
  const { inspector } = queue.runtime;
  declareIdOf(queue, tube, id);
  const status = await inspector.status({ tube, id });
  if (status.state !== 'unknown') return status;
  const next = await inspector.next(tube);
  return next?.id === id ? { state: 'scheduled', dueAt: next.dueAt } : status;
}

/** @throws CliUsageError for what can only be an id */
function checkIsHandle(job: string): void {
  if (isJobId(job)) throw new CliUsageError(`Expected a handle, or an id with --tube <tube>, got ${job} alone.`);
}
