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

/** What a consumer shows of itself to whoever watches whether it goes on. Reading it changes nothing. */
export interface VitalSigns extends DqRunning {
  readonly lanes: readonly LaneSigns[];
  /** Claims that were asked for so far. */
  readonly claims: number;
  /** Jobs that could be claimed now: they are due, a slot is free, the claim store is there, and the tube not paused. */
  readonly claimable: number;
  /** Jobs that are due and held here, and have no handler yet. */
  readonly waiting: number;
  /** As far as it is known here: a consumer with nothing to do does not ask. */
  readonly paused: boolean;
}

export interface LaneSigns {
  readonly node: string;
  /** Reserves that were answered so far. */
  readonly answers: number;
  /** Whether it could take a job: its node is up, and it has room. */
  readonly able: boolean;
  /** How long a reserve of it may take, in seconds. */
  readonly longestReserve: number;
  /** Copies that it holds. */
  readonly held: number;
}

/** Whoever runs the handlers of a tube. */
export interface Vital {
  readonly running: DqRunning;
  readonly signs: VitalSigns;
}
