import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ReplyParser } from '../../../lib/core/beanstalkd/reply-parser.js';
import { DqProtocolError } from '../../../lib/core/errors/connection.errors.js';
import { cut, parse, REPLIES } from './replies.js';

/** Refused in one piece, byte by byte, and after a good reply. */
function expectRefused(text: string | Buffer, maxBodyBytes?: number): void {
  const bytes = Buffer.from(text);
  expect(() => parse([bytes], maxBodyBytes)).toThrow(DqProtocolError);
  expect(() =>
    parse(
      Array.from(bytes, (byte) => Buffer.from([byte])),
      maxBodyBytes,
    ),
  ).toThrow(DqProtocolError);
  expect(() => parse(['DELETED\r\n', bytes], maxBodyBytes)).toThrow(DqProtocolError);
}

describe('reply parser refuses', () => {
  it.each([
    ['an unknown word', 'GARBAGE\r\n'],
    ['an unknown word with a number', 'GARBAGE 5\r\n'],
    ['a word in small letters', 'deleted\r\n'],
    ['BAD_FORMAT', 'BAD_FORMAT\r\n'],
    ['UNKNOWN_COMMAND', 'UNKNOWN_COMMAND\r\n'],
    ['EXPECTED_CRLF', 'EXPECTED_CRLF\r\n'],
    ['an empty line', '\r\n'],
    ['a space in front', ' DELETED\r\n'],
    ['a space behind', 'DELETED \r\n'],
    ['a number where none belongs', 'DELETED 5\r\n'],
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n'],
    ['Redis', '-ERR unknown command\r\n'],
    ['a greeting of SSH', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a name of the prototype', 'constructor\r\n'],
    ['__proto__', '__proto__\r\n'],
  ])('%s', (_what, text) => {
    expectRefused(text);
  });

  it.each([
    ['no number', ''],
    ['a negative number', '-5'],
    ['a sign', '+5'],
    ['a fraction', '1.5'],
    ['an exponent', '1e3'],
    ['hexadecimal', '0x10'],
    ['letters', 'abc'],
    ['NaN', 'NaN'],
    ['infinity', 'Infinity'],
    ['a number above 2^53', '9007199254740992'],
    ['a number of 40 digits', '9'.repeat(40)],
    ['two spaces', ' 5'],
    ['a trailing space', '5 '],
    ['a tab', '5\t'],
    ['Arabic digits', '٥'],
    ['a NUL', '5\u0000'],
  ])('%s as an id or a length', (_what, number) => {
    expectRefused(`INSERTED ${number}\r\n`);
    expectRefused(`BURIED ${number}\r\n`);
    expectRefused(`OK ${number}\r\nhello\r\n`);
    expectRefused(`RESERVED 1 ${number}\r\nhello\r\n`);
    expectRefused(`FOUND ${number} 5\r\nhello\r\n`);
  });

  it('a body without a length, or with one number too many', () => {
    for (const text of ['RESERVED\r\n', 'RESERVED 1\r\n', 'RESERVED 1 2 3\r\nab\r\n', 'OK\r\n', 'INSERTED\r\n']) {
      expectRefused(text);
    }
  });

  it('a line that ends in LF alone', () => {
    expectRefused('DELETED\n');
    expectRefused('\n');
    expectRefused('RESERVED 1 2\nab\r\n');
    expectRefused('DELETED\r\r\n');
  });

  it('a body that does not end in CR LF', () => {
    expectRefused('RESERVED 1 2\r\nabc\r\n');
    expectRefused('RESERVED 1 2\r\nab\n\r');
    expectRefused('RESERVED 1 2\r\nab\u0000\n');
    expectRefused('RESERVED 1 2\r\nab\r\u0001');
    expectRefused('OK 2\r\nabDELETED\r\n');
  });

  it('a line longer than 256 bytes, without waiting for its end', () => {
    expect(parse([`USING ${'t'.repeat(200)}\r\n`])).toEqual([{ kind: 'USING' }]);
    expect(parse([`USING ${'t'.repeat(249)}\r\n`])).toEqual([{ kind: 'USING' }]);
    expectRefused(`USING ${'t'.repeat(250)}\r\n`);
    expectRefused('x'.repeat(257));
    expectRefused(Buffer.alloc(100_000));
    expect(parse(['x'.repeat(256)])).toEqual([]);
  });

  it('a body larger than it may be, before a byte of it has come', () => {
    expect(parse(['RESERVED 1 100\r\n'], 100)).toEqual([]);
    expect(() => parse(['OK 101\r\n'], 100)).toThrow('the node announced 101');
    expect(() => parse(['OK 99999999999\r\n'])).toThrow(DqProtocolError);
    expect(() => parse(['RESERVED 1 1073741825\r\n'])).toThrow('the node announced 1073741825');
    expect(() => parse([`FOUND 1 ${Number.MAX_SAFE_INTEGER}\r\n`])).toThrow('set maxBodyBytes to the same');
  });

  it('the same things wherever the bytes are cut', () => {
    const spoiled = fc.tuple(fc.constantFrom(...REPLIES), fc.nat(), fc.integer({ min: 0, max: 255 }));
    const outcome = (pieces: readonly Buffer[]): unknown => {
      try {
        return parse(pieces);
      } catch (error) {
        expect(error).toBeInstanceOf(DqProtocolError);
        return 'refused';
      }
    };
    fc.assert(
      fc.property(fc.array(spoiled, { maxLength: 5 }), fc.array(fc.nat(200), { maxLength: 8 }), (list, places) => {
        const bytes = Buffer.concat(
          list.map(([[text], at, byte]) => {
            const reply = Buffer.from(text);
            reply[at % reply.length] = byte;
            return reply;
          }),
        );
        expect(outcome(cut(bytes, places))).toEqual(outcome([bytes]));
      }),
      { numRuns: 500 },
    );
  });

  it('anything else than replies, with nothing but its own error', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), (pieces) => {
        try {
          parse(pieces.map((piece) => Buffer.from(piece)));
        } catch (error) {
          expect(error).toBeInstanceOf(DqProtocolError);
        }
      }),
    );
  });
});

describe('a body torn in the log of the node', () => {
  it('is zeros with a zero CR LF, and is taken for what it is', () => {
    const torn = Buffer.concat([Buffer.from('RESERVED 7 5\r\n'), Buffer.alloc(7), Buffer.from('DELETED\r\n')]);
    const understood = [{ kind: 'RESERVED', id: 7, body: Buffer.alloc(5) }, { kind: 'DELETED' }];
    for (let at = 1; at < torn.length; at++) expect(parse(cut(torn, [at]))).toEqual(understood);
  });

  it('would shift every later reply if its end were looked for instead (control)', () => {
    const torn = Buffer.concat([Buffer.from('RESERVED 7 5\r\n'), Buffer.alloc(7), Buffer.from('DELETED\r\n')]);
    expect(torn.toString('latin1').split('\r\n')[1]).toBe(`${'\u0000'.repeat(7)}DELETED`);
  });
});

describe('memory of the reply parser', () => {
  it('is bounded by one line and one body, however the bytes drip', () => {
    const parser = new ReplyParser(1_000);
    const drip = (text: string, most: number): number => {
      let taken = 0;
      try {
        for (; taken < most; taken++) parser.feed(Buffer.from(text), () => true);
      } catch (error) {
        expect(error).toBeInstanceOf(DqProtocolError);
      }
      return taken;
    };
    expect(drip('x', 1_000_000)).toBe(256);
  });

  it('does not grow with the number of replies', () => {
    const parser = new ReplyParser(1_000);
    const chunk = Buffer.from('RESERVED 1 500\r\n'.padEnd(516, 'x').concat('\r\n').repeat(20));
    const before = process.memoryUsage().arrayBuffers;
    let replies = 0;
    for (let round = 0; round < 20_000; round++) {
      parser.feed(chunk, () => {
        replies++;
        return true;
      });
    }
    expect(replies).toBe(400_000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
  });
});

describe('the text of a refusal', () => {
  it('shows what looks like a word of the protocol, and of anything else its length only: it may be a payload', () => {
    expect(() => parse(['SOMETHING_NEW 1\r\n'])).toThrow('"SOMETHING_NEW"');
    for (const line of ['{"iban":"DE02120300000000202051"}', 'DE02120300000000202051', 'de02', 'X'.repeat(40)]) {
      expect(() => parse([`${line}\r\n`])).toThrow(`${line.length} other bytes`);
    }
  });
});
