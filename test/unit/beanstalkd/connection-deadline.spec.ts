import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { DqDeadlineError } from '../../../lib/core/errors/connection.errors.js';
import type { HostileServer } from '../../support/hostile-server.js';
import { ManualClock } from '../../support/manual-clock.js';
import { until } from '../../support/wait.js';
import { DialBed } from './dial-bed.js';
import { type Dialed, lostReply } from './dialed.js';

const DEADLINE = 3_000;

/** Real sockets under a clock that the test moves, so that no deadline depends on the machine. */
describe('deadline of a connection', () => {
  const bed = new DialBed();
  let clock: ManualClock;
  let server: HostileServer;
  let node: Dialed;

  afterEach(() => expect(clock.timers).toBe(0));
  beforeEach(async () => {
    clock = new ManualClock();
    server = await bed.listen(() => undefined);
    node = bed.dial(server.endpoint, { commandDeadline: DEADLINE, clock });
    await until(() => server.connections === 1);
    await sleep(1);
  });

  async function sent(count: number): Promise<void> {
    clock.turn();
    await until(() => Buffer.concat(server.received).toString().split('\r\n').length > count);
  }

  /** The server answers, and the connection has heard it. */
  async function say(text: string): Promise<void> {
    const { heard } = node;
    server.send(text);
    await until(() => node.heard > heard);
  }

  it('is counted from the moment a command was sent', async () => {
    clock.pass(1_000);
    const asked = node.delete();
    await sent(1);
    clock.pass(DEADLINE - 1);
    expect([node.connection.closed, node.connection.waiting]).toEqual([false, DEADLINE - 1]);
    clock.pass(1);
    expect(node.closes[0]).toBeInstanceOf(DqDeadlineError);
    expect(asked.replies).toEqual([lostReply(true)]);
  });

  it('is longer for a reserve by the time that the node is asked to wait', async () => {
    node.ask((connection, done) => connection.reserve(1, done));
    await sent(1);
    clock.pass(DEADLINE + 999);
    expect(node.connection.closed).toBe(false);
    clock.pass(1);
    expect(node.connection.closed).toBe(true);
  });

  it('leaves a connection alone on which nothing is pending', async () => {
    clock.pass(10 * DEADLINE);
    const asked = node.delete();
    await sent(1);
    await say('DELETED\r\n');
    clock.pass(10 * DEADLINE);
    expect(asked.replies).toEqual([{ kind: 'DELETED' }]);
    expect([node.connection.closed, clock.timers]).toEqual([false, 0]);
  });

  it('is that of the oldest command: an answer gives the next one its own', async () => {
    node.delete(1);
    await sent(1);
    clock.pass(2_000);
    node.delete(2);
    await sent(2);
    await say('DELETED\r\n');
    clock.pass(DEADLINE - 1);
    expect(node.connection.closed).toBe(false);
    clock.pass(1);
    expect(node.connection.closed).toBe(true);
    expect(node.asked.map(({ replies: [reply] }) => reply?.kind)).toEqual(['DELETED', 'LOST']);
  });

  it('is not put off by a reply that drips', async () => {
    node.ask((connection, done) => connection.peek(1, done));
    await sent(1);
    for (const byte of 'FOUND 1 100\r\nabc') {
      server.send(byte);
      await sleep(2);
      clock.pass(150);
    }
    expect(node.connection.closed).toBe(false);
    clock.pass(DEADLINE);
    expect(node.closes[0]).toBeInstanceOf(DqDeadlineError);
  });

  it('is not put off by a reserve that was to wait longer, once that is answered', async () => {
    clock.pass(DEADLINE);
    node.ask((connection, done) => connection.reserve(5, done));
    await sent(1);
    await say('TIMED_OUT\r\n');
    node.delete();
    await sent(2);
    clock.pass(DEADLINE - 1);
    expect(node.connection.closed).toBe(false);
    clock.pass(1);
    expect(node.closes[0]).toBeInstanceOf(DqDeadlineError);
  });

  it('does not hit a command that waits behind a blocking reserve, as long as the node is healthy', async () => {
    node.ask((connection, done) => connection.reserve(1, done));
    const behind = node.delete(1);
    await sent(2);
    clock.pass(1_000);
    await say('TIMED_OUT\r\nDELETED\r\n');
    clock.pass(10 * DEADLINE);
    expect(behind.replies).toEqual([{ kind: 'DELETED' }]);
    expect(node.connection.closed).toBe(false);
  });
});
