// What the doctor finds of nodes, each fault on a server that has it; beside it the same server without.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { canShim, type ShimControl } from '../../../faults/shim/shim.js';
import { freePort } from '../../../scripts/free-port.mjs';
import type { Beanstalkd } from '../../../scripts/servers.mjs';
import { RawClient } from '../../support/raw-client.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { until } from '../../support/wait.js';
import { doctorBed } from './doctor-bed.js';
import { beanstalkdSaying } from './stubs.js';

const bed = doctorBed();
const IN_A_HURRY = { args: ['--timeout', '300ms'] };

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

/** A node of which nothing else is known, as a patient of the doctor. */
async function nodeSaying(
  ...stats: Parameters<typeof beanstalkdSaying>
): Promise<{ readonly beanstalks: string[]; readonly subject: string }> {
  const { endpoint } = await bed.hostile(beanstalkdSaying(...stats));
  return { beanstalks: [endpoint], subject: endpoint };
}

describe('a node that is well', () => {
  it('has no fault, and no job of the doctor is left there', async () => {
    const { findings } = await bed.finds({}, 0, {
      'binlog moves': ['ok', '64 jobs'],
      'round trip': ['ok', /^p50 \d+\.\d ms, p99 \d+\.\d ms of \d+ questions$/],
    });
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    await bed.finds({ subject: bed.node.endpoint }, 0, {
      answers: ['ok', /^beanstalkd 1\.\d+, restarted \d+ seconds? ago$/],
    });
    expect(await jobsOn(bed.node)).toBe(0);
    const tubes = await (await connected(bed.node)).listTubes();
    expect(tubes.filter((tube) => tube.startsWith('dq-doctor'))).toEqual([]);
  });
});

describe('an address', () => {
  it('whose name leads nowhere is a server that is away', async () => {
    const subject = 'no-such-node.invalid:11300';
    const { one } = await bed.finds({ beanstalks: [bed.node.endpoint, subject], subject }, 4, {
      answers: ['error', 'its name has no address', 'typo'],
      'all else': ['warn', 'not known'],
    });
    expect(one('answers', subject).away).toBe(true);
  });

  it('that is a name is shown with what it stands for', async () => {
    const subject = `localhost:${bed.node.port}`;
    const { one } = await bed.finds({ beanstalks: [subject] }, 0, {});
    expect(one('address', subject).found).toMatch(/127\.0\.0\.1/);
  });

  it('where nobody listens is a server that is away', async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    const { one } = await bed.finds({ beanstalks: [nobody], subject: nobody }, 4, {
      answers: ['error', 'ECONNREFUSED'],
    });
    expect(one('answers', nobody).away).toBe(true);
  });

  it('where a server takes connections and says nothing is told from that, in time', async () => {
    const { endpoint: subject } = await bed.hostile([]);
    const { one } = await bed.finds({ beanstalks: [subject], subject, ...IN_A_HURRY }, 4, {
      answers: ['error', 'takes connections, and says nothing'],
    });
    expect(one('answers', subject).away).toBe(true);
  });

  it('of a node that is stopped is the same, until it goes on', async () => {
    const node = await bed.ownNode();
    const patient = { beanstalks: [node.endpoint], subject: node.endpoint };
    await node.pause();
    await bed.finds({ ...patient, ...IN_A_HURRY }, 4, { answers: 'error' });
    node.resume();
    await bed.finds(patient, 0, { answers: 'ok' });
  });

  it.each([
    ['a Redis', () => bed.redis.endpoint, 'what answers there is a Redis, no beanstalkd'],
    ['an HTTP server', () => bed.http(), 'what answers there is an HTTP server, no beanstalkd'],
    [
      'something unknown',
      async () => (await bed.hostile(() => 'what?\n')).endpoint,
      'what answers there is no beanstalkd',
    ],
  ])('of %s is one of no beanstalkd', async (_what, address, found) => {
    const subject = await address();
    const { one } = await bed.finds({ beanstalks: [subject], subject }, 4, { answers: 'error' });
    expect(one('answers', subject).found).toBe(found);
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
    const patient = await nodeSaying({ version });
    expect((await bed.diagnose(patient)).one('version', patient.subject)).toMatchObject({ level });
  });
});

describe('a node', () => {
  it('without a log is an error, and is not asked whether it moves', async () => {
    const node = await bed.ownNode({ binlog: false });
    const { of } = await bed.finds({ beanstalks: [node.endpoint] }, 4, { binlog: ['error', undefined, '-b'] });
    expect(of('binlog moves')).toEqual([]);
  });

  it('that is draining is an error; whether it writes is then not known', async () => {
    const node = await bed.ownNode();
    const client = await connected(node);
    process.kill(node.pid, 'SIGUSR1');
    await until(async () => (await client.stats())['draining'] === 'true');
    const beanstalks = [node.endpoint, bed.node.endpoint];
    const { one } = await bed.finds({ beanstalks, subject: node.endpoint }, 4, {
      draining: ['error', undefined, 'Restart'],
      'binlog moves': ['warn', 'not known'],
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
    await bed.finds({ beanstalks }, 4, { 'job size': ['error', '1000 bytes'] });
    await bed.finds({ beanstalks, args: ['--max-body-bytes', '1000'] }, 0, { 'job size': 'ok' });
  });

  it('with nearly as many connections as it may open files is warned of', async () => {
    const node = await bed.ownNode();
    const beanstalks = [node.endpoint];
    execFileSync('prlimit', [`--pid=${node.pid}`, '--nofile=100:100']);
    await bed.finds({ beanstalks }, 0, { connections: ['ok', 'its limit of 100 files'] });
    for (let at = 0; at < 82; at++) await connected(node);
    await bed.finds({ beanstalks }, 0, { connections: 'warn' });
  });

  it.each([
    [700, 'ok'],
    [900, 'warn'],
  ])('whose limit of files is not known, with %i connections, is %s', async (connections, level) => {
    const patient = await nodeSaying({ 'current-connections': connections, pid: process.pid });
    const { one } = await bed.diagnose(patient);
    expect(one('connections')).toMatchObject({ level, found: expect.stringContaining('1024 files, the usual limit') });
  });

  it('that has been up for long says so', async () => {
    const patient = await nodeSaying({ uptime: 3 * 86_400 });
    const { one } = await bed.diagnose(patient);
    expect(one('answers', patient.subject).found).toBe('beanstalkd 1.13, up for 3 days');
  });

  it('that falls silent in the midst of it leaves what is not known, in time', async () => {
    const patient = await nodeSaying({ 'binlog-current-index': 1 }, 'stats');
    await bed.finds({ ...patient, ...IN_A_HURRY }, 0, {
      'round trip': ['warn', 'not known'],
      'binlog moves': ['warn', 'not known'],
    });
  });

  it('that is far away is warned of', async () => {
    const proxy = await TcpProxy.listen(bed.node.port);
    bed.later(() => proxy.close());
    proxy.delay(40);
    await bed.finds({ beanstalks: [proxy.endpoint], args: ['--timeout', '1s'] }, 0, { 'round trip': 'warn' });
  });
});

describe('names', () => {
  it('of one server are an error, and count as one', async () => {
    const beanstalks = [bed.node.endpoint, `localhost:${bed.node.port}`];
    const { one } = await bed.finds({ beanstalks }, 4, {
      'each once': 'error',
      enough: ['error', '1 server can take jobs; a job needs 2'],
    });
    expect(one('each once').found).toBe(`${beanstalks.join(' and ')} are one server`);
  });

  it('of two servers are none', async () => {
    const beanstalks = [bed.node.endpoint, (await bed.ownNode()).endpoint];
    await bed.finds({ beanstalks }, 0, { 'each once': 'ok', enough: 'ok' });
  });
});

(canShim() ? describe : describe.skip)('a log', () => {
  const FILE_BYTES = 249_856;

  async function shimmed(): Promise<{ node: Beanstalkd; shim: ShimControl; beanstalks: string[] }> {
    const shim = await bed.shim(`shim-${Math.random()}`);
    const node = await bed.ownNode({ args: ['-s', String(FILE_BYTES)], env: shim.env });
    return { node, shim, beanstalks: [node.endpoint] };
  }

  it('that failed once is off for good, which the node does not say', async () => {
    const { node, shim, beanstalks } = await shimmed();
    shim.failWrites(true);
    const client = await connected(node);
    await client.command('put 0 60 1 1', Buffer.from('x')).catch(() => undefined);
    shim.healDisk();
    await bed.finds({ beanstalks }, 4, { binlog: 'ok', 'binlog moves': ['error', 'wrote 0 of them'] });
    await node.restart();
    expect((await bed.diagnose({ beanstalks })).one('binlog moves').level).toBe('ok');
  });

  it('that fails just now is an error', async () => {
    const { shim, beanstalks } = await shimmed();
    shim.failWrites(true);
    await bed.finds({ beanstalks }, 4, { 'binlog moves': ['error', 'its log failed (BURIED)'] });
  });

  it('on a full disk is an error, and gets one job of the doctor, not 64', async () => {
    const { node, shim, beanstalks } = await shimmed();
    const client = await connected(node);
    shim.fillDisk(true);
    const body = '.'.repeat(60_000);
    while ((await client.command(`put 0 0 1 ${body.length}`, Buffer.from(body))).word === 'INSERTED');
    for (let bytes = 30_000; bytes > 20; bytes = Math.floor(bytes / 2))
      while ((await client.command(`put 0 0 1 ${bytes}`, Buffer.alloc(bytes, '.'))).word === 'INSERTED');
    const puts = Number((await client.stats())['cmd-put']);
    await bed.finds({ beanstalks }, 4, {
      'binlog moves': ['error', /^its disk is full: it refuses jobs$/, /^Make room$/],
    });
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
