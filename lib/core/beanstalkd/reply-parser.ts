import type { Reply } from '../cluster/node-connection.js';
import { DqProtocolError } from '../errors/connection.errors.js';

/** A reply as it comes. What `OK` brings is for its command to read. */
export type WireReply = Reply | { readonly kind: 'OK'; readonly body: Buffer };

const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const ZERO = 0x30;
/** beanstalkd's own bound on a line is 224 bytes. */
const LONGEST_LINE = 256;
/** beanstalkd's own bound on -z. */
const LARGEST_BODY = 1_073_741_824;
const LIKE_A_WORD = /^[A-Z_]{1,24}$/;
const NO_BYTES = Buffer.alloc(0);

const BARE: ReadonlyMap<string, Reply> = new Map(
  (
    [
      'DELETED',
      'RELEASED',
      'TOUCHED',
      'NOT_FOUND',
      'TIMED_OUT',
      'DEADLINE_SOON',
      'DRAINING',
      'JOB_TOO_BIG',
      'OUT_OF_MEMORY',
      'INTERNAL_ERROR',
      'NOT_IGNORED',
      'PAUSED',
      'KICKED',
    ] as const
  ).map((kind) => [kind, { kind }]),
);

/** The words of nearly all replies to a consumer. */
const RESERVED = Buffer.from('RESERVED');
const DELETED = Buffer.from('DELETED');
const DELETED_REPLY: Reply = { kind: 'DELETED' };

/** A body that has begun to arrive: its bytes are gathered in pieces and joined once, or only counted when they are too many. */
interface Partial {
  readonly pieces: Buffer[];
  readonly wanted: number;
  readonly tooLarge: boolean;
  have: number;
}

/**
 * Cuts a node's bytes into replies. Bodies are views into the chunk they came in. A job's body of more than `maxBodyBytes` is let
 * pass by and comes out empty: no job of this package, and it must not stop those behind it. Lines are bounded at 256 bytes and
 * other bodies at `maxBodyBytes`; anything else throws {@link DqProtocolError}, after which the stream cannot be understood any more.
 */
export class ReplyParser {
  readonly #maxBodyBytes: number;
  #line: Buffer = NO_BYTES;
  /** What the last line announced: a body of so many bytes. */
  #kind: 'RESERVED' | 'FOUND' | 'OK' = 'OK';
  #id = 0;
  #length = 0;
  #body: Partial | undefined;

  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Calls `onReply` for each reply that is whole. Stops when that returns false. */
  feed(chunk: Buffer, onReply: (reply: WireReply) => boolean): void {
    let data = chunk;
    let at = 0;
    while (at < data.length) {
      if (this.#body !== undefined) {
        at = this.#gather(this.#body, data, at);
        if (this.#body.have < this.#body.wanted) return;
        const { pieces, tooLarge } = this.#body;
        this.#body = undefined;
        const whole = tooLarge ? NO_BYTES : Buffer.concat(pieces);
        if (!tooLarge) expectEnd(whole, this.#length);
        if (!onReply(this.#withBody(whole.subarray(0, tooLarge ? 0 : this.#length)))) return;
        continue;
      }
      if (this.#line.length > 0) {
        data = Buffer.concat([this.#line, data.subarray(at)]);
        at = 0;
        this.#line = NO_BYTES;
      }
      const lf = data.indexOf(LF, at);
      if (lf < 0 || lf - at > LONGEST_LINE) {
        if (data.length - at > LONGEST_LINE)
          throw new DqProtocolError('Expected a reply line of at most 256 bytes, got a longer one.');
        this.#line = data.subarray(at);
        return;
      }
      if (lf === at || data[lf - 1] !== CR)
        throw new DqProtocolError('Expected a reply line that ends in CR LF, got LF alone.');
      const reply = this.#parseLine(data, at, lf - 1);
      at = lf + 1;
      if (reply !== undefined) {
        if (!onReply(reply)) return;
        continue;
      }
      const end = at + this.#length;
      const tooLarge = this.#length > this.#maxBodyBytes;
      if (tooLarge || data.length < end + 2) {
        this.#body = { pieces: [], wanted: this.#length + 2, tooLarge, have: 0 };
        continue;
      }
      expectEnd(data, end);
      const body = data.subarray(at, end);
      at = end + 2;
      if (!onReply(this.#withBody(body))) return;
    }
  }

  #gather(body: Partial, data: Buffer, at: number): number {
    const end = Math.min(data.length, at + body.wanted - body.have);
    if (!body.tooLarge) body.pieces.push(data.subarray(at, end));
    body.have += end - at;
    return end;
  }

  /** The reply of one line, or undefined when a body follows. */
  #parseLine(data: Buffer, start: number, end: number): Reply | undefined {
    let wordEnd = start;
    while (wordEnd < end && data[wordEnd] !== SPACE) wordEnd++;
    if (isWord(data, start, end, DELETED)) return DELETED_REPLY;
    const word = isWord(data, start, wordEnd, RESERVED) ? 'RESERVED' : data.toString('latin1', start, wordEnd);
    if (wordEnd === end) {
      const bare = BARE.get(word);
      if (bare !== undefined) return bare;
      if (word === 'BURIED') return { kind: 'BURIED', id: undefined };
      throw unknown(word);
    }
    const rest = wordEnd + 1;
    switch (word) {
      case 'INSERTED':
        return { kind: 'INSERTED', id: decimal(data, rest, end) };
      case 'BURIED':
        return { kind: 'BURIED', id: decimal(data, rest, end) };
      case 'RESERVED':
      case 'FOUND': {
        let idEnd = rest;
        while (idEnd < end && data[idEnd] !== SPACE) idEnd++;
        this.#expectBody(word, decimal(data, rest, idEnd), decimal(data, idEnd + 1, end));
        return undefined;
      }
      case 'OK':
        this.#expectBody('OK', 0, decimal(data, rest, end));
        return undefined;
      case 'USING':
        return { kind: 'USING' };
      case 'WATCHING':
        return { kind: 'WATCHING' };
      case 'KICKED':
        return { kind: 'KICKED' };
      default:
        throw unknown(word);
    }
  }

  #expectBody(kind: 'RESERVED' | 'FOUND' | 'OK', id: number, length: number): void {
    if (length > this.#maxBodyBytes && (kind === 'OK' || length > LARGEST_BODY)) {
      throw new DqProtocolError(
        `Expected a body of at most ${this.#maxBodyBytes} bytes, the node announced ${length}. ` +
          'If its -z is larger, set maxBodyBytes to the same.',
      );
    }
    this.#kind = kind;
    this.#id = id;
    this.#length = length;
  }

  #withBody(body: Buffer): WireReply {
    const kind = this.#kind;
    return kind === 'OK' ? { kind, body } : { kind, id: this.#id, body };
  }
}

/** What stands behind a body: CR LF. A record torn in the node's log comes back with zeros from there on; the length is still right. */
function expectEnd(data: Buffer, at: number): void {
  const cr = data[at];
  const lf = data[at + 1];
  if ((cr === CR && (lf === LF || lf === 0)) || (cr === 0 && lf === 0)) return;
  throw new DqProtocolError('Expected CR LF after a body, got other bytes.');
}

/** True when the word from `start` to `end` is this one; spares making a string of it. */
function isWord(data: Buffer, start: number, end: number, word: Buffer): boolean {
  if (end - start !== word.length) return false;
  for (let at = 0; at < word.length; at++) if (data[start + at] !== word[at]) return false;
  return true;
}

/** Digits only, at most 2^53-1: no sign, no fraction, no exponent. */
function decimal(data: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (data[at] as number) - ZERO;
    if (digit < 0 || digit > 9) throw new DqProtocolError('Expected a decimal number in a reply, got something else.');
    value = value * 10 + digit;
  }
  if (start >= end || !Number.isSafeInteger(value))
    throw new DqProtocolError('Expected a decimal number in a reply, got none or one too large.');
  return value;
}

/** Only what looks like a word is shown: anything else may be a piece of a payload. */
function unknown(word: string): DqProtocolError {
  const shown = LIKE_A_WORD.test(word) ? `"${word}"` : `${word.length} other bytes`;
  return new DqProtocolError(`Expected a reply of beanstalkd, got ${shown}.`);
}
