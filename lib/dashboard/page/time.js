import { useNow } from './clock.js';
import { html } from './html.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
/** @type {Intl.DateTimeFormatOptions} */
const FULL = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
};
const inFull = new Intl.DateTimeFormat('en-GB', FULL);
const toTheMillisecond = new Intl.DateTimeFormat('en-GB', { ...FULL, fractionalSecondDigits: 3 });

/** The zone in which all times are shown, such as `Europe/Berlin (GMT+1)`. */
export function timeZoneText() {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'shortOffset' }).formatToParts(new Date());
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return timeZone === offset ? timeZone : `${timeZone} (${offset})`;
}

/**
 * As short as it can be read: `38 ms`, `4.2 s`, `5 min`, `3 h 20 min`, `12 days`.
 *
 * @param {number} ms
 */
export function durationText(ms) {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${Math.round(ms / 100) / 10} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    return `${Math.floor(ms / HOUR)} h${minutes === 0 ? '' : ` ${minutes} min`}`;
  }
  const days = Math.floor(ms / DAY);
  return `${days} ${days === 1 ? 'day' : 'days'}`;
}

/**
 * @param {number} at
 * @param {number} now
 */
export function relativeText(at, now) {
  const ms = at - now;
  if (Math.abs(ms) < SECOND) return 'now';
  const long = durationText(Math.floor(Math.abs(ms) / SECOND) * SECOND);
  return ms > 0 ? `in ${long}` : `${long} ago`;
}

/**
 * The time of day, with the day where it is not today.
 *
 * @param {number} at
 * @param {number} now
 */
export function absoluteText(at, now) {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return (sameDay ? clockTime : dayAndTime).format(at);
}

/** @param {{ at: number, children?: unknown }} props */
function Tag({ at, children }) {
  return html`<time datetime=${new Date(at).toISOString()} title=${toTheMillisecond.format(at)}>${children}</time>`;
}

/**
 * A moment: how far away it is, and when.
 *
 * @param {{ at: number | null, none?: string }} props
 */
export function Time({ at, none = '–' }) {
  const now = useNow();
  if (at === null) return html`<span class="muted">${none}</span>`;
  return html`<${Tag} at=${at}>${relativeText(at, now)} <small>${absoluteText(at, now)}</small><//>`;
}

/**
 * A moment in the middle of a sentence.
 *
 * @param {{ at: number }} props
 */
export function Moment({ at }) {
  const now = useNow();
  return html`<${Tag} at=${at}>${absoluteText(at, now)}, ${relativeText(at, now)}<//>`;
}

/**
 * A moment in full, for where there is room.
 *
 * @param {{ at: number }} props
 */
export function FullTime({ at }) {
  const now = useNow();
  return html`<${Tag} at=${at}>${relativeText(at, now)} <small>${inFull.format(at)}</small><//>`;
}
