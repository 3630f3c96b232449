const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** A moment for people: in UTC, to the second, and how far away it is. */
export function moment(date: Date, nowMs: number): string {
  return `${stamp(date)} (${relative(date, nowMs)})`;
}

/** In UTC, to the second. */
export function stamp(date: Date): string {
  return Number.isFinite(+date)
    ? date
        .toISOString()
        .replace(/\.\d+Z$/, 'Z')
        .replace('T', ' ')
    : 'unknown';
}

/** How far away a moment is, such as `in 5m 10s` or `3h ago`. */
export function relative(date: Date, nowMs: number): string {
  const ms = +date - nowMs;
  if (Math.abs(ms) < 1_000) return 'now';
  return ms > 0 ? `in ${span(ms)}` : `${span(-ms)} ago`;
}

/** A duration in its two greatest units. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit[0]}`);
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break;
  }
  return parts.join(' ');
}

/** A duration in words, in the largest unit of which there are two. */
export function inWords(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= 2 * size) ?? ['second', 1_000];
  const count = Math.max(0, Math.floor(ms / size));
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
