import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DqConnectionError, DqDeadlineError } from '../../../lib/core/errors/connection.errors.js';
import { freePort } from '../../../scripts/free-port.mjs';
import type { Answers, HostileServer } from '../../support/hostile-server.js';
import { standStill, until } from '../../support/wait.js';
import { BareFivebeans } from './bare-fivebeans.js';
import { DialBed } from './dial-bed.js';
import { type Dialed, lostReply } from './dialed.js';

const SILENT: Answers = () => undefined;

describe('a connection that dies', () => {
  const bed = new DialBed();

  it('with replies cut off at any byte gives what was whole, and loses the rest', async () => {
    const whole = [
      'INSERTED 12\r\n',
      'DELETED\r\n',
      'FOUND 3 9\r\nDELETED\r\n\r\n',
      'BURIED\r\n',
      'OK 5\r\na: 1\n\r\n',
    ];
    const ends = whole.map((_, at) => whole.slice(0, at + 1).join('').length);
    const replies = whole.join('');
    let length = 0;
    const server = await bed.listen((_request, socket: Socket) => {
      socket.end(replies.slice(0, length));
    });
    for (length = 0; length < replies.length; length++) {
      const node = bed.dial(server.endpoint);
      node.put('x');
      node.delete();
      node.ask((connection, done) => connection.peek(3, done));
      node.ask((connection, done) => connection.bury(3, 5, done));
      node.ask((connection, done) => connection.statsJob(3, done));
      expect(await node.closed()).toBeInstanceOf(DqConnectionError);
      const came = ends.filter((end) => end <= length).length;
      const kinds = node.asked.map(({ replies: [reply] }) => reply?.kind);
      const all = ['INSERTED', 'DELETED', 'FOUND', 'BURIED', 'JOB_STATS'];
      expect(kinds).toEqual(all.map((kind, at) => (at < came ? kind : 'LOST')));
      for (const { replies: got } of node.asked.slice(came)) expect(got).toEqual([lostReply(true)]);
      expect(node.tidy).toBe(true);
    }
  });

  it('by a reset loses what was pending, and says that it may have been obeyed', async () => {
    const server = await bed.listen((_request, socket: Socket) => {
      socket.resetAndDestroy();
    });
    const node = bed.dial(server.endpoint);
    const asked = [node.put('x'), node.delete(), node.delete()];
    expect(await node.closed()).toBeInstanceOf(DqConnectionError);
    for (const { replies } of asked) expect(replies).toEqual([lostReply(true)]);
  });

  it('before it was open loses what waited, and says that it was never sent', async () => {
    const node = bed.dial(`127.0.0.1:${await freePort()}`);
    const asked = [node.put('x'), node.delete()];
    const error = await node.closed();
    expect(error).toBeInstanceOf(DqConnectionError);
    expect(error.message).toMatch(/^Connection to 127\.0\.0\.1:\d+ failed: .+\.$/);
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
    for (const { replies } of asked) expect(replies).toEqual([lostReply(false)]);
  });

  it('because nobody can be reached there ends at the deadline at the latest', async () => {
    // TEST-NET-1: packets vanish, or the machine knows no road to it.
    const node = bed.dial('192.0.2.1:11300', { commandDeadline: 100 });
    const put = node.put('x');
    await node.closed();
    expect(put.replies).toEqual([lostReply(false)]);
  });

  it('because a server that accepts never answers ends at the deadline', async () => {
    const server = await bed.listen(SILENT);
    const node = bed.dial(server.endpoint, { commandDeadline: 100 });
    const asked = [node.put('x'), node.delete()];
    const error = await node.closed();
    expect(error).toBeInstanceOf(DqDeadlineError);
    expect(error.message).toBe(`${server.endpoint} did not answer within 100 ms.`);
    for (const { replies } of asked) expect(replies).toEqual([lostReply(true)]);
    await until(() => server.connections === 0);
  });

  describe('when the event loop stood still for longer than the deadline while it opened', () => {
    /** In one turn: the socket begins to connect, the kernel connects it, and the deadline passes. */
    async function dialLate(server: HostileServer): Promise<Dialed> {
      const node = bed.dial(server.endpoint, { commandDeadline: 100 });
      node.put('x');
      node.delete();
      await new Promise((begun) => {
        process.nextTick(begun);
      });
      standStill(150);
      return node;
    }

    it('does not come at once: what waited for it to open has only just been sent', async () => {
      // Each answer takes this process a turn to read, and another one to give.
      const server = await bed.listen((request) =>
        request.toString().startsWith('put') ? 'INSERTED 1\r\nDELETED\r\n' : undefined,
      );
      const node = await dialLate(server);
      expect(await node.asked[0]!.reply()).toEqual({ kind: 'INSERTED', id: 1 });
      expect(await node.asked[1]!.reply()).toEqual({ kind: 'DELETED' });
      expect(node.closes).toEqual([]);
    });

    it('comes all the same when nothing is answered then (control)', async () => {
      const node = await dialLate(await bed.listen(SILENT));
      expect(await node.closed()).toBeInstanceOf(DqDeadlineError);
      for (const { replies } of node.asked) expect(replies).toEqual([lostReply(true)]);
    });
  });

  it('would wait for ever without a deadline, as a bare fivebeans client does (control)', async () => {
    const server = await bed.listen(SILENT);
    const bare = await BareFivebeans.open(server.port);
    bare.put('x');
    await until(() => server.received.length > 0);
    await sleep(150);
    expect([bare.told, bare.waiting]).toEqual([[], 1]);
    // Not even the end of the connection settles it.
    await bare.close();
    expect([bare.told, bare.waiting]).toEqual([[], 1]);
  });

  it('does not die of being given more than may wait: what is too much is not sent, the rest waits for answers', async () => {
    const server = await bed.listen(SILENT);
    const node = bed.dial(server.endpoint);
    const body = Buffer.alloc(65_535);
    const asked = Array.from({ length: 1_100 }, () => node.put(body));
    await until(() => asked.at(-1)!.replies.length > 0);
    await until(() => server.received.length > 0);
    const refused = asked.filter(({ replies }) => replies.length > 0);
    expect(refused.map(({ replies }) => replies)).toEqual(refused.map(() => [lostReply(false)]));
    // 64 MiB wait, and 1 MiB is on its way.
    expect(asked.length - refused.length).toBeGreaterThan(1_024);
    expect(asked.length - refused.length).toBeLessThan(1_060);
    expect(asked.indexOf(refused[0]!)).toBe(asked.length - refused.length);
    expect(node.connection.closed).toBe(false);
  });

  it('because the server reads nothing ends by its deadline, before the memory is full', async () => {
    const server = await bed.listen((_request, socket: Socket) => {
      socket.pause();
    });
    const node = bed.dial(server.endpoint, { commandDeadline: 500 });
    const body = Buffer.alloc(65_535);
    for (let puts = 0; puts < 1_000; puts++) node.put(body);
    expect(await node.closed()).toBeInstanceOf(DqDeadlineError);
    const sent = node.asked.filter(({ replies: [reply] }) => reply?.kind === 'LOST' && reply.sent);
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.length).toBeLessThan(20);
  });

  it('on purpose answers everything at once, in the turn of destroy', async () => {
    const server = await bed.listen(SILENT);
    const node = bed.dial(server.endpoint);
    const asked = [node.put('x'), node.delete(), node.ask((connection, done) => connection.reserve(1, done))];
    await until(() => server.received.length > 0);
    node.connection.destroy();
    for (const { replies } of asked) expect(replies).toEqual([lostReply(true)]);
    expect(node.closes).toHaveLength(1);
    node.connection.destroy();
    expect(node.closes).toHaveLength(1);
    await until(() => server.connections === 0);
  });

  it('on purpose is not left half open for a node that goes on sending', async () => {
    const accepted: Socket[] = [];
    const half = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => {});
      accepted.push(socket.resume());
    });
    half.listen(await freePort(), '127.0.0.1');
    await once(half, 'listening');
    const node = bed.dial(`127.0.0.1:${(half.address() as AddressInfo).port}`);
    const socket = await until(() => accepted[0]);
    node.connection.destroy();
    // Bytes for a socket that is gone are answered with a reset.
    const endless = setInterval(() => socket.write('DELETED\r\n'), 1);
    await until(() => socket.destroyed);
    clearInterval(endless);
    half.close();
  });

  it('before it is open, on purpose, opens nothing', async () => {
    const server = await bed.listen(SILENT);
    const node = bed.dial(server.endpoint);
    const put = node.put('x');
    node.connection.destroy();
    expect(put.replies).toEqual([lostReply(false)]);
    await sleep(20);
    expect([server.received.length, server.connections]).toEqual([0, 0]);
  });

  it('answers later commands as never sent, and not before their method returned', async () => {
    const node = bed.dial(`127.0.0.1:${await freePort()}`);
    await node.closed();
    const asked = [node.put('x'), node.put(Buffer.from('x'), 'other'), node.delete()];
    expect(asked.flatMap(({ replies }) => replies)).toEqual([]);
    for (const one of asked) expect(await one.reply()).toEqual(lostReply(false));
    expect(node.connection.pending).toBe(0);
  });
});
