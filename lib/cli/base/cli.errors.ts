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

/** The mistakes that the command line speaks of itself, with what the process ends with. */
const EXITS = {
  /** The command, an argument or an option is not one that can be used. Nothing was asked of a server. */
  CLI_USAGE: EXIT.usage,
  /** It was not done: the user said no. */
  CLI_REFUSED: EXIT.no,
  /** The time of the command was over before the servers had answered. */
  CLI_DEADLINE: EXIT.away,
  CLI_INTERRUPTED: EXIT.interrupted,
  /** A server's program is not on the PATH. Nothing was started. */
  CLUSTER_PROGRAM_MISSING: EXIT.no,
  /** A server would have to listen where another program does, or on another port than it has. */
  CLUSTER_PORT_TAKEN: EXIT.no,
  /** Another process works in the data folder. */
  CLUSTER_FOLDER_IN_USE: EXIT.no,
  /** The file that says what runs cannot be read. */
  CLUSTER_STATE: EXIT.no,
  /** A server ended while it started, or does not answer. */
  CLUSTER_SERVER_FAILED: EXIT.away,
} as const satisfies Readonly<Record<string, ExitCode>>;

export type CliErrorCode = keyof typeof EXITS;

/** What the command line says itself. */
export class CliError extends Error {
  constructor(
    readonly code: CliErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get exit(): ExitCode {
    return EXITS[this.code];
  }
}

/** Of Ctrl-C. */
export function interruption(): CliError {
  return new CliError('CLI_INTERRUPTED', 'Interrupted. What was already sent to the servers may have been done.');
}
