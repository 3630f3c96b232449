import type { Command } from 'commander';
import type { DqJobStatus } from '../../core/inspector/job-status.js';
import { parseHandle } from '../../core/wire/handle.js';
import { isJobId } from '../../core/wire/job-id.js';
import type { Cli } from '../base/cli.js';
import { CliError, EXIT } from '../base/cli.errors.js';
import type { Answer, CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { moment } from '../base/moments.js';
import { line, list } from '../base/print.js';
import { type Queue, query } from '../base/queue.js';
import { declareHandle, declareJob, statusLines, unknownId } from './job.js';

interface StatusOptions extends CommonOptions {
  readonly tube?: string;
}

const REVOKED = {
  revoked: 'revoked: it never runs (again)',
  running: 'running: a handler has it, so it was not revoked',
  done: 'done: it is over',
  dead: 'dead: it was given up',
} as const;

export function addNext(program: Command, cli: Cli): void {
  program
    .command('next')
    .description('the job of a tube that is due next')
    .argument('<tube>')
    .action(query(cli, nextOf));
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
    .action(query(cli, statusOf, { first: checkIsKnown }));
}

export function addRevoke(program: Command, cli: Cli): void {
  addYes(program.command('revoke'))
    .description('takes jobs back, so that they never run')
    .argument('<handle...>', 'asks when there is more than one')
    .action(
      query(cli, revoke, {
        first: ([handles]: readonly [readonly string[]], options: ConfirmOptions) => {
          // What is wrong with one is said before any is revoked.
          for (const handle of handles) parseHandle(handle);
          return handles.length > 1 ? confirm(cli, options, `Revoke ${handles.length} jobs?`) : undefined;
        },
      }),
    );
}

async function nextOf(queue: Queue, [tube]: readonly [string]): Promise<Answer> {
  const next = await queue.inspector(tube).next(tube);
  if (next === undefined)
    return { json: { tube, next: null }, text: line(`No job waits in ${tube}${queue.whereKnown}.`), exit: EXIT.no };
  const { id, dueAt } = next;
  return {
    json: { tube, next: { id, dueAt } },
    text: list([
      ['id', id],
      ['due', moment(dueAt, queue.nowMs)],
    ]),
  };
}

async function statusOf(queue: Queue, [job]: readonly [string], { tube }: StatusOptions): Promise<Answer> {
  const status = await (tube === undefined ? statusOfHandle(queue, job) : statusOfId(queue, tube, job));
  const seen = status.state === 'scheduled' ? status.copies : undefined;
  const isUnknownId = status.state === 'unknown' && tube !== undefined;
  return {
    json: { job, status },
    text: list(isUnknownId ? [['state', unknownId(tube)]] : statusLines(status, queue.nowMs)),
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
  declareJob(queue, tube, id);
  const status = await inspector.status({ tube, id });
  if (status.state !== 'unknown') return status;
  const next = await inspector.next(tube);
  return next?.id === id ? { state: 'scheduled', dueAt: next.dueAt } : status;
}

/** @throws CliError `CLI_USAGE` for what can only be an id, without its tube */
function checkIsKnown([job]: readonly [string], { tube }: StatusOptions): void {
  if (tube === undefined && isJobId(job))
    throw new CliError('CLI_USAGE', `Expected a handle, or an id with --tube <tube>, got ${job} alone.`);
}

async function revoke(queue: Queue, [handles]: readonly [readonly string[]]): Promise<Answer> {
  for (const handle of handles) declareHandle(queue, handle);
  const revoked = await Promise.all(
    handles.map(async (handle) => ({
      handle,
      outcome: await queue.runtime.producer(parseHandle(handle).tube).revoke(handle),
    })),
  );
  const isOne = revoked.length === 1;
  return {
    json: { revoked },
    text: revoked.map(({ handle, outcome }) => line(isOne ? REVOKED[outcome] : `${handle}  ${outcome}`)).join(''),
    exit: revoked.every(({ outcome }) => outcome === 'revoked') ? EXIT.fine : EXIT.no,
    stands: true,
  };
}
