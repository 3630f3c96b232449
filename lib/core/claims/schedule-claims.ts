/**
 * The seam to what the claim store knows of **schedules**: which recurring jobs a tube has, and which occurrence of each comes next. It is
 * a registry, and not the only one: each occurrence says as much of its schedule in its header. So nothing here has to be exact. What is
 * missing is **adopted** from the next occurrence that is granted; what is asked for twice is written twice, and runs once, since all copies
 * of an occurrence share one claim.
 *
 * A schedule has a **definition** under its name: a text that means nothing to the store, a **mark** that tells it from others, and a revision,
 * which is the moment when it was given. Of two definitions the one with the greater revision holds; an occurrence of the other one is
 * **superseded**. A schedule that was removed leaves its last revision behind, for as long as copies of an occurrence may turn up: until the retention after its turn was due.
 *
 * Its **turn** is the occurrence that comes next. It is *being written* from when somebody was told to write it until he says that it is
 * written, or for {@link STALE_ADMISSION_MS}. A schedule without a turn has ended.
 */
export interface ScheduleClaims {
  /** The store's clock in epoch milliseconds, as it was last heard. Asks where it was never heard. */
  now(tube: string): Promise<number>;
  /** `onlyMissing`: those of which the store knows anything are left as they are. */
  upsert(
    tube: string,
    requests: readonly ScheduleUpsert[],
    onlyMissing?: boolean,
  ): Promise<readonly ScheduleUpserted[]>;
  /** The turn of that slot is written. */
  written(tube: string, name: string, slotMs: number): Promise<void>;
  /** An occurrence was granted, or is over. */
  step(tube: string, step: ScheduleStep): Promise<ScheduleStepped>;
  /** Schedules whose turn should have come up `lateMs` ago, and those of `declared` that the store does not know at all. */
  overdue(tube: string, lateMs: number, declared: readonly string[]): Promise<OverdueSchedules>;
  /** False where there was none. Its occurrences are superseded all the same. */
  remove(tube: string, name: string): Promise<boolean>;
  /** False where there is none. */
  pause(tube: string, name: string, paused: boolean): Promise<boolean>;
  get(tube: string, name: string): Promise<KnownSchedule | undefined>;
  /** Some at a time, in any order, none twice unless it changes meanwhile. */
  list(tube: string): AsyncIterable<KnownSchedule>;
}

/** The definition of a schedule. */
export interface ScheduleDefinition {
  readonly name: string;
  readonly mark: string;
  readonly text: string;
}

/** The occurrence of a schedule that comes next. */
export interface ScheduleTurn {
  readonly slotMs: number;
  readonly dueMs: number;
  /** Its place among the schedule's runs; 1 is the first. */
  readonly run: number;
  /** Slots that were left out before it. */
  readonly missed: number;
  /** The last slot that ran. */
  readonly lastMs?: number | undefined;
}

export interface ScheduleUpsert extends ScheduleDefinition {
  /** Its first turn, where it is new or another one. */
  readonly turn: ScheduleTurn | undefined;
}

export interface ScheduleUpserted {
  readonly outcome: 'created' | 'changed' | 'unchanged';
  readonly rev: number;
  readonly turn: ScheduleTurn | undefined;
  /** The caller is to write the turn. */
  readonly write: boolean;
}

/** What an occurrence says of its schedule, and asks for. */
export interface ScheduleStep extends ScheduleDefinition {
  readonly rev: number;
  /** Its own turn. */
  readonly turn: ScheduleTurn;
  /** The next turn, where it is to be made now; `'none'`: the schedule ends. Undefined: nothing is to be made. */
  readonly next: ScheduleTurn | 'none' | undefined;
  /** The key of the claim that must not be running. */
  readonly unlessRunning?: string | undefined;
}

export interface ScheduleStepped {
  /** `overlap`: that claim is running. */
  readonly state: 'go' | 'paused' | 'overlap' | 'superseded';
  /** The schedule had not gone past this occurrence before. */
  readonly fresh: boolean;
  /** The turn that stands now. */
  readonly turn: ScheduleTurn | undefined;
  /** The caller is to write it. */
  readonly write: boolean;
}

export interface KnownSchedule extends ScheduleDefinition {
  readonly rev: number;
  readonly paused: boolean;
  readonly turn: ScheduleTurn | undefined;
}

export interface OverdueSchedules {
  readonly overdue: readonly KnownSchedule[];
  /** Names. */
  readonly missing: readonly string[];
  /** When the earliest turn of all comes up. */
  readonly nextMs: number | undefined;
}
