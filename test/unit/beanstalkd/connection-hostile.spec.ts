import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { BeanstalkdDialer } from '../../../lib/core/beanstalkd/dialer.js';
import { systemClock } from '../../../lib/core/base/clock.js';
import type { NodeConnection, Reply } from '../../../lib/core/cluster/node-connection.js';
import { DqError } from '../../../lib/core/errors/dq.error.js';
import { parseEndpoint } from '../../../lib/core/wire/endpoint.js';
import { bytesInUse } from '../../support/heap.js';
import { HostileServer } from '../../support/hostile-server.js';
import { countResources, expectNoLeaks } from '../../support/leaks.js';
import { seededRandom } from '../../support/seeded-random.js';
import { putCommand } from './dialed.js';
import { HostileReplies } from './hostile-replies.js';

const EXCHANGES = 10_000;
const SEED = 20_260_101;

type OnReply = (reply: Reply) => void;
const COMMANDS: readonly ((node: NodeConnection, done: OnReply) => void)[] = [
  (node, done) => node.put(putCommand('payload'), done),
  (node, done) => node.put(putCommand(Buffer.from('payload')), done),
  (node, done) => node.delete(1, done),
  (node, done) => node.release(1, 5, 5, done),
  (node, done) => node.peek(1, done),
  (node, done) => node.touch(1, done),
  (node, done) => node.reserve(0, done),
  (node, done) => node.stats(done),
];

/** A client that replaces its connection whenever it is over, and counts all that it is told. */
class Client {
  dialled = 0;
  closes = 0;
  twice = 0;
  readonly kinds = new Map<string, number>();
  #connection: NodeConnection | undefined;
  readonly #dialer: BeanstalkdDialer;

  constructor(endpoint: string) {
    this.#dialer = new BeanstalkdDialer(
      parseEndpoint(endpoint),
      { commandDeadline: 100, maxBodyBytes: 65_535, trustsDisk: true },
      systemClock,
    );
  }

  get connection(): NodeConnection {
    if (this.#connection === undefined || this.#connection.closed) {
      this.dialled++;
      this.#connection = this.#dialer.dial({
        onAnswering: () => {},
        onClosed: (error) => {
          if (error instanceof DqError) this.closes++;
        },
      });
    }
    return this.#connection;
  }

  ask(send: (node: NodeConnection, done: OnReply) => void): Promise<Reply> {
    return new Promise((resolve) => {
      let answered = false;
      send(this.connection, (reply) => {
        if (answered) this.twice++;
        answered = true;
        this.kinds.set(reply.kind, (this.kinds.get(reply.kind) ?? 0) + 1);
        resolve(reply);
      });
    });
  }
}

describe('ten thousand hostile replies', () => {
  it('hang nothing, crash nothing, fill no memory, and each bad connection is replaced', async () => {
    await sleep(10);
    const before = countResources();
    const random = seededRandom(SEED);
    const hostile = new HostileReplies(random);
    const server = await HostileServer.listen((request, socket) => hostile.answer(request, socket));
    const client = new Client(server.endpoint);
    let inUse = 0;
    for (let exchange = 0; exchange < EXCHANGES; exchange++) {
      // Buffers and code that are made once are there by now.
      if (exchange === 2_000) inUse = await bytesInUse();
      const command = COMMANDS[Math.floor(random() * COMMANDS.length)] as (typeof COMMANDS)[number];
      const reply = await client.ask(command);
      if (reply.kind === 'LOST') expect(reply.error).toBeInstanceOf(DqError);
    }
    const grown = (await bytesInUse()) - inUse;
    client.connection.destroy();
    const answers = [...client.kinds.values()].reduce((sum, count) => sum + count, 0);
    expect([answers, client.twice]).toEqual([EXCHANGES, 0]);
    // Every kind of mischief came, and every connection ended once, with an error of this package.
    expect(hostile.counts.size).toBe(10);
    expect(client.closes).toBe(client.dialled);
    expect(client.dialled).toBeGreaterThan(EXCHANGES / 10);
    expect(client.kinds.get('LOST')).toBeGreaterThan(EXCHANGES / 10);
    expect(client.kinds.size).toBeGreaterThan(10);
    expect(grown).toBeLessThan(20_000_000);
    await server.close();
    await expectNoLeaks(before);
  });
});
