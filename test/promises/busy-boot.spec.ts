// An application that is busy while it boots hears Redis' time late. That says nothing of the clocks.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import type { DqEvent } from '../../lib/core/base/events.js';
import { RedisConnection } from '../../lib/core/redis/redis-connection.js';
import { inspectRedis } from '../../lib/core/redis/redis-inspection.js';
import { testBed } from '../support/test-bed.js';
import { standStill } from '../support/wait.js';

const APART = 'clocks of this machine';
const bed = testBed({ nodes: 2 });

describe('the clocks of an application and of Redis', () => {
  it.each([0, 1, 2, 3, 5, 8, 13, 21, 34])(
    'are not apart because the event loop stood still %i turns after the start',
    async (turns) => {
      const tube = bed.tube();
      const app = bed.app({ tubes: [tube] }).consume(tube);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => void setImmediate(resolve));
      standStill(1_500);
      await app.producer(tube).delay('x', 0);
      await app.runs.next();
      await bed.drained();
      expect(app.eventsOf('store-warning').filter(({ reason }) => reason.includes(APART))).toEqual([]);
    },
  );
});

describe('the time of Redis', () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let connection: RedisConnection;
  let events: DqEvent[];
  /** By how much Redis' clock is ahead, and how long its answer is on its way. */
  let ahead: number;
  let slowMs: number;

  beforeEach(async () => {
    events = [];
    [ahead, slowMs] = [0, 0];
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (request) => {
        for (const [, command] of request.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) answer(command!, socket);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    await connection.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await new Promise((resolve) => server.close(resolve));
  });

  function answer(command: string, socket: Socket): void {
    const info = 'redis_version:7.0.15\r\nloading:0\r\naof_enabled:1\r\nmaxmemory_policy:noeviction\r\n';
    if (command === 'hello') socket.write('%0\r\n');
    else if (command === 'info') socket.write(`$${info.length}\r\n${info}\r\n`);
    else if (command === 'time') {
      const [seconds, micros] = [Math.floor((Date.now() + ahead) / 1000), ((Date.now() + ahead) % 1000) * 1000];
      const reply = `*2\r\n$${String(seconds).length}\r\n${seconds}\r\n$${String(micros).length}\r\n${micros}\r\n`;
      setTimeout(() => socket.write(reply), slowMs);
    } else socket.write('+OK\r\n');
  }

  async function inspect(): Promise<string[]> {
    const { port } = server.address() as AddressInfo;
    connection = new RedisConnection(`redis://127.0.0.1:${port}`, 3_000, systemClock, (event) => events.push(event));
    await inspectRedis(connection, systemClock);
    return events.flatMap((event) => (event.type === 'store-warning' ? [event.reason] : []));
  }

  it('may be long on its way without a warning', async () => {
    slowMs = 1_500;
    expect(await inspect()).toEqual([]);
  });

  it.each([3_000, -3_000])('is told when it is %i ms ahead (control)', async (ms) => {
    ahead = ms;
    expect(await inspect()).toEqual([
      expect.stringMatching(/^The clocks of this machine and of Redis are (?:2[5-9]|30)\d\d ms apart/),
    ]);
  });

  it('is told by as much as is certain, when its answer was long on its way', async () => {
    [ahead, slowMs] = [5_000, 1_000];
    const [warning] = await inspect();
    expect(Number(/are (\d+) ms apart/.exec(warning ?? '')?.[1])).toBeGreaterThan(3_000);
  });
});
