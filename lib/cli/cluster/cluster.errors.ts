import { CliError, EXIT } from '../base/cli.errors.js';

/** A server's program is not on the PATH. Nothing was started. */
export class ProgramMissingError extends CliError {
  readonly code = 'CLUSTER_PROGRAM_MISSING';
  readonly exit = EXIT.no;
}

/** A server would have to listen where another program does, or on another port than it has. */
export class PortTakenError extends CliError {
  readonly code = 'CLUSTER_PORT_TAKEN';
  readonly exit = EXIT.no;
}

/** Another process works in the data folder. */
export class FolderInUseError extends CliError {
  readonly code = 'CLUSTER_FOLDER_IN_USE';
  readonly exit = EXIT.no;
}

/** The file that says what runs cannot be read. */
export class ClusterStateError extends CliError {
  readonly code = 'CLUSTER_STATE';
  readonly exit = EXIT.no;
}

/** A server ended while it started, or does not answer. */
export class ServerFailedError extends CliError {
  readonly code = 'CLUSTER_SERVER_FAILED';
  readonly exit = EXIT.away;
}
