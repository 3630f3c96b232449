import { describe, expect, it } from '@jest/globals';
import { nodeStats } from '../../../lib/core/beanstalkd/stats.js';
import type { NodeConnection, OnReply } from '../../../lib/core/cluster/node-connection.js';
import { DqProtocolError } from '../../../lib/core/errors/connection.errors.js';
import type { HostileServer } from '../../support/hostile-server.js';
import { until } from '../../support/wait.js';
import { BareFivebeans } from './bare-fivebeans.js';
import { DialBed } from './dial-bed.js';
import { type Dialed, lostReply } from './dialed.js';
import { REPLIES } from './replies.js';

type Send = (connection: NodeConnection, done: OnReply) => void;

/** What each command may be answered; anything else is a surprise. */
const FITTING: Readonly<Record<string, readonly [Send, readonly string[]]>> = {
  delete: [(node, done) => node.delete(1, done), ['DELETED', 'NOT_FOUND']],
  release: [
    (node, done) => node.release(1, 5, 5, done),
    ['RELEASED', 'BURIED', 'NOT_FOUND', 'OUT_OF_MEMORY', 'INTERNAL_ERROR'],
  ],
  bury: [(node, done) => node.bury(1, 5, done), ['BURIED', 'NOT_FOUND', 'OUT_OF_MEMORY', 'INTERNAL_ERROR']],
  touch: [(node, done) => node.touch(1, done), ['TOUCHED', 'NOT_FOUND']],
  peek: [(node, done) => node.peek(1, done), ['FOUND', 'NOT_FOUND']],
  reserve: [(node, done) => node.reserve(0, done), ['RESERVED', 'TIMED_OUT', 'DEADLINE_SOON']],
  stats: [(node, done) => node.stats(done), ['OK', 'NOT_FOUND']],
  watch: [(node, done) => node.watchOnly('default', done), ['WATCHING', 'NOT_IGNORED']],
  put: [
    (node, done) =>
      node.put({ tube: 'default', priority: 0, delaySeconds: 0, ttrSeconds: 1, body: 'x', byteLength: 1 }, done),
    ['INSERTED', 'BURIED', 'DRAINING', 'JOB_TOO_BIG', 'OUT_OF_MEMORY', 'INTERNAL_ERROR'],
  ],
};

describe('a surprise on a connection', () => {
  const bed = new DialBed();
  let server: HostileServer;
  const dial = (maxBodyBytes?: number): Dialed => bed.dial(server.endpoint, { maxBodyBytes });

  it.each(Object.keys(FITTING))('ends it when the reply does not fit %s, and only then', async (name) => {
    const [send, fitting] = FITTING[name] as readonly [Send, readonly string[]];
    let next = '';
    server = await bed.listen(() => next);
    for (const [text, reply] of REPLIES) {
      next = text;
      const node = dial();
      const first = node.ask(send);
      const second = node.delete();
      if (fitting.includes(reply.kind)) {
        expect(await first.reply()).toEqual(nodeStats(reply));
      } else {
        expect(await node.closed()).toBeInstanceOf(DqProtocolError);
        expect(first.replies).toEqual([lostReply(true)]);
        expect(second.replies).toEqual([lostReply(true)]);
      }
      node.connection.destroy();
    }
  });

  it.each([
    ['BAD_FORMAT', 'BAD_FORMAT\r\n'],
    ['UNKNOWN_COMMAND', 'UNKNOWN_COMMAND\r\n'],
    ['EXPECTED_CRLF', 'EXPECTED_CRLF\r\n'],
    ['a word nobody knows', 'HELLO\r\n'],
    ['a line without CR', 'INSERTED 1\n'],
    ['a negative id', 'INSERTED -1\r\n'],
    ['a fractional id', 'INSERTED 1.5\r\n'],
    ['an endless line', 'x'.repeat(100_000)],
    ['a body larger than any', 'RESERVED 1 99999999999\r\n'],
    ['a body longer than it says', 'FOUND 1 1\r\nxyz\r\n'],
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n'],
  ])('such as %s ends it at once, and nothing later is believed', async (_what, text) => {
    server = await bed.listen(() => `${text}INSERTED 9\r\nDELETED\r\n`);
    const node = dial();
    const asked = [node.put('x'), node.put('y'), node.delete()];
    expect(await node.closed()).toBeInstanceOf(DqProtocolError);
    for (const { replies } of asked) expect(replies).toEqual([lostReply(true)]);
    await until(() => server.connections === 0);
  });

  it('such as one reply too many ends it, before another command could take it for its own', async () => {
    server = await bed.listen(['INSERTED 1\r\nINSERTED 2\r\n']);
    const node = dial();
    const first = node.put('x');
    const error = await node.closed();
    expect(first.replies).toEqual([{ kind: 'INSERTED', id: 1 }]);
    expect(error.message).toBe(`Expected no reply from ${server.endpoint}, got INSERTED.`);
  });

  it('is told with the question whether it is beanstalkd at all, until that has answered once', async () => {
    server = await bed.listen(() => 'HTTP/1.1 400 Bad Request\r\n\r\n');
    const other = dial();
    other.delete();
    const question = `Does another program listen at ${server.endpoint}?`;
    expect((await other.closed()).message).toBe(`Expected a reply of beanstalkd, got 8 other bytes. ${question}`);
    await server.close();

    server = await bed.listen(['DELETED\r\n', 'HTTP/1.1 400 Bad Request\r\n\r\n']);
    const node = dial();
    await node.delete().reply();
    node.delete();
    expect((await node.closed()).message).toBe('Expected a reply of beanstalkd, got 8 other bytes.');
  });

  it('such as a reply that nobody asked for ends it', async () => {
    server = await bed.listen([]);
    const node = dial();
    await until(() => server.connections === 1);
    server.send('DELETED\r\n');
    expect(await node.closed()).toBeInstanceOf(DqProtocolError);
  });

  it('shifts every later reply by one in a bare fivebeans client (control)', async () => {
    server = await bed.listen(['BAD_FORMAT\r\nUNKNOWN_COMMAND\r\n', 'INSERTED 2\r\n', 'INSERTED 3\r\n']);
    const bare = await BareFivebeans.open(server.port);
    for (const count of [1, 2, 3]) {
      bare.put(`job ${count}`);
      await until(() => bare.told.length === count);
    }
    expect(bare.told).toEqual([['BAD_FORMAT'], ['UNKNOWN_COMMAND'], [null, '2']]);
    await bare.close();
  });

  it('such as INTERNAL_ERROR is told to its command, and then ends the connection', async () => {
    server = await bed.listen(['INTERNAL_ERROR\r\nBURIED\r\n']);
    const node = dial();
    const [first, second] = [
      node.ask((connection, done) => connection.bury(1, 5, done)),
      node.ask((connection, done) => connection.bury(2, 5, done)),
    ];
    await node.closed();
    expect([first.replies, second.replies]).toEqual([[{ kind: 'INTERNAL_ERROR' }], [lostReply(true)]]);
  });

  it('such as OUT_OF_MEMORY or DRAINING is an answer like any other', async () => {
    server = await bed.listen(['OUT_OF_MEMORY\r\nDRAINING\r\nJOB_TOO_BIG\r\nINSERTED 4\r\n']);
    const node = dial();
    const kinds = await Promise.all([1, 2, 3, 4].map(async () => (await node.put('x').reply()).kind));
    expect(kinds).toEqual(['OUT_OF_MEMORY', 'DRAINING', 'JOB_TOO_BIG', 'INSERTED']);
    expect(node.connection.closed).toBe(false);
  });

  it('such as a reader that throws ends it, and no other command goes without its answer', async () => {
    server = await bed.listen(['DELETED\r\nDELETED\r\n']);
    const node = dial();
    node.connection.delete(1, () => {
      throw new Error('bug in the caller');
    });
    const second = node.delete(2);
    const error = await node.closed();
    expect(error.message).toContain('bug in the caller');
    expect(second.replies).toEqual([lostReply(true)]);
  });

  it('is none when a body is as large as it may be, or larger: then it comes out empty', async () => {
    server = await bed.listen(() => `FOUND 1 2000000\r\n${'x'.repeat(2_000_000)}\r\n`);
    const large = dial(2_000_000);
    const found = await large.ask((connection, done) => connection.peek(1, done)).reply();
    expect(found.kind === 'FOUND' && found.body.length).toBe(2_000_000);
    const small = dial(1_999_999);
    const passed = await small.ask((connection, done) => connection.peek(1, done)).reply();
    expect(passed.kind === 'FOUND' && passed.body.length).toBe(0);
    expect(small.connection.closed).toBe(false);
  });
});
