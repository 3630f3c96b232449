/** The handlers of one tube that run in this process. */
export interface DqRunning {
  readonly tube: string;
  /** The method, as `Class.method`. */
  readonly handler: string;
  /** Slots that are taken. */
  readonly running: number;
  /** Slots there are. */
  readonly concurrency: number;
  /** The run that began first; undefined when none runs. */
  readonly oldest: DqOldestRun | undefined;
}

/** One run of a handler. */
export interface DqOldestRun {
  readonly id: string;
  readonly attempt: number;
  readonly startedAt: Date;
}

/** Where handlers run. */
export interface RunningHandlers {
  readonly running: DqRunning;
}
