import type { Command } from 'commander';
import { parseHandle } from '../../core/wire/handle.js';
import type { Cli } from '../base/cli.js';
import { EXIT } from '../base/cli.errors.js';
import { action, type Answer, type CommonOptions } from '../base/command.js';
import { addYes, confirm, type ConfirmOptions } from '../base/confirm.js';
import { declareHandle } from '../base/job.js';
import { line } from '../base/print.js';
import { type Queue, withQueue } from '../base/queue.js';

const SAID = {
  revoked: 'revoked: it never runs (again)',
  running: 'running: a handler has it, so it was not revoked',
  done: 'done: it is over',
  dead: 'dead: it was given up',
} as const;

export function addRevoke(program: Command, cli: Cli): void {
  addYes(program.command('revoke'))
    .description('takes jobs back, so that they never run')
    .argument('<handle...>', 'asks when there is more than one')
    .action(
      action(cli, async ([given], options: CommonOptions & ConfirmOptions) => {
        const handles = given as readonly string[];
        // What is wrong with one is said before any is revoked.
        for (const handle of handles) parseHandle(handle);
        if (handles.length > 1) await confirm(cli, options, `Revoke ${handles.length} jobs?`);
        return withQueue(cli, options, [], (queue) => revoke(queue, handles));
      }),
    );
}

async function revoke(queue: Queue, handles: readonly string[]): Promise<Answer> {
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
    text: revoked.map(({ handle, outcome }) => line(isOne ? SAID[outcome] : `${handle}  ${outcome}`)).join(''),
    exit: revoked.every(({ outcome }) => outcome === 'revoked') ? EXIT.fine : EXIT.no,
    stands: true,
  };
}
