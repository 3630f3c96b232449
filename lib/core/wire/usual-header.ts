/**
 * The header of a job that says nothing for itself, which is nearly every job: read byte by byte, since a consumer reads one for each
 * copy and most copies need no more of it than the id.
 */
export interface UsualHeader {
  readonly id: string;
  readonly copies: number;
  /** Where the payload begins. */
  readonly end: number;
}

const HEAD = Buffer.from('\u0001{"v":1,"id":"');
const MIDDLE = Buffer.from('","n":');
const TAIL = Buffer.from('}\n');
const LONGEST_ID = 128;
const MOST_DIGITS = 6;
const ZERO = 0x30;
/** By byte: 1 where an id may have it. */
const ID_BYTES = new Uint8Array(256);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:@+=-')
  ID_BYTES[char.charCodeAt(0)] = 1;

/** Reads it where the marker byte is expected; undefined where there is anything else, which is then for the whole reader. */
export function readUsualHeader(body: Buffer, marker: number): UsualHeader | undefined {
  if (!standsAt(body, marker, HEAD)) return undefined;
  const start = marker + HEAD.length;
  let end = start;
  while (ID_BYTES[body[end] ?? 0] === 1) end++;
  if (end === start || end - start > LONGEST_ID || !standsAt(body, end, MIDDLE)) return undefined;
  const digits = end + MIDDLE.length;
  let at = digits;
  let copies = 0;
  for (let digit = digitAt(body, at); digit >= 0; digit = digitAt(body, at)) {
    copies = copies * 10 + digit;
    at++;
  }
  if (copies === 0 || digitAt(body, digits) === 0 || at - digits > MOST_DIGITS || !standsAt(body, at, TAIL))
    return undefined;
  return { id: body.toString('latin1', start, end), copies, end: at + TAIL.length };
}

function standsAt(body: Buffer, at: number, bytes: Buffer): boolean {
  for (let next = 0; next < bytes.length; next++) if (body[at + next] !== bytes[next]) return false;
  return true;
}

/** -1 where there is none. */
function digitAt(body: Buffer, at: number): number {
  const digit = (body[at] ?? 0) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : -1;
}
