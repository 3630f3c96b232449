import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { ReplyParser, type WireReply } from '../../../lib/core/beanstalkd/reply-parser.js';
import { anyReply, cut, parse, REPLIES } from './replies.js';

const ALL = Buffer.from(REPLIES.map(([text]) => text).join(''));
const UNDERSTOOD = REPLIES.map(([, reply]) => reply);

describe('reply parser', () => {
  it.each(REPLIES)('understands %j', (text, reply) => {
    expect(parse([text])).toEqual([reply]);
  });

  it('understands all replies in one piece', () => {
    expect(parse([ALL])).toEqual(UNDERSTOOD);
  });

  it('understands the same replies cut in two at any byte', () => {
    for (let at = 1; at < ALL.length; at++) expect(parse(cut(ALL, [at]))).toEqual(UNDERSTOOD);
  });

  it('understands the same replies cut in three at any two bytes', () => {
    const text = Buffer.from('RESERVED 7 5\r\na\r\nbc\r\nFOUND 8 0\r\n\r\nBURIED 5\r\nDELETED\r\n');
    const whole = parse([text]);
    expect(whole).toHaveLength(4);
    for (let first = 1; first < text.length; first++) {
      for (let second = first + 1; second < text.length; second++) {
        expect(parse(cut(text, [first, second]))).toEqual(whole);
      }
    }
  });

  it('understands the same replies byte by byte', () => {
    expect(parse(Array.from(ALL, (byte) => Buffer.from([byte])))).toEqual(UNDERSTOOD);
  });

  it('would not, if a piece were taken for a whole reply (control)', () => {
    const text = Buffer.from('INSERTED 12\r\n');
    const naive = cut(text, [10]).map((piece) => /^INSERTED (\d+)/.exec(piece.toString())?.[1]);
    expect(naive).toEqual(['1', undefined]);
    expect(parse(cut(text, [10]))).toEqual([{ kind: 'INSERTED', id: 12 }]);
  });

  it('understands any replies however they are cut', () => {
    const replies = fc.array(anyReply, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(replies, fc.array(fc.nat(4_000), { maxLength: 40 }), (list, places) => {
        const bytes = Buffer.concat(list.map(([text]) => text));
        expect(parse(cut(bytes, places))).toEqual(list.map(([, reply]) => reply));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps no reply back: each comes with its last byte', () => {
    for (const [text, reply] of REPLIES) {
      const parser = new ReplyParser(65_535);
      const replies: WireReply[] = [];
      const bytes = Buffer.from(text);
      const take = (got: WireReply): boolean => replies.push(got) > 0;
      parser.feed(bytes.subarray(0, -1), take);
      expect(replies).toEqual([]);
      parser.feed(bytes.subarray(-1), take);
      expect(replies).toEqual([reply]);
    }
  });

  it('stops when its reader does not want more', () => {
    const parser = new ReplyParser(65_535);
    const kinds: string[] = [];
    parser.feed(Buffer.from('DELETED\r\nRESERVED 1 1\r\nx\r\nTOUCHED\r\n'), ({ kind }) => kinds.push(kind) < 2);
    expect(kinds).toEqual(['DELETED', 'RESERVED']);
  });

  it('lets a job of more bytes than it may keep pass by, wherever it is cut, and goes on behind it', () => {
    const bytes = Buffer.from(`RESERVED 7 101\r\n${'x'.repeat(101)}\r\nFOUND 8 2\r\nhi\r\n`);
    const expected = [
      { kind: 'RESERVED', id: 7, body: Buffer.alloc(0) },
      { kind: 'FOUND', id: 8, body: Buffer.from('hi') },
    ];
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(parse([bytes.subarray(0, cut), bytes.subarray(cut)], 100)).toEqual(expected);
    }
  });

  it('takes a body that comes in many pieces', () => {
    const body = Buffer.alloc(1_000_000, 'x');
    const bytes = Buffer.concat([Buffer.from(`FOUND 1 ${body.length}\r\n`), body, Buffer.from('\r\nDELETED\r\n')]);
    const places = Array.from({ length: 100 }, (_, at) => at * 10_000 + 7);
    const [found, deleted] = parse(cut(bytes, places), 1_000_000);
    expect(found?.kind === 'FOUND' && found.body.equals(body)).toBe(true);
    expect(deleted).toEqual({ kind: 'DELETED' });
  });
});

describe('a body whose record was torn in the log', () => {
  it.each(['\r\n', '\r\u0000', '\u0000\u0000'])('is whole, with %j behind it', (end) => {
    expect(parse([`RESERVED 7 2\r\nab${end}DELETED\r\n`])).toEqual([
      { kind: 'RESERVED', id: 7, body: Buffer.from('ab') },
      { kind: 'DELETED' },
    ]);
  });
});
