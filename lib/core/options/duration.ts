import { types } from 'node:util';
import ms, { type StringValue } from 'ms';
import { DqDateError, DqDelayError, DqPastTimeError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { LATEST_DUE_MS, LONGEST_DELAY_MS } from '../wire/due-time.js';

/**
 * A duration: milliseconds as a number, or a string with a unit: `ms`, `s`, `m` (minutes), `h`, `d`, `w`, `y`, or the words
 * for them, in lower case, such as `'90s'`, `'1.5h'`, `'7 days'`. A string without a unit is refused: `'30'` may mean anything.
 * Units have one length each, whatever the calendar says: a day has 24 hours, and a year 365.25 days. What is computed and comes out as a
 * fraction of a millisecond is rounded up to the next whole one, so that no job is early and no deadline short.
 */
export type DqDuration = number | string;

/** From September 2001 on, epoch seconds have ten digits; as milliseconds such a number lies in January 1970. */
const FIRST_SECONDS = 1_000_000_000;
const END_OF_1970_MS = 31_536_000_000;

/** The `ms` package would take no unit for milliseconds, and `M` for minutes. */
const ENDS_IN_UNIT = /^[^A-Z]*[a-z]$/;

/** With all that ISO 8601 may put behind the day. */
const WRITTEN_DATE = /^\d{4}-\d\d-\d\d[\dTZ :.+-]{0,20}$/;

/** Whole milliseconds of a duration, or undefined when it is none (negative, not finite, not readable, without a unit). */
export function readDuration(value: unknown): number | undefined {
  const parsed = wholeMs(typeof value === 'string' ? readText(value) : value);
  return Number.isSafeInteger(parsed) && (parsed as number) >= 0 ? (parsed as number) : undefined;
}

/** A number rounded up: what is computed is seldom whole. Never -0. */
function wholeMs(value: unknown): unknown {
  return typeof value === 'number' ? Math.ceil(value) + 0 : value;
}

function readText(text: string): number | undefined {
  return text.length <= 100 && ENDS_IN_UNIT.test(text) ? ms(text as StringValue) : undefined;
}

/** What an error says last about something that is no duration; empty where only a string would need it. */
export function durationAdvice(value: unknown): string {
  if (typeof value !== 'string') return '';
  return ' A string ends in a unit, in lower case: ms, s, m (minutes), h, d, w, y, or the words for them. A number is milliseconds.';
}

/** The delay in milliseconds, or throws {@link DqDelayError}. */
export function checkDelay(delay: unknown): number {
  const read = readDuration(delay);
  if (read !== undefined && read <= LONGEST_DELAY_MS) return read;
  throw new DqDelayError(
    `Expected a delay of whole milliseconds from 0 to ${LONGEST_DELAY_MS} (about 136 years) or a duration such as '90s', got ${shown(delay)}.${durationAdvice(delay)}`,
  );
}

/** The same of a wait that was reckoned, as `until - now`: what is below 0 has passed, and means at once. */
export function checkWait(delay: unknown): number {
  return hasPassed(delay) ? 0 : checkDelay(delay);
}

function hasPassed(delay: unknown): boolean {
  if (typeof delay === 'string') return delay.startsWith('-') && readDuration(delay.slice(1)) !== undefined;
  return Number.isFinite(delay) && (delay as number) < 0;
}

/** What an error says last about a date that came as a string, as JSON has it; empty for anything else. */
function dateAdvice(when: unknown): string {
  const isDate = typeof when === 'string' && WRITTEN_DATE.test(when) && !Number.isNaN(Date.parse(when));
  return isDate ? ` Give new Date('${when}').` : '';
}

/** The due time in epoch milliseconds, or throws {@link DqDateError} or {@link DqPastTimeError}. */
export function checkDueTime(when: unknown, now: number): number {
  const time = wholeMs(types.isDate(when) ? when.getTime() : when);
  if (!Number.isSafeInteger(time) || (time as number) < 0) {
    throw new DqDateError(
      `Expected a due time as a valid Date or as whole epoch milliseconds, got ${shown(when)}.${dateAdvice(when)}`,
    );
  }
  const dueMs = time as number;
  if (typeof when === 'number' && areSeconds(when, now)) {
    throw new DqDateError(
      `Expected a due time as a valid Date or as whole epoch milliseconds, got ${shown(when)}, which is in 1970 as milliseconds, and ` +
        `${new Date(when * 1000).toISOString()} as seconds. Give seconds * 1000, or a Date; for a time from now use delay.`,
    );
  }
  if (dueMs < now) {
    throw new DqPastTimeError(
      `Expected a due time that has not passed, got ${shown(when)}, ${now - dueMs} ms ago. Use delay(data, 0) to run at once.`,
    );
  }
  if (dueMs - now > LONGEST_DELAY_MS || dueMs > LATEST_DUE_MS) {
    throw new DqDateError(`Expected a due time within about 136 years, got ${shown(when)}.`);
  }
  return dueMs;
}

/** Only of what has passed, and so is refused anyhow: a number in 1970, on a clock that is beyond September 2001. */
export function areSeconds(when: number, now: number): boolean {
  return when >= FIRST_SECONDS && when < END_OF_1970_MS && now >= FIRST_SECONDS * 1000;
}
