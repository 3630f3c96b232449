// A connection to a real beanstalkd: the contract, and what only a real server and a real network can do.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { BeanstalkdDialer } from '../../lib/core/beanstalkd/dialer.js';
import { systemClock } from '../../lib/core/base/clock.js';
import type { NodeConnection, OnReply, Reply } from '../../lib/core/cluster/node-connection.js';
import { parseEndpoint } from '../../lib/core/wire/endpoint.js';
import { nodeContract } from '../contract/node.contract.js';
import { startCluster, type TestCluster } from '../support/cluster.js';
import { failOnLeaks } from '../support/leaks.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { standStill, until } from '../support/wait.js';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, redis: false });
});
afterAll(() => cluster.stop());

const DEADLINE = 500;
const dialerTo = (endpoint: string, commandDeadline = 3_000): BeanstalkdDialer =>
  new BeanstalkdDialer(parseEndpoint(endpoint), { commandDeadline, maxBodyBytes: 65_535 }, systemClock);

function dial(endpoint: string, commandDeadline = DEADLINE): { connection: NodeConnection; closed: string[] } {
  const closed: string[] = [];
  const connection = dialerTo(endpoint, commandDeadline).dial({
    onAnswering: () => undefined,
    onClosed: ({ code }) => closed.push(code),
  });
  return { connection, closed };
}

const ask = (connection: NodeConnection, command: (node: NodeConnection, done: OnReply) => void): Promise<Reply> =>
  new Promise((resolve) => command(connection, resolve));
const stats = (connection: NodeConnection): Promise<Reply> => ask(connection, (node, done) => node.stats(done));

describe('beanstalkd', () => {
  nodeContract(async () => ({
    dialer: dialerTo(cluster.node(0).endpoint),
    pass: (ms) => sleep(ms),
    close: () => Promise.resolve(),
  }));
});

describe('a connection to beanstalkd', () => {
  afterEach(async () => {
    cluster.node(0).resume();
    if (!cluster.node(0).running) await cluster.node(0).restart();
  });
  failOnLeaks();

  it('that is refused answers LOST, unsent', async () => {
    await cluster.node(0).kill();
    const { connection, closed } = dial(cluster.node(0).endpoint);
    expect(await stats(connection)).toMatchObject({ kind: 'LOST', sent: false });
    expect(closed).toEqual(['DQ_CONNECTION']);
  });

  it('to a node that dies answers LOST, perhaps sent', async () => {
    const { connection, closed } = dial(cluster.node(0).endpoint);
    await stats(connection);
    const pending = ask(connection, (node, done) => node.reserve(30, done));
    await sleep(20);
    await cluster.node(0).kill();
    expect(await pending).toMatchObject({ kind: 'LOST', sent: true });
    expect(closed).toEqual(['DQ_CONNECTION']);
  });

  it('is not given up when the event loop stood still: what the node had answered by then is read first', async () => {
    const { connection, closed } = dial(cluster.node(0).endpoint);
    await stats(connection);
    const replies = [stats(connection), stats(connection)];
    await nextTurn();
    standStill(3 * DEADLINE);
    expect((await Promise.all(replies)).map(({ kind }) => kind)).toEqual(['NODE_STATS', 'NODE_STATS']);
    expect(closed).toEqual([]);
    connection.destroy();
  });

  it('is given up after that when the node is silent (control)', async () => {
    const { connection, closed } = dial(cluster.node(0).endpoint);
    await stats(connection);
    await cluster.node(0).pause();
    const reply = stats(connection);
    await nextTurn();
    standStill(3 * DEADLINE);
    expect(await reply).toMatchObject({ kind: 'LOST' });
    expect(closed).toEqual(['DQ_DEADLINE']);
  });

  it('to a node that hangs ends at the deadline, with all that was pending', async () => {
    const { connection, closed } = dial(cluster.node(0).endpoint);
    await stats(connection);
    await cluster.node(0).pause();
    const start = performance.now();
    const replies = await Promise.all([stats(connection), stats(connection), stats(connection)]);
    expect(performance.now() - start).toBeGreaterThanOrEqual(DEADLINE - 5);
    expect(replies.map(({ kind }) => kind)).toEqual(['LOST', 'LOST', 'LOST']);
    expect(closed).toEqual(['DQ_DEADLINE']);
  });

  it('that waits for a job has so much longer, and a hung node is still noticed', async () => {
    const { connection, closed } = dial(cluster.node(0).endpoint);
    expect(await ask(connection, (node, done) => node.reserve(2, done))).toEqual({ kind: 'TIMED_OUT' });
    const waiting = ask(connection, (node, done) => node.reserve(1, done));
    await sleep(20);
    await cluster.node(0).pause();
    expect(await waiting).toMatchObject({ kind: 'LOST' });
    expect(closed).toEqual(['DQ_DEADLINE']);
  });

  it('over a network that accepts and swallows never opens, and ends at the deadline', async () => {
    const proxy = await TcpProxy.listen(cluster.node(0).port);
    proxy.blackHole();
    const { connection, closed } = dial(proxy.endpoint);
    expect(await stats(connection)).toMatchObject({ kind: 'LOST' });
    expect(closed).toEqual(['DQ_DEADLINE']);
    await proxy.close();
  });

  it('over a network that brings one byte at a time understands every reply', async () => {
    const proxy = await TcpProxy.listen(cluster.node(0).port);
    const { connection } = dial(proxy.endpoint, 20_000);
    proxy.drip(0);
    const body = 'RESERVED 1 2\r\nxx\r\n'.repeat(10);
    const command = { tube: 'drip', priority: 0, delaySeconds: 0, ttrSeconds: 60, body, byteLength: body.length };
    const put = (await ask(connection, (node, done) => node.put(command, done))) as Extract<
      Reply,
      { kind: 'INSERTED' }
    >;
    const found = await ask(connection, (node, done) => node.peek(put.id, done));
    expect((found as { body: Buffer }).body.toString()).toBe(body);
    expect(await ask(connection, (node, done) => node.delete(put.id, done))).toEqual({ kind: 'DELETED' });
    connection.destroy();
    await proxy.close();
  });

  it('reset by the network in the middle of many commands answers each of them once', async () => {
    const proxy = await TcpProxy.listen(cluster.node(0).port);
    const { connection, closed } = dial(proxy.endpoint, 5_000);
    await stats(connection);
    let answers = 0;
    for (let at = 0; at < 2_000; at++) connection.stats(() => answers++);
    await until(() => answers > 10);
    proxy.cut();
    await until(() => closed.length === 1);
    expect([answers, connection.pending]).toEqual([2_000, 0]);
    await proxy.close();
  });

  it('tells a full body limit and a drained node from a failure of the connection', async () => {
    const node = cluster.node(0);
    await node.restart({ args: ['-z', '10'] });
    const { connection } = dial(node.endpoint);
    const put = (body: string): Promise<Reply> =>
      ask(connection, (to, done) =>
        to.put({ tube: 't', priority: 0, delaySeconds: 0, ttrSeconds: 1, body, byteLength: body.length }, done),
      );
    expect(await put('12345678901')).toEqual({ kind: 'JOB_TOO_BIG' });
    const fits = (await put('1234567890')) as Extract<Reply, { kind: 'INSERTED' }>;
    expect(await ask(connection, (to, done) => to.delete(fits.id, done))).toEqual({ kind: 'DELETED' });
    process.kill(node.pid, 'SIGUSR1');
    await until(async () => (await put('x')).kind === 'DRAINING');
    expect(connection.closed).toBe(false);
    connection.destroy();
    await node.restart({ args: [] });
  });
});
