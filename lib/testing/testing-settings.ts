import { knownKeys, unfit } from '../core/options/option-checks.js';
import { namesOf } from '../core/options/option-names.js';
import { durationAdvice, readDuration, type DqDuration } from '../core/options/duration.js';

/** How virtual time behaves. */
export interface DqTestingSettings {
  /** Where virtual time begins: a `Date` or epoch milliseconds. @default the machine's time, when the module is compiled */
  readonly now?: Date | number | undefined;
  /**
   * Whether `Date` follows virtual time: for code that uses `Date.now()` or `new Date()`. `true` replaces the global `Date`
   * until the module is closed. A function gets each new moment, for example `(now) => jest.setSystemTime(now)`. @default false
   */
  readonly date?: boolean | ((now: number) => void) | undefined;
  /**
   * How long, in real time, handlers that run may show no progress before the call that waits for them rejects. Too low: a
   * handler that is only slow fails the test. Too high: one that never ends is found late. Minimum 1 ms. @default '5s'
   */
  readonly patience?: DqDuration | undefined;
}

/** The same with all defaults applied. */
export interface ResolvedSettings {
  readonly now: number | undefined;
  readonly date: boolean | ((now: number) => void);
  readonly patienceMs: number;
}

const KNOWN = namesOf<DqTestingSettings>()(['now', 'date', 'patience']);
const USUAL_PATIENCE_MS = 5_000;
const LONGEST_PATIENCE_MS = 2_147_483_647;

/** @throws DqOptionsError */
export function resolveSettings(settings: DqTestingSettings = {}): ResolvedSettings {
  knownKeys(settings, 'the settings of a test', KNOWN);
  const { now, date = false, patience } = settings;
  const start = now instanceof Date ? now.getTime() : now;
  if (start !== undefined && !(Number.isSafeInteger(start) && start >= 0))
    throw unfit('now', 'a Date or whole epoch milliseconds', now);
  if (typeof date !== 'boolean' && typeof date !== 'function') throw unfit('date', 'true, false or a function', date);
  return { now: start, date, patienceMs: checkPatience(patience) };
}

/** Real milliseconds, or DqOptionsError. */
export function checkPatience(patience: DqDuration | undefined, usual: number = USUAL_PATIENCE_MS): number {
  if (patience === undefined) return usual;
  const ms = readDuration(patience);
  if (ms !== undefined && ms >= 1 && ms <= LONGEST_PATIENCE_MS) return ms;
  const wanted = "a duration from 1 ms to about 24 days, such as '5s'";
  throw unfit('patience', wanted, patience, durationAdvice(patience));
}
