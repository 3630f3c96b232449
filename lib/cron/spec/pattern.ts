import { Cron } from 'croner';
import { DqScheduleError } from '../../core/errors/argument.errors.js';
import { nearestName } from '../../core/errors/nearest-name.js';
import { shown, textOf } from '../../core/errors/shown.js';
import type { Rhythm } from './grid.js';

const MOST_LETTERS = 200;

/**
 * A cron pattern in a time zone. This file alone knows which package reads patterns: of that only the reckoning is used, never its timers.
 * Around a change of the clocks it follows Vixie's cron: a pattern with fixed times runs at the end of a gap, and once in an hour that comes
 * twice; one with wildcards in its time follows real time.
 */
export class Pattern implements Rhythm {
  readonly isFixedTime: boolean;
  readonly #cron: Cron;

  /** @throws DqScheduleError for a pattern that cannot be read or never comes, and for an unknown zone */
  constructor(pattern: string, timeZone: string) {
    if (typeof pattern !== 'string' || pattern.length > MOST_LETTERS) {
      throw new DqScheduleError(`Expected a cron pattern such as '0 9 * * 1-5', got ${shown(pattern)}.`);
    }
    checkTimeZone(timeZone);
    try {
      this.#cron = read(pattern, timeZone);
    } catch (error) {
      throw new DqScheduleError(`${EXPECTED}, got ${shown(pattern)}${mistakeIn(pattern, timeZone, error)}`, {
        cause: error,
      });
    }
    const parts = partsOf(pattern);
    const [seconds, minutes, hours] = parts.length === 5 ? ['0', ...parts] : parts;
    this.isFixedTime = parts.length > 1 && !/[*/?]/.test(`${seconds}${minutes}${hours}`);
    if (this.next(0) === undefined) {
      throw new DqScheduleError(
        `Expected a cron pattern that comes at some time, got ${shown(pattern)}, which never does.`,
      );
    }
  }

  next(after: number): number | undefined {
    return this.#cron.nextRun(new Date(after))?.getTime();
  }
}

const EXPECTED =
  "Expected a cron pattern of minute, hour, day, month and day of week, such as '0 9 * * 1-5', with a second in front or not";

function read(pattern: string, timezone: string): Cron {
  return new Cron(pattern, { paused: true, mode: '5-or-6-parts', fixedTimeRule: 'no-wildcard', timezone });
}

function partsOf(pattern: string): readonly string[] {
  return pattern.trim().split(/\s+/);
}

/** What is wrong and where. The part at fault is the one that cannot be read with all others left open. */
function mistakeIn(pattern: string, timeZone: string, error: unknown): string {
  const reason = `: ${textOf(error).replace(/^CronPattern: /, '')}`;
  const parts = partsOf(pattern);
  if (parts.length !== 5 && parts.length !== 6) return `, which has ${pattern.trim() === '' ? 0 : parts.length} parts.`;
  const at = parts.findIndex((part, place) => {
    try {
      return read(parts.map((_, other) => (other === place ? part : '*')).join(' '), timeZone) === undefined;
    } catch {
      return true;
    }
  });
  if (at < 0) return reason;
  const names = ['second', 'minute', 'hour', 'day', 'month', 'day of week'].slice(6 - parts.length);
  const position = [...pattern.matchAll(/\S+/g)][at]?.index ?? 0;
  return `, whose ${names[at]} '${parts[at]}' at position ${position + 1} is wrong${reason}`;
}

/** @throws DqScheduleError for a zone that this process does not know */
export function checkTimeZone(timeZone: unknown): string {
  try {
    if (typeof timeZone !== 'string' || timeZone === '') throw new RangeError('no name');
    // It knows aliases too, which no list has.
    new Intl.DateTimeFormat('en', { timeZone }).format(0);
    return timeZone;
  } catch (cause) {
    const near = typeof timeZone === 'string' ? nearestName(timeZone, Intl.supportedValuesOf('timeZone')) : undefined;
    throw new DqScheduleError(
      `Expected a time zone such as 'Europe/Berlin' or 'UTC', got ${shown(timeZone)}.` +
        (near === undefined ? '' : ` Do you mean '${near}'?`),
      { cause },
    );
  }
}
