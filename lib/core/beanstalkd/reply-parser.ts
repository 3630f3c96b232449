import type { Reply } from '../cluster/node-connection.js';
import { DqProtocolError } from '../errors/connection.errors.js';

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

/** A body that has begun to arrive: its bytes are gathered in pieces and joined once, or only counted when they are too many. */
interface Partial {
  readonly kind: 'RESERVED' | 'FOUND' | 'OK';
  readonly id: number;
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
  #body: Partial | undefined;

  constructor(maxBodyBytes: number) {
    this.#maxBodyBytes = maxBodyBytes;
  }

  /** Calls `onReply` for each reply that is whole. Stops when that returns false. */
  feed(chunk: Buffer, onReply: (reply: Reply) => boolean): void {
    let data = chunk;
    let at = 0;
    while (at < data.length) {
      if (this.#body !== undefined) {
        at = this.#gather(this.#body, data, at);
        if (this.#body.have < this.#body.wanted) return;
        const { kind, id, pieces, tooLarge } = this.#body;
        this.#body = undefined;
        if (!onReply(tooLarge ? { kind, id, body: NO_BYTES } : withBody(kind, id, Buffer.concat(pieces)))) return;
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
      if (reply === undefined) {
        const body = this.#body as unknown as Partial;
        if (body.tooLarge || data.length - at < body.wanted) continue;
        this.#body = undefined;
        const whole = data.subarray(at, at + body.wanted);
        at += body.wanted;
        if (!onReply(withBody(body.kind, body.id, whole))) return;
      } else if (!onReply(reply)) return;
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
    const word = data.toString('latin1', start, wordEnd);
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

  #expectBody(kind: Partial['kind'], id: number, length: number): void {
    const tooLarge = length > this.#maxBodyBytes;
    if (tooLarge && (kind === 'OK' || length > LARGEST_BODY)) {
      throw new DqProtocolError(
        `Expected a body of at most ${this.#maxBodyBytes} bytes, the node announced ${length}. ` +
          'If its -z is larger, set maxBodyBytes to the same.',
      );
    }
    this.#body = { kind, id, pieces: [], wanted: length + 2, tooLarge, have: 0 };
  }
}

function withBody(kind: Partial['kind'], id: number, whole: Buffer): Reply {
  const length = whole.length - 2;
  // A record torn in the node's log comes back with zeros from there on, its CR LF or the LF alone too; the length is still right.
  const [cr, lf] = [whole[length], whole[length + 1]];
  const ended = (cr === CR && (lf === LF || lf === 0)) || (cr === 0 && lf === 0);
  if (!ended) throw new DqProtocolError('Expected CR LF after a body, got other bytes.');
  const body = whole.subarray(0, length);
  return kind === 'OK' ? { kind, body } : { kind, id, body };
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
