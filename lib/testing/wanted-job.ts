import { isDeepStrictEqual } from 'node:util';
import { type DqDuration, durationAdvice, readDuration } from '../core/options/duration.js';
import { knownKeys, unfit, wholeNumber } from '../core/options/option-checks.js';
import { namesOf } from '../core/options/option-names.js';
import type { DqPriority } from '../core/wire/priority.js';
import type { DqTestJob } from './ledger-job.js';

/** What a job must be like; what is left out may be anything. */
export interface DqWantedJob {
  /** The payload as the handler gets it. Matchers such as `expect.objectContaining` are understood. */
  readonly data?: unknown;
  readonly id?: string | undefined;
  readonly key?: string | undefined;
  /** How long from now, of virtual time, until it runs next. */
  readonly in?: DqDuration | undefined;
  /** When it runs next. */
  readonly at?: Date | number | undefined;
  readonly priority?: DqPriority | undefined;
  readonly headers?: unknown;
  /** Attempts made. */
  readonly attempt?: number | undefined;
  /** Part of the reason of a dead letter. */
  readonly reason?: string | undefined;
  /** How many such jobs there must be. @default at least one */
  readonly times?: number | undefined;
}

/** Compares as the test framework does. */
export type Equals = (one: unknown, other: unknown) => boolean;

const KNOWN = namesOf<DqWantedJob>()([
  'data',
  'id',
  'key',
  'in',
  'at',
  'priority',
  'headers',
  'attempt',
  'reason',
  'times',
]);
const MOST_TIMES = 1_000_000_000;

/** @throws DqOptionsError */
export function checkWanted(wanted: DqWantedJob): void {
  knownKeys(wanted, 'the wanted job', KNOWN);
  if (wanted.in !== undefined && readDuration(wanted.in) === undefined)
    throw unfit('in', "a duration such as '30m'", wanted.in, durationAdvice(wanted.in));
  if (wanted.at !== undefined && !Number.isSafeInteger(+wanted.at))
    throw unfit('at', 'a Date or whole epoch milliseconds', wanted.at);
  if (wanted.times !== undefined) wholeNumber(wanted.times, 'times', 0, MOST_TIMES);
}

export function isWanted(
  job: DqTestJob,
  wanted: DqWantedJob,
  now: number,
  equals: Equals = isDeepStrictEqual,
): boolean {
  const { id, key, priority, attempt, reason } = wanted;
  if ('data' in wanted && !equals(job.data, wanted.data)) return false;
  if ('headers' in wanted && !equals(job.headers, wanted.headers)) return false;
  if (id !== undefined && job.id !== id) return false;
  if (key !== undefined && job.key !== key) return false;
  if (priority !== undefined && job.priority !== priority) return false;
  if (attempt !== undefined && job.attempt !== attempt) return false;
  if (reason !== undefined && job.reason?.includes(reason) !== true) return false;
  if (wanted.at !== undefined && +job.nextAt !== +wanted.at) return false;
  return wanted.in === undefined || +job.nextAt === now + (readDuration(wanted.in) as number);
}
