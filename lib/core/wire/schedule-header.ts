import { isJobId } from './job-id.js';

/** What a job says that is one occurrence of a schedule: enough to go on with the schedule when nobody remembers it. */
export interface ScheduleHeader {
  readonly name: string;
  /** Tells its definition from others under that name. */
  readonly mark: string;
  /** When that definition was given, by the claim store's clock. Of two, the greater one holds. */
  readonly rev: number;
  /** The moment that it stands for, in epoch milliseconds. It may be due a little later. */
  readonly slot: number;
  /** Its place among the schedule's runs; 1 is the first. */
  readonly run: number;
  /** Slots that were left out before it. */
  readonly missed: number;
  /** The last slot that ran. */
  readonly last?: number | undefined;
  /** Asked for beside the schedule: none comes behind it. */
  readonly extra?: true | undefined;
  /** Times and rules, which only `nestjs-dq/cron` reads. */
  readonly spec: Readonly<Record<string, unknown>>;
}

export function isScheduleHeader(value: unknown): value is ScheduleHeader {
  if (typeof value !== 'object' || value === null) return false;
  const { name, mark, rev, slot, run, missed, last, extra, spec } = value as Readonly<Record<string, unknown>>;
  return (
    [name, mark].every(isJobId) &&
    [rev, slot, run, missed, last ?? 0].every((number) => Number.isSafeInteger(number) && (number as number) >= 0) &&
    (extra === undefined || extra === true) &&
    typeof spec === 'object' &&
    spec !== null
  );
}
