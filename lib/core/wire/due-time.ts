/**
 * The due time in front of every body: decimal unix nanoseconds, 19 digits for any moment from September 2001 to April
 * 2262 (where int64 nanoseconds end, which is what a Go reader parses).
 */
const NANOS_PER_MS = 1_000_000;
const SLASH = 0x2f;
const ZERO = 0x30;
const MAX_DIGITS = 19;

/** The last due time that fits into int64 nanoseconds, in epoch milliseconds. */
export const LATEST_DUE_MS = 9_223_372_036_853;

/** The longest delay beanstalkd can hold: 2^32-1 seconds, about 136 years. */
export const LONGEST_DELAY_SECONDS = 4_294_967_295;
export const LONGEST_DELAY_MS = LONGEST_DELAY_SECONDS * 1000;

/** `dueMs` in nanoseconds; `below` (0 to 999,999) fills the digits under the millisecond. */
export function encodeDueTime(dueMs: number, below = 0): string {
  return below === 0 ? `${dueMs}000000` : `${dueMs}${String(below).padStart(6, '0')}`;
}

/**
 * Reads the digits before the first `/`. Nanoseconds below the millisecond are rounded up, so that no job is early.
 * Returns undefined where there is no such number.
 */
export function decodeDueTime(body: Buffer): { readonly dueMs: number; readonly end: number } | undefined {
  let slash = 0;
  while (slash <= MAX_DIGITS && slash < body.length && body[slash] !== SLASH) slash++;
  if (slash < 1 || slash > MAX_DIGITS || body[slash] !== SLASH) return undefined;
  let ms = 0;
  let below = 0;
  const whole = slash - 6;
  for (let at = 0; at < slash; at++) {
    const digit = (body[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    if (at < whole) ms = ms * 10 + digit;
    else below = below * 10 + digit;
  }
  if (ms > LATEST_DUE_MS || below >= NANOS_PER_MS) return undefined;
  return { dueMs: below === 0 ? ms : ms + 1, end: slash + 1 };
}
