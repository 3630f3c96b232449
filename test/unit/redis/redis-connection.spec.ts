// What a call that had to wait for Redis to become ready may do to the connection, on a Redis that answers when the test says so.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Clock, systemClock } from '../../../lib/core/base/clock.js';
import type { DqEvent } from '../../../lib/core/base/events.js';
import { RedisConnection } from '../../../lib/core/redis/redis-connection.js';
import { HostileServer } from '../../support/hostile-server.js';
import { type Census, countResources, expectNoLeaks } from '../../support/leaks.js';
import { ManualClock } from '../../support/manual-clock.js';
import { standStill, until } from '../../support/wait.js';

const DEADLINE = 1_000;
const INFO = 'redis_version:7.0.15\r\nloading:0\r\n';
const READY = `$${INFO.length}\r\n${INFO}\r\n`;

let before: Census;
let server: HostileServer;
let connection: RedisConnection;
const events: DqEvent[] = [];
/** Who asked whether Redis is ready, and who sent a SET, and has no answer yet. */
let asked: Socket[];
let sets: Socket[];

beforeEach(async () => {
  await sleep(10);
  before = countResources();
  asked = [];
  sets = [];
  events.length = 0;
  server = await HostileServer.listen((request, socket) => {
    for (const [, command] of request.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
      if (command === 'info') asked.push(socket);
      else if (command === 'set') sets.push(socket);
      else socket.write(command === 'hello' ? '%0\r\n' : '+OK\r\n');
    }
  });
});
afterEach(async () => {
  await connection.close();
  await server.close();
  await expectNoLeaks(before);
});

function connect(clock: Clock, deadline = DEADLINE): RedisConnection {
  const url = `redis://127.0.0.1:${server.port}`;
  connection = new RedisConnection(url, deadline, clock, (event) => events.push(event));
  return connection;
}

const set = (): Promise<unknown> => connection.call('a trial', () => connection.client.set('key', '1'));
const outcome = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => (error as Error).name);
/** Who asks now whether Redis is ready, and who sends a SET. */
const asking = (): Promise<Socket> => until(() => asked.pop());
const setting = (): Promise<Socket> => until(() => sets.pop());

describe('a call that waits for Redis to become ready', () => {
  it('fails alone at its deadline, and does not cut off those that were sent with it', async () => {
    const clock = new ManualClock();
    connect(clock);
    const first = outcome(set());
    await until(() => asked.length === 1);
    clock.pass(DEADLINE - 1);
    asked[0]!.write(READY);
    await until(() => sets.length === 1);
    const second = outcome(set());
    await until(() => sets.length === 2);
    clock.pass(1);
    expect(await first).toBe('DqClaimStoreError');
    sets[0]!.write('+OK\r\n+OK\r\n');
    expect(await second).toBe('OK');
    const third = outcome(set());
    await until(() => sets.length === 3);
    sets[2]!.write('+OK\r\n');
    expect(await third).toBe('OK');
    expect([server.accepted, events]).toEqual([1, []]);
  });

  it('cuts off a Redis that is silent, if it was sent at once (control)', async () => {
    const clock = new ManualClock();
    connect(clock);
    const first = outcome(set());
    (await asking()).write(READY);
    (await setting()).write('+OK\r\n');
    expect(await first).toBe('OK');
    const second = outcome(set());
    await until(() => sets.length === 1);
    clock.pass(DEADLINE);
    expect(await second).toBe('DqClaimStoreError');
    await until(() => server.accepted === 2);
  });

  it('is waited for when the event loop stood still meanwhile: it has only just been sent', async () => {
    connect(systemClock, 200);
    const first = outcome(set());
    (await asking()).write(READY);
    standStill(300);
    (await setting()).write('+OK\r\n');
    expect(await first).toBe('OK');
    expect([server.accepted, events]).toEqual([1, []]);
  });

  it('is answered when the event loop stood still again after that: the answer lies in the socket', async () => {
    connect(systemClock, 200);
    const first = outcome(set());
    (await asking()).write(READY);
    standStill(300);
    await until(() => sets.length === 1);
    // Timers come next from here, and what a socket has only behind them.
    await nextTurn();
    sets[0]!.write('+OK\r\n');
    standStill(300);
    expect(await first).toBe('OK');
    expect([server.accepted, events]).toEqual([1, []]);
  });
});

describe('a loss of Redis', () => {
  async function ready(): Promise<void> {
    const sent = set();
    (await asking()).write(READY);
    (await setting()).write('+OK\r\n');
    await sent;
  }
  const reasons = (): unknown[] => events.flatMap((event) => (event.type === 'store-lost' ? [event.reason] : []));

  it('says that Redis closed the connection, when it had been connected and there was no error', async () => {
    connect(systemClock);
    await ready();
    const sent = set().catch((error: unknown) => (error as Error).message);
    (await setting()).end();
    expect(await sent).toContain('to answer a trial, but: the connection is lost: it closed the connection.');
    await until(() => events.length > 0);
    expect(events).toEqual([
      { type: 'store-lost', reason: `it closed the connection (127.0.0.1:${server.port})`, reached: true },
    ]);
  });

  it('does not say what was wrong the time before', async () => {
    connect(systemClock);
    await ready();
    const sent = set().catch(() => undefined);
    (await setting()).resetAndDestroy();
    await sent;
    await ready();
    const again = set().catch(() => undefined);
    (await setting()).end();
    await again;
    await until(() => reasons().length === 2);
    expect(reasons()).toEqual([
      expect.stringContaining('ECONNRESET'),
      expect.stringMatching(/^it closed the connection/),
    ]);
  });
});
