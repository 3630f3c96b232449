import { CommanderError } from 'commander';
import { DqError, type DqErrorCode } from '../../core/errors/dq.error.js';
import { textOf, visible, withoutCredentials } from '../../core/errors/shown.js';
import type { Cli } from './cli.js';
import { CliError, EXIT, type ExitCode } from './cli.errors.js';
import { json } from './print.js';

/** What the servers have not done. All other errors of the package are about what they were given. */
const AWAY: ReadonlySet<DqErrorCode> = new Set([
  'DQ_CONNECTION',
  'DQ_DEADLINE',
  'DQ_PROTOCOL',
  'DQ_CLAIM_STORE',
  'DQ_QUORUM',
]);
/** An option that nobody knows may have been meant for an address. */
const VALUE = /(unknown option '--?[^='\s]+)=.*?'(?=$|\n)/s;

/** What an error means to whoever called the command. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly exit: ExitCode;
}

/** Undefined for what commander calls an error and is none: help and the version. */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return undefined;
    if (error.code === 'commander.help') return { code: 'CLI_USAGE', message: 'Expected a command.', exit: EXIT.usage };
    const message = error.message.replace(/^error: /, '').replace(VALUE, "$1'");
    return { code: 'CLI_USAGE', message: safe(message.replaceAll(/\s*\n\s*/g, ' ')), exit: EXIT.usage };
  }
  const message = safe(textOf(error));
  if (error instanceof CliError) return { code: error.code, message, exit: error.exit };
  if (error instanceof DqError)
    return { code: error.code, message, exit: AWAY.has(error.code) ? EXIT.away : EXIT.usage };
  return { code: isOfSystem(error) ? 'CLI_SYSTEM' : 'CLI_BUG', message, exit: EXIT.no };
}

/** A file or a folder that cannot be used. It is named in the message. */
function isOfSystem(error: unknown): boolean {
  return typeof (error as Partial<NodeJS.ErrnoException> | null | undefined)?.syscall === 'string';
}

export function showFault({ terminal }: Cli, wantsJson: boolean, { code, message }: Fault): void {
  terminal.err(wantsJson ? json({ error: { code, message } }) : `nestjs-dq: ${message}\n`);
}

function safe(text: string): string {
  return visible(withoutCredentials(text));
}
