// What the doctor finds of nodes, each fault on a server that has it; beside it the same server without.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { canShim, compileShim, ShimControl } from '../../../faults/shim/shim.js';
import { freePort } from '../../../scripts/free-port.mjs';
import type { Beanstalkd } from '../../../scripts/servers.mjs';
import { HostileServer } from '../../support/hostile-server.js';
import { RawClient } from '../../support/raw-client.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/wait.js';
import { doctorBed } from './doctor-bed.js';
import { stubBeanstalkd } from './stub-beanstalkd.js';

const bed = doctorBed();

async function connected(node: Pick<Beanstalkd, 'port'>): Promise<RawClient> {
  const client = await RawClient.connect(node.port);
  bed.later(() => client.close());
  return client;
}

/** Jobs in any state. */
async function jobsOn(node: Pick<Beanstalkd, 'port'>): Promise<number> {
  const stats = await (await connected(node)).stats();
  return ['ready', 'reserved', 'delayed', 'buried'].reduce(
    (all, state) => all + Number(stats[`current-jobs-${state}`]),
    0,
  );
}

describe('a node that is well', () => {
  it('has no fault, and no job of the doctor is left there', async () => {
    const { code, findings, one } = await bed.diagnose();
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(code).toBe(0);
    const { endpoint } = bed.node;
    expect(one('answers', endpoint).found).toMatch(/^beanstalkd 1\.\d+, restarted \d+ seconds? ago$/);
    expect(one('binlog moves').found).toContain('64 jobs');
    expect(one('round trip').found).toMatch(/^p50 \d+\.\d ms, p99 \d+\.\d ms of \d+ questions$/);
    expect(await jobsOn(bed.node)).toBe(0);
    const tubes = await (await connected(bed.node)).listTubes();
    expect(tubes.filter((tube) => tube.startsWith('dq-doctor'))).toEqual([]);
  });
});

describe('an address', () => {
  it('whose name leads nowhere is a server that is away', async () => {
    const { code, one } = await bed.diagnose({ beanstalks: [bed.node.endpoint, 'no-such-node.invalid:11300'] });
    expect(code).toBe(4);
    expect(one('answers', 'no-such-node.invalid:11300')).toMatchObject({
      level: 'error',
      found: expect.stringContaining('its name has no address'),
      todo: expect.stringContaining('typo'),
      away: true,
    });
    expect(one('all else', 'no-such-node.invalid:11300')).toMatchObject({
      level: 'warn',
      found: expect.stringContaining('not known'),
    });
  });

  it('that is a name is shown with what it stands for', async () => {
    const name = `localhost:${bed.node.port}`;
    const { code, one } = await bed.diagnose({ beanstalks: [name] });
    expect(code).toBe(0);
    expect(one('address', name).found).toMatch(/127\.0\.0\.1/);
  });

  it('where nobody listens is a server that is away', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const { code, one } = await bed.diagnose({ beanstalks: [nobody] });
    expect(code).toBe(4);
    expect(one('answers', nobody)).toMatchObject({
      level: 'error',
      found: expect.stringContaining('ECONNREFUSED'),
      away: true,
    });
  });

  it('where a server takes connections and says nothing is told from that, in time', async () => {
    const silent = await HostileServer.listen([]);
    bed.later(() => silent.close());
    const { code, one } = await bed.diagnose({ beanstalks: [silent.endpoint], args: ['--timeout', '300ms'] });
    expect(code).toBe(4);
    expect(one('answers', silent.endpoint)).toMatchObject({
      level: 'error',
      found: expect.stringContaining('takes connections, and says nothing'),
      away: true,
    });
  });

  it('of a node that is stopped is the same, until it goes on', async () => {
    const node = await bed.ownNode();
    await node.pause();
    const stopped = await bed.diagnose({ beanstalks: [node.endpoint], args: ['--timeout', '300ms'] });
    expect([stopped.code, stopped.one('answers', node.endpoint).level]).toEqual([4, 'error']);
    node.resume();
    const well = await bed.diagnose({ beanstalks: [node.endpoint] });
    expect([well.code, well.one('answers', node.endpoint).level]).toEqual([0, 'ok']);
  });

  it('of a Redis, or of an HTTP server, is one of no beanstalkd', async () => {
    const http = createServer();
    await new Promise<void>((resolve) => {
      http.listen(0, '127.0.0.1', resolve);
    });
    bed.later(
      () =>
        new Promise((resolve) => {
          http.close(resolve);
        }),
    );
    const endpoint = `127.0.0.1:${(http.address() as AddressInfo).port}`;
    const { code, one } = await bed.diagnose({ beanstalks: [bed.redis.endpoint, endpoint] });
    expect(code).toBe(4);
    expect(one('answers', bed.redis.endpoint)).toMatchObject({
      level: 'error',
      found: 'what answers there is a Redis, no beanstalkd',
    });
    expect(one('answers', endpoint)).toMatchObject({
      level: 'error',
      found: 'what answers there is an HTTP server, no beanstalkd',
    });
  });

  it('of something unknown is one of no beanstalkd too', async () => {
    const other = await HostileServer.listen(() => 'what?\n');
    bed.later(() => other.close());
    const { code, one } = await bed.diagnose({ beanstalks: [other.endpoint] });
    expect(code).toBe(4);
    expect(one('answers', other.endpoint)).toMatchObject({
      level: 'error',
      found: 'what answers there is no beanstalkd',
    });
  });
});

describe('a version', () => {
  it.each([
    ['1.10', 'error'],
    ['1.9', 'error'],
    ['1.11+2', 'error'],
    ['1.12', 'ok'],
    ['1.13+6+g25085c5', 'ok'],
    ['2.0', 'ok'],
    ['unknown', 'warn'],
  ])('%s is %s', async (version, level) => {
    const stub = await stubBeanstalkd({ version });
    bed.later(() => stub.close());
    const { one } = await bed.diagnose({ beanstalks: [stub.endpoint] });
    expect(one('version', stub.endpoint)).toMatchObject({ level });
  });
});

describe('a node', () => {
  it('without a log is an error, and is not asked whether it moves', async () => {
    const node = await bed.ownNode({ binlog: false });
    const { code, one, of } = await bed.diagnose({ beanstalks: [node.endpoint] });
    expect(code).toBe(4);
    expect(one('binlog')).toMatchObject({ level: 'error', todo: expect.stringContaining('-b') });
    expect(of('binlog moves')).toEqual([]);
  });

  it('that is draining is an error; whether it writes is then not known', async () => {
    const node = await bed.ownNode();
    const client = await connected(node);
    process.kill(node.pid, 'SIGUSR1');
    await until(async () => (await client.stats())['draining'] === 'true');
    const { code, one } = await bed.diagnose({ beanstalks: [node.endpoint, bed.node.endpoint] });
    expect(code).toBe(4);
    expect(one('draining', node.endpoint)).toMatchObject({ level: 'error', todo: expect.stringContaining('Restart') });
    expect(one('binlog moves', node.endpoint)).toMatchObject({
      level: 'warn',
      found: expect.stringContaining('not known'),
    });
    expect(one('draining', bed.node.endpoint).level).toBe('ok');
    expect(one('enough')).toMatchObject({
      level: 'error',
      found: expect.stringContaining('1 server can take jobs; a job needs 2'),
    });
  });

  it('that takes smaller bodies than the application writes is an error', async () => {
    const node = await bed.ownNode({ args: ['-z', '1000'] });
    const beanstalks = [node.endpoint];
    const { code, one } = await bed.diagnose({ beanstalks });
    expect(code).toBe(4);
    expect(one('job size')).toMatchObject({ level: 'error', found: expect.stringContaining('1000 bytes') });
    const smaller = await bed.diagnose({ beanstalks, args: ['--max-body-bytes', '1000'] });
    expect([smaller.code, smaller.one('job size').level]).toEqual([0, 'ok']);
  });

  it('with nearly as many connections as it may open files is warned of', async () => {
    const node = await bed.ownNode();
    execFileSync('prlimit', [`--pid=${node.pid}`, '--nofile=100:100']);
    const few = await bed.diagnose({ beanstalks: [node.endpoint] });
    expect(few.one('connections')).toMatchObject({
      level: 'ok',
      found: expect.stringContaining('its limit of 100 files'),
    });
    for (let at = 0; at < 82; at++) await connected(node);
    const { code, one } = await bed.diagnose({ beanstalks: [node.endpoint] });
    expect([code, one('connections').level]).toEqual([0, 'warn']);
  });

  it.each([
    [700, 'ok'],
    [900, 'warn'],
  ])('whose limit of files is not known, with %i connections, is %s', async (connections, level) => {
    const stub = await stubBeanstalkd({ 'current-connections': connections, pid: process.pid });
    bed.later(() => stub.close());
    const { one } = await bed.diagnose({ beanstalks: [stub.endpoint] });
    expect(one('connections')).toMatchObject({ level, found: expect.stringContaining('1024 files, the usual limit') });
  });

  it('that has been up for long says so', async () => {
    const stub = await stubBeanstalkd({ uptime: 3 * 86_400 });
    bed.later(() => stub.close());
    const { one } = await bed.diagnose({ beanstalks: [stub.endpoint] });
    expect(one('answers', stub.endpoint).found).toBe('beanstalkd 1.13, up for 3 days');
  });

  it('that falls silent in the midst of it leaves what is not known, in time', async () => {
    const stub = await stubBeanstalkd({ 'binlog-current-index': 1 }, 'stats');
    bed.later(() => stub.close());
    const { code, one } = await bed.diagnose({ beanstalks: [stub.endpoint], args: ['--timeout', '300ms'] });
    expect(code).toBe(0);
    for (const check of ['round trip', 'binlog moves'])
      expect(one(check, stub.endpoint)).toMatchObject({ level: 'warn', found: expect.stringContaining('not known') });
  });

  it('that is far away is warned of', async () => {
    const proxy = await TcpProxy.listen(bed.node.port);
    bed.later(() => proxy.close());
    proxy.delay(40);
    const { code, one } = await bed.diagnose({ beanstalks: [proxy.endpoint], args: ['--timeout', '1s'] });
    expect([code, one('round trip').level]).toEqual([0, 'warn']);
  });
});

describe('names', () => {
  it('of one server are an error, and count as one', async () => {
    const names = [bed.node.endpoint, `localhost:${bed.node.port}`];
    const { code, one } = await bed.diagnose({ beanstalks: names });
    expect(code).toBe(4);
    expect(one('each once')).toMatchObject({ level: 'error', found: `${names.join(' and ')} are one server` });
    expect(one('enough')).toMatchObject({
      level: 'error',
      found: expect.stringContaining('1 server can take jobs; a job needs 2'),
    });
  });

  it('of two servers are none', async () => {
    const { code, one } = await bed.diagnose({ beanstalks: [bed.node.endpoint, (await bed.ownNode()).endpoint] });
    expect([code, one('each once').level, one('enough').level]).toEqual([0, 'ok', 'ok']);
  });
});

(canShim() ? describe : describe.skip)('a log', () => {
  const FILE_BYTES = 249_856;

  async function shimmed(): Promise<{ readonly node: Beanstalkd; readonly shim: ShimControl }> {
    const shim = new ShimControl(compileShim(join(bed.dir, 'shim')), bed.dir, `shim-${Math.random()}`);
    bed.later(() => shim.close());
    const node = await bed.ownNode({ args: ['-s', String(FILE_BYTES)], env: shim.env });
    return { node, shim };
  }

  it('that failed once is off for good, which the node does not say', async () => {
    const { node, shim } = await shimmed();
    shim.failWrites(true);
    const client = await connected(node);
    await client.command('put 0 60 1 1', Buffer.from('x')).catch(() => undefined);
    shim.healDisk();
    const { code, one } = await bed.diagnose({ beanstalks: [node.endpoint] });
    expect(one('binlog').level).toBe('ok');
    expect(one('binlog moves')).toMatchObject({ level: 'error', found: expect.stringContaining('wrote 0 of them') });
    expect(code).toBe(4);
    await node.restart();
    expect((await bed.diagnose({ beanstalks: [node.endpoint] })).one('binlog moves').level).toBe('ok');
  });

  it('that fails just now is an error', async () => {
    const { node, shim } = await shimmed();
    shim.failWrites(true);
    const { code, one } = await bed.diagnose({ beanstalks: [node.endpoint] });
    expect([code, one('binlog moves').level]).toEqual([4, 'error']);
    expect(one('binlog moves').found).toContain('its log failed (BURIED)');
  });

  it('on a full disk is an error, and gets one job of the doctor, not 64', async () => {
    const { node, shim } = await shimmed();
    const client = await connected(node);
    shim.fillDisk(true);
    const body = '.'.repeat(60_000);
    while ((await client.command(`put 0 0 1 ${body.length}`, Buffer.from(body))).word === 'INSERTED');
    for (let bytes = 30_000; bytes > 20; bytes = Math.floor(bytes / 2))
      while ((await client.command(`put 0 0 1 ${bytes}`, Buffer.alloc(bytes, '.'))).word === 'INSERTED');
    const puts = Number((await client.stats())['cmd-put']);
    const { code, one } = await bed.diagnose({ beanstalks: [node.endpoint] });
    expect([code, one('binlog moves').level]).toEqual([4, 'error']);
    expect(one('binlog moves')).toMatchObject({ found: 'its disk is full: it refuses jobs', todo: 'Make room' });
    expect(Number((await client.stats())['cmd-put']) - puts).toBe(1);
  });
});

describe('what the doctor leaves', () => {
  it('behind when it is killed is deleted by the next one; what is not its own stays', async () => {
    const node = await bed.ownNode();
    const client = await connected(node);
    const probe = 'A probe of nestjs-dq doctor, which may be deleted.';
    for (let at = 0; at < 64; at++) await client.put(probe, { tube: 'dq-doctor-before' });
    await client.put("somebody's", { tube: 'dq-doctor-other' });
    // Of another doctor that is at work.
    await client.put(probe, { tube: 'dq-doctor-now', delay: 60 });
    await bed.diagnose({ beanstalks: [node.endpoint] });
    expect(await client.statsTube('dq-doctor-before')).toBeUndefined();
    expect((await client.statsTube('dq-doctor-other'))?.['current-jobs-ready']).toBe('1');
    expect((await client.statsTube('dq-doctor-now'))?.['current-jobs-delayed']).toBe('1');
  });

  it('is nothing after Ctrl-C in the midst of its probe', async () => {
    const node = await bed.ownNode();
    const client = await connected(node);
    const interrupt = new AbortController();
    // Far enough for it to be met in between.
    const proxy = await TcpProxy.listen(node.port);
    bed.later(() => proxy.close());
    proxy.delay(25);
    const args = ['--timeout', '500ms'];
    const running = bed.diagnose({ beanstalks: [proxy.endpoint], args, signal: interrupt.signal });
    await until(async () => Number((await client.stats())['cmd-put']) > 0);
    interrupt.abort();
    expect((await running).code).toBe(130);
    expect(await jobsOn(node)).toBe(0);
  });
});
