/** What a process of the command line ends with. */
export const EXIT = {
  fine: 0,
  /** Not found, or refused. */
  no: 1,
  usage: 2,
  /** A server is away, so that something is not known or not done. */
  away: 3,
  /** The doctor found an error, such as a server that is away. */
  ill: 4,
  /** Ctrl-C, as shells have it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What the command line says itself, with what the process ends with. */
export abstract class CliError extends Error {
  abstract readonly code: string;
  abstract readonly exit: ExitCode;
}

/** The command, an argument or an option is not one that can be used. Nothing was asked of a server. */
export class CliUsageError extends CliError {
  readonly code = 'CLI_USAGE';
  readonly exit = EXIT.usage;
}

/** What was asked for is not there. */
export class CliNotFoundError extends CliError {
  readonly code = 'CLI_NOT_FOUND';
  readonly exit = EXIT.no;
}

/** It was not done: the user said no, or the state of things does. */
export class CliRefusedError extends CliError {
  readonly code = 'CLI_REFUSED';
  readonly exit = EXIT.no;
}

/** The time of the command was over before the servers had answered. */
export class CliDeadlineError extends CliError {
  readonly code = 'CLI_DEADLINE';
  readonly exit = EXIT.away;
}

export class CliInterruptedError extends CliError {
  readonly code = 'CLI_INTERRUPTED';
  readonly exit = EXIT.interrupted;

  constructor() {
    super('Interrupted. What was already sent to the servers may have been done.');
  }
}
