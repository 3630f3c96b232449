import type { Command } from 'commander';
import { visible } from '../../core/errors/shown.js';
import type { Cli } from './cli.js';
import { CliError, interruption } from './cli.errors.js';

/** What a command that may destroy something is told. */
export interface ConfirmOptions {
  readonly yes?: boolean;
}

export function addYes(command: Command): Command {
  return command.option('-y, --yes', 'do not ask');
}

/**
 * Asks whether that is meant, unless `--yes` says so.
 * @throws CliError: `CLI_USAGE` where there is nobody to ask; `CLI_REFUSED` for any answer but yes
 */
export async function confirm(cli: Cli, { yes }: ConfirmOptions, what: string): Promise<void> {
  if (yes === true) return;
  const { ask } = cli.terminal;
  if (ask === undefined)
    throw new CliError('CLI_USAGE', `Expected --yes, since nobody can be asked here: ${what} Nothing was done.`);
  const answer = await ask(`${visible(what)} [y/N] `, cli.signal).catch((error: unknown) => {
    throw cli.signal.aborted ? interruption() : error;
  });
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new CliError('CLI_REFUSED', 'Nothing was done.');
}
