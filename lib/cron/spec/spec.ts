import { types } from 'node:util';
import { DqScheduleError } from '../../core/errors/argument.errors.js';
import { shown } from '../../core/errors/shown.js';
import { areSeconds, type DqDuration, readDuration } from '../../core/options/duration.js';
import { LATEST_DUE_MS, LONGEST_DELAY_MS } from '../../core/wire/due-time.js';
import { between, grid, type Rhythm } from './grid.js';
import { checkTimeZone, Pattern } from './pattern.js';

/** When a recurring job runs: one of `cron`, `every` and `afterEnd`. */
export interface DqScheduleTimes {
  /** Minute, hour, day, month, day of week, with seconds in front or not, such as `'0 9 * * 1-5'`. */
  readonly cron?: string | undefined;
  /** The zone of `cron`, such as `'Europe/Berlin'`. @default 'UTC', whatever the zone of the process is */
  readonly timeZone?: string | undefined;
  /** A fixed grid, counted from 1970 in UTC, or from `startAt`: `'15m'` is at :00, :15, :30 and :45. Minimum '1s'. */
  readonly every?: DqDuration | undefined;
  /** So long after the last run has ended, whether it failed or not. Minimum 100 ms. */
  readonly afterEnd?: DqDuration | undefined;
}

/** What holds for runs that came too late, or meet one another. */
export interface DqScheduleRules {
  /**
   * What becomes of the runs for which no consumer was there. `'once'`: the last of them runs, and its `missed` counts the others. `'skip'`: what is
   * more than a minute late is left out, and told (`schedule-missed`). `'all'`: one after the other, the oldest first, those of the
   * `missedWindow`; older ones are left out and told. @default 'once'
   */
  readonly missed?: 'once' | 'skip' | 'all' | undefined;
  /** How late a run of `missed: 'all'` may be. @default '1d' */
  readonly missedWindow?: DqDuration | undefined;
  /** `'skip'`: while the last run goes on somewhere, the next one is left out. @default 'allow' */
  readonly overlap?: 'allow' | 'skip' | undefined;
  /** Each run is up to so much later than its slot: always the same for one slot, and no two schedules alike. @default none */
  readonly jitter?: DqDuration | undefined;
  /** No run before it. With `missed: 'all'` it may have passed. */
  readonly startAt?: Date | number | undefined;
  /** No run after it. */
  readonly endAt?: Date | number | undefined;
  /** Runs after which it ends. */
  readonly limit?: number | undefined;
}

/** A schedule's times and rules, checked, as they travel with each occurrence. What has its default is left out. */
export interface Spec {
  readonly cron?: string | undefined;
  readonly zone?: string | undefined;
  readonly everyMs?: number | undefined;
  readonly afterEndMs?: number | undefined;
  readonly missed?: 'skip' | 'all' | undefined;
  readonly windowMs?: number | undefined;
  readonly overlap?: 'skip' | undefined;
  readonly jitterMs?: number | undefined;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
  readonly limit?: number | undefined;
}

const SHORTEST_EVERY_MS = 1_000;
const SHORTEST_PAUSE_MS = 100;
const DAY_MS = 86_400_000;
const KINDS = ['cron', 'every', 'afterEnd'] as const;

/** @throws DqScheduleError */
export function readSpec(given: DqScheduleTimes & DqScheduleRules, where: string): Spec {
  const kinds = KINDS.filter((kind) => given[kind] !== undefined);
  const [kind, other] = kinds;
  if (kind === undefined || other !== undefined) {
    throw wrong(where, `one of ${KINDS.join(', ')}`, kind === undefined ? 'none of them' : kinds.join(' and '));
  }
  if (given.timeZone !== undefined && kind !== 'cron')
    throw wrong(where, 'timeZone with cron alone', `it with ${kind}`);
  const { missed = 'once', overlap = 'allow' } = given;
  if (!['once', 'skip', 'all'].includes(missed)) throw wrong(where, "missed 'once', 'skip' or 'all'", shown(missed));
  if (!['allow', 'skip'].includes(overlap)) throw wrong(where, "overlap 'allow' or 'skip'", shown(overlap));
  if (given.missedWindow !== undefined && missed !== 'all')
    throw wrong(where, "missedWindow with missed: 'all'", given.missed === undefined ? 'no missed' : shown(missed));
  const startMs = moment(given.startAt, 'startAt', where);
  const endMs = moment(given.endAt, 'endAt', where);
  if (startMs !== undefined && endMs !== undefined && endMs < startMs)
    throw wrong(where, 'endAt behind startAt', shown(given.endAt));
  const { limit } = given;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0))
    throw wrong(where, 'limit of at least 1', shown(limit));
  const spec: Spec = {
    cron: given.cron,
    zone: kind === 'cron' ? checkTimeZone(given.timeZone ?? 'UTC') : undefined,
    everyMs: length(given.every, 'every', SHORTEST_EVERY_MS, where),
    afterEndMs: length(given.afterEnd, 'afterEnd', SHORTEST_PAUSE_MS, where),
    missed: missed === 'once' ? undefined : missed,
    windowMs: missed === 'all' ? (length(given.missedWindow, 'missedWindow', 1, where) ?? DAY_MS) : undefined,
    overlap: overlap === 'allow' ? undefined : overlap,
    jitterMs: length(given.jitter, 'jitter', 0, where) || undefined,
    startMs,
    endMs,
    limit,
  };
  if (rhythmOf(spec).next(0) === undefined) throw wrong(where, 'a time to come before endAt', shown(given.endAt));
  return spec;
}

/** The slots of a schedule. Of `afterEnd` the first alone is known before it has run. @throws DqScheduleError */
export function rhythmOf({ cron, zone = 'UTC', everyMs, afterEndMs = 0, startMs, endMs }: Spec): Rhythm {
  if (cron !== undefined) return between(patternOf(cron, zone), startMs, endMs);
  if (everyMs !== undefined) return between(grid(everyMs, startMs), startMs, endMs);
  const next = (after: number): number => (startMs !== undefined && after < startMs ? startMs : after + afterEndMs);
  return between({ next }, startMs, endMs);
}

const patterns = new Map<string, Pattern>();
const MOST_PATTERNS = 1_000;

function patternOf(cron: string, zone: string): Pattern {
  const key = `${zone}\n${cron}`;
  let pattern = patterns.get(key);
  if (pattern === undefined) {
    // A pattern takes long to read, and is asked for at each run.
    if (patterns.size >= MOST_PATTERNS) patterns.clear();
    patterns.set(key, (pattern = new Pattern(cron, zone)));
  }
  return pattern;
}

function length(given: unknown, name: string, min: number, where: string): number | undefined {
  if (given === undefined) return undefined;
  const ms = readDuration(given);
  if (ms !== undefined && ms >= min && ms <= LONGEST_DELAY_MS) return ms;
  throw wrong(where, `${name} of at least ${min} ms and at most 136 years, such as '30s'`, shown(given));
}

/** @throws DqScheduleError */
export function moment(given: unknown, name: string, where: string): number | undefined {
  if (given === undefined) return undefined;
  const ms = types.isDate(given) ? given.getTime() : given;
  const isMoment = Number.isSafeInteger(ms) && (ms as number) >= 0 && (ms as number) <= LATEST_DUE_MS;
  if (isMoment && !(typeof given === 'number' && areSeconds(given, Infinity))) return ms as number;
  throw wrong(
    where,
    `${name} as a valid Date or whole epoch milliseconds (not seconds) before April 2262`,
    shown(given),
  );
}

function wrong(where: string, wanted: string, got: string): DqScheduleError {
  return new DqScheduleError(`Expected ${where} to have ${wanted}, got ${got}.`);
}
