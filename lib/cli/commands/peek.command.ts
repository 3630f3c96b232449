import type { Command } from 'commander';
import { DqClaimStoreError } from '../../core/errors/connection.errors.js';
import type { DqJobStatus } from '../../core/inspector/job-status.js';
import type { DqPeek, DqPeekedJob } from '../../core/inspector/peek.js';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import type { Answer } from '../base/command.js';
import { moment } from '../base/moments.js';
import { shownPayload, type ShownPayload } from '../base/payload.js';
import { block, type Cell, line, list, table } from '../base/print.js';
import { type Queue, query } from '../base/queue.js';
import { declareHandle, statusLines } from './job.js';

export function addPeek(program: Command, cli: Cli): void {
  program
    .command('peek')
    .description('what is in a job, and where its copies are; changes nothing')
    .argument('<handle>')
    .addHelpText('after', '\nbeanstalkd finds jobs by their numbers alone, which a handle has: an id is not enough.')
    .action(query(cli, peekOf));
}

async function peekOf(queue: Queue, [handle]: readonly [string]): Promise<Answer> {
  declareHandle(queue, handle);
  const { inspector } = queue.runtime;
  const [peek, status] = await Promise.all([
    inspector.peek(handle, { deadline: queue.lookMs }),
    inspector.status(handle).catch(unknownStatus),
  ]);
  for (const { node, state } of peek.copies) if (state === 'unknown') queue.silent(node);
  const { tube, copies, job } = peek;
  const payload = job && shownPayload(job.payload);
  return {
    json: { tube, job: job && { ...job, payload }, copies, status: status ?? null },
    text: textOf(peek, payload, status, queue.nowMs),
    notes: status === undefined ? ['What became of the job is not known: Redis did not say.'] : [],
    exit: status === undefined ? EXIT.away : job === undefined ? EXIT.no : EXIT.fine,
  };
}

/** The nodes may have shown it all the same. */
function unknownStatus(error: unknown): undefined {
  if (error instanceof DqClaimStoreError) return undefined;
  throw error;
}

function textOf(
  { tube, copies, job }: DqPeek,
  payload: ShownPayload | undefined,
  status: DqJobStatus | undefined,
  nowMs: number,
): string {
  const state =
    status === undefined ? [] : statusLines(status, nowMs).filter(([name]) => name !== 'copies' && name !== 'due');
  const rows = copies.map(({ node, number, state }): Cell[] => [node, String(number), state]);
  return [
    list([['tube', tube], ...(job === undefined ? [] : jobLines(job, nowMs)), ...state]),
    job === undefined ? line('No node shows a copy.') : '',
    '\n',
    table(['NODE', 'NUMBER', 'COPY'], rows),
    payload === undefined ? '' : `\n${block(titleOf(payload), payload.text ?? payload.base64 ?? '')}`,
  ].join('');
}

function jobLines(
  { id, format, dueAt, key, headers, attempts, schedule }: DqPeekedJob,
  nowMs: number,
): (readonly [string, Cell | undefined])[] {
  return [
    ['id', id],
    ['format', format === 'plain' ? 'plain' : undefined],
    ['due', moment(dueAt, nowMs)],
    ['key', key],
    ['schedule', schedule],
    ['own attempts', attempts === undefined ? undefined : String(attempts)],
    ...Object.entries(headers).map(([name, value]) => [`header ${name}`, value] as const),
  ];
}

function titleOf({ bytes, cut, base64 }: ShownPayload): string {
  const kind = base64 === undefined ? '' : ', in base64';
  return `payload (${bytes} bytes${kind}${cut ? ', of which the first 65536 are here' : ''})`;
}
