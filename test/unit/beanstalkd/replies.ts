import * as fc from 'fast-check';
import { ReplyParser, type WireReply } from '../../../lib/core/beanstalkd/reply-parser.js';

/** Every reply of beanstalkd that this package may be given, as bytes and as it is understood. */
export const REPLIES: readonly (readonly [string, WireReply])[] = [
  ['INSERTED 1\r\n', { kind: 'INSERTED', id: 1 }],
  ['INSERTED 9007199254740991\r\n', { kind: 'INSERTED', id: Number.MAX_SAFE_INTEGER }],
  ['BURIED\r\n', { kind: 'BURIED', id: undefined }],
  ['BURIED 12\r\n', { kind: 'BURIED', id: 12 }],
  ['USING a-tube\r\n', { kind: 'USING' }],
  ['WATCHING 1\r\n', { kind: 'WATCHING' }],
  ['NOT_IGNORED\r\n', { kind: 'NOT_IGNORED' }],
  ['RESERVED 7 5\r\nhello\r\n', { kind: 'RESERVED', id: 7, body: Buffer.from('hello') }],
  ['RESERVED 8 0\r\n\r\n', { kind: 'RESERVED', id: 8, body: Buffer.alloc(0) }],
  ['FOUND 9 12\r\na\r\nDELETED\r\n\r\n', { kind: 'FOUND', id: 9, body: Buffer.from('a\r\nDELETED\r\n') }],
  ['FOUND 10 4\r\n\r\n\r\n\r\n', { kind: 'FOUND', id: 10, body: Buffer.from('\r\n\r\n') }],
  ['OK 12\r\n---\nname: a\n\r\n', { kind: 'OK', body: Buffer.from('---\nname: a\n') }],
  ['DELETED\r\n', { kind: 'DELETED' }],
  ['RELEASED\r\n', { kind: 'RELEASED' }],
  ['TOUCHED\r\n', { kind: 'TOUCHED' }],
  ['KICKED\r\n', { kind: 'KICKED' }],
  ['KICKED 3\r\n', { kind: 'KICKED' }],
  ['PAUSED\r\n', { kind: 'PAUSED' }],
  ['NOT_FOUND\r\n', { kind: 'NOT_FOUND' }],
  ['TIMED_OUT\r\n', { kind: 'TIMED_OUT' }],
  ['DEADLINE_SOON\r\n', { kind: 'DEADLINE_SOON' }],
  ['DRAINING\r\n', { kind: 'DRAINING' }],
  ['JOB_TOO_BIG\r\n', { kind: 'JOB_TOO_BIG' }],
  ['OUT_OF_MEMORY\r\n', { kind: 'OUT_OF_MEMORY' }],
  ['INTERNAL_ERROR\r\n', { kind: 'INTERNAL_ERROR' }],
];

/** Any valid reply, with any body. */
export const anyReply: fc.Arbitrary<readonly [Buffer, WireReply]> = fc.oneof(
  fc.constantFrom(...REPLIES).map(([text, reply]) => [Buffer.from(text), reply] as const),
  fc
    .record({
      kind: fc.constantFrom('RESERVED' as const, 'FOUND' as const),
      id: fc.maxSafeNat(),
      body: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
    })
    .map((reply) => {
      const line = Buffer.from(`${reply.kind} ${reply.id} ${reply.body.length}\r\n`);
      return [Buffer.concat([line, reply.body, Buffer.from('\r\n')]), reply] as const;
    }),
);

/** What a parser makes of these pieces, one after the other. */
export function parse(pieces: readonly (Buffer | string)[], maxBodyBytes = 65_535): WireReply[] {
  const parser = new ReplyParser(maxBodyBytes);
  const replies: WireReply[] = [];
  for (const piece of pieces) {
    parser.feed(Buffer.from(piece), (reply) => {
      replies.push(reply);
      return true;
    });
  }
  return replies;
}

/** The bytes cut at these places. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places)].filter((place) => place > 0 && place < bytes.length).toSorted((a, b) => a - b);
  return [...ends, bytes.length].map((end, at) => bytes.subarray(ends[at - 1] ?? 0, end));
}
