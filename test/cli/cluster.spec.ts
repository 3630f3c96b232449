// Servers that outlive the command: each command is another process, and the folder is all that they share.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import type { Member } from '../../lib/cli/cluster/cluster-state.js';
import { answering } from '../../lib/cli/cluster/daemon.js';
import { freePort, isFree } from '../../lib/cli/cluster/free-port.js';
import { isStopped, processIdentity } from '../../lib/cli/cluster/process-identity.js';
import { REDIS } from '../../lib/cli/cluster/server-program.js';
import { root } from '../../scripts/root.mjs';
import { RawClient } from '../support/raw-client.js';
import { until } from '../support/wait.js';
import { lines } from './cli-bed.js';
import { ran, type RunSetting } from './cli-run.js';

const PATH = process.env['PATH'] ?? '';
const NAMES = ['node-1', 'node-2', 'node-3', 'redis'];

interface Shown {
  readonly name: string;
  readonly state: string;
  readonly port: number;
  readonly pid: number | null;
}

let parent: string;
let dir: string;
let foreign: ChildProcess[];
let listeners: Server[];

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'nestjs-dq-cluster-'));
  dir = join(parent, 'data');
  foreign = [];
  listeners = [];
});

afterEach(async () => {
  const pids = members().flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  for (const child of foreign) child.kill('SIGKILL');
  await cluster('down');
  for (const listener of listeners) listener.close();
  rmSync(parent, { recursive: true, force: true });
  expect(pids.filter((pid) => /beanstalkd|redis-server/.test(commandOf(pid)))).toEqual([]);
});

function cluster(command: string, args: readonly string[] = [], setting: RunSetting = {}) {
  return ran(['cluster', command, '--data', dir, ...args], { env: { PATH }, ...setting });
}

async function servers(): Promise<Shown[]> {
  const { out, err } = await cluster('status', ['--json']);
  if (out === '') throw new Error(err);
  return (JSON.parse(out) as { servers: Shown[] }).servers;
}

async function server(name: string): Promise<Shown & { readonly pid: number }> {
  const found = (await servers()).find((one) => one.name === name);
  if (!found?.pid) throw new Error(`expected ${name} to have a pid`);
  return { ...found, pid: found.pid };
}

function members(): readonly Member[] {
  const file = join(dir, 'state.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { members: Member[] }).members : [];
}

function commandOf(pid: number): string {
  return spawnSync('ps', ['-o', 'stat=,args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.replace(/^Z.*/s, '');
}

async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await until(() => processIdentity(pid) === undefined);
}

async function listenOn(port: number): Promise<Server> {
  const listener = createServer((socket) => socket.destroy());
  listeners.push(listener);
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve));
  return listener;
}

async function fourFreePorts(): Promise<number> {
  for (;;) {
    const first = await freePort();
    const free = await Promise.all([1, 2, 3].map((more) => isFree(first + more)));
    if (free.every(Boolean)) return first;
  }
}

describe('cluster up', () => {
  it('starts three nodes and a Redis on this machine alone, and prints what applications read', async () => {
    const { code, out, err } = await cluster('up');
    const ports = (await servers()).map(({ port }) => port);
    expect({ code, out }).toEqual({
      code: 0,
      out: lines(
        `export DQ_BEANSTALKS=${ports
          .slice(0, 3)
          .map((port) => `127.0.0.1:${port}`)
          .join(',')}`,
        `export REDIS_URL=redis://127.0.0.1:${ports[3]}`,
      ),
    });
    expect(err.match(/^\S+ is up: 127\.0\.0\.1:\d+, pid \d+$/gm)).toHaveLength(4);
    for (const { pid } of await servers()) expect(commandOf(pid ?? 0)).toContain('127.0.0.1');
    const taken = spawnSync('sh', ['-c', `eval "$1"; env`, 'sh', out], { encoding: 'utf8', env: { PATH } }).stdout;
    for (const line of out.trim().split('\n')) expect(taken).toContain(line.replace('export ', ''));
  });

  it('run by another process leaves servers that later commands know', async () => {
    const loader = join(root, 'harness', 'typescript-loader.mjs');
    const main = join(root, 'lib', 'cli', 'main.ts');
    const command = (name: string) =>
      spawnSync(process.execPath, ['--import', loader, main, 'cluster', name], { cwd: parent, encoding: 'utf8' });
    dir = join(parent, '.nestjs-dq');
    expect(command('status')).toMatchObject({ status: 3, stderr: '' });
    expect(readdirSync(parent)).toEqual([]);
    const up = command('up');
    expect(up).toMatchObject({ status: 0 });
    const status = command('status');
    expect(status).toMatchObject({ status: 0, stderr: '' });
    expect(status.stdout).toMatch(/^SERVER {2}STATE {2}ADDRESS +PID\n(\S+ +up +127\.0\.0\.1:\d+ +\d+\n){4}/);
    expect(status.stdout.endsWith(up.stdout)).toBe(true);
    expect(status.stdout).toContain(`\nData and logs are in ${dir}.\n`);
    // Nobody commits their data by mistake.
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).toMatch(/^\*$/m);
    expect(command('down')).toMatchObject({ status: 0, stdout: `stopped 4 of 4 servers; data is kept in ${dir}\n` });
  });

  it('twice says that they are up already, and starts nothing', async () => {
    const first = await cluster('up');
    const before = await servers();
    expect(await cluster('up')).toEqual({ code: 0, out: first.out, err: 'All four are up already.\n' });
    expect(await servers()).toEqual(before);
    expect(JSON.parse((await cluster('up', ['--json'])).out)).toEqual({
      data: dir,
      up: true,
      servers: before,
      env: Object.fromEntries(
        first.out
          .trim()
          .split('\n')
          .map((line) => line.replace('export ', '').split('=')),
      ),
      started: [],
    });
  });

  it('at the same moment starts each server once', async () => {
    const both = await Promise.all([cluster('up'), cluster('up')]);
    expect(both.map(({ code }) => code).toSorted((one, other) => one - other)).toEqual([0, 1]);
    expect(both.map(({ err }) => err).join('')).toContain('Expected nobody in this data folder');
    expect((await servers()).map(({ state }) => state)).toEqual(['up', 'up', 'up', 'up']);
  });

  it('starts again what was killed, on its port and with its data', async () => {
    await cluster('up');
    const node = await server('node-2');
    const client = await RawClient.connect(node.port);
    const id = await client.put('kept', { tube: 'orders', delay: 100 });
    await client.close();
    await killed(node.pid);
    const status = await cluster('status');
    expect(status.code).toBe(3);
    expect(status.out).toMatch(new RegExp(`^node-2 +gone +127\\.0\\.0\\.1:${node.port}$`, 'm'));
    expect(status.out).not.toContain('export');
    expect(status.err).toBe('node-2 has ended, and not by down. up starts it again, with its data.\n');

    const { code, err } = await cluster('up');
    expect({ code, started: err.match(/^\S+(?= is up)/gm) }).toEqual({ code: 0, started: ['node-2'] });
    const again = await server('node-2');
    expect(again).toMatchObject({ port: node.port, state: 'up' });
    expect(again.pid).not.toBe(node.pid);
    const reader = await RawClient.connect(node.port);
    expect((await reader.peek(id))?.body.toString()).toBe('kept');
    await reader.close();
  });

  it('takes no other port where another program has that of earlier days', async () => {
    await cluster('up');
    await cluster('down');
    const port = members().find(({ name }) => name === 'node-3')?.port ?? 0;
    const listener = await listenOn(port);
    const refused = await cluster('up');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain(`Expected port ${port} of 127.0.0.1 to be free for node-3`);
    listener.close();
    expect(await cluster('up')).toMatchObject({ code: 0 });
  });

  it('takes ports in a row when it is told the first, also for data of earlier days, but for no server that runs', async () => {
    await cluster('up');
    const first = await fourFreePorts();
    const refused = await cluster('up', ['--port', String(first)]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('Expected node-1 to be down');
    await cluster('down');
    expect(await cluster('up', ['--port', String(first)])).toMatchObject({ code: 0 });
    expect((await servers()).map(({ port }) => port)).toEqual([first, first + 1, first + 2, first + 3]);
  });

  it.each(['0', '65533', '1e3', '-5', 'x'])('refuses %s for a first port', async (port) => {
    const { code, err } = await cluster('up', [`--port=${port}`]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('Expected --port from 1 to 65532') });
    expect(existsSync(dir)).toBe(false);
  });

  it('says which folder cannot be used', async () => {
    writeFileSync(dir, 'mine');
    const { code, err } = await cluster('up', ['--json']);
    expect({ code, error: (JSON.parse(err) as { error: object }).error }).toMatchObject({
      code: 1,
      error: { code: 'CLI_SYSTEM', message: expect.stringContaining(dir) },
    });
    rmSync(dir);
  });

  it('says how to install what is not on the PATH, and starts nothing', async () => {
    const { code, out, err } = await cluster('up', [], { env: { PATH: '' } });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('Expected beanstalkd and redis-server on this machine, found none.');
    expect(err).toContain('sudo apt-get install beanstalkd redis-server');
    expect(err).toContain('brew install beanstalkd redis');
    expect(err).toContain(`docker compose -f ${join(root, 'compose.yaml')} up -d`);
    expect(existsSync(dir)).toBe(false);
  });

  it('that is interrupted leaves nothing that down does not know', async () => {
    const programs = join(parent, 'bin');
    const deaf = '#!/bin/sh\nexec sleep 600\n';
    mkdirSync(programs);
    for (const name of ['beanstalkd', 'redis-server']) {
      writeFileSync(join(programs, name), deaf);
      chmodSync(join(programs, name), 0o755);
    }
    const interrupted = new AbortController();
    const up = cluster('up', [], { env: { PATH: `${programs}:${PATH}` }, signal: interrupted.signal });
    await until(() => members().length === 1);
    const pid = members()[0]?.pid ?? 0;
    interrupted.abort();
    expect(await up).toMatchObject({ code: 130, err: expect.stringContaining(`pid ${pid}, goes on; down ends it`) });
    expect(commandOf(pid)).toContain('sleep 600');
    expect((await cluster('down')).out).toContain('stopped 1 of 4');
    expect(commandOf(pid)).toBe('');
  });

  it('says why a server did not start, and leaves none that does not work', async () => {
    const programs = join(parent, 'bin');
    mkdirSync(programs);
    writeFileSync(join(programs, 'beanstalkd'), '#!/bin/sh\necho "no room on the disk"\nexit 5\n');
    chmodSync(join(programs, 'beanstalkd'), 0o755);
    const { code, err } = await cluster('up', [], { env: { PATH: `${programs}:${PATH}` } });
    expect(code).toBe(3);
    expect(err).toMatch(/node-1 ended on port \d+.*beanstalkd\.log: no room on the disk/);
  });
});

describe('a server that reads much data', () => {
  const self: Member = { name: 'redis', port: 0, pid: process.pid, identity: processIdentity(process.pid) ?? '' };

  /** Each look at the clock is a second later, so that a minute passes at once. */
  function hurrying() {
    let now = 0;
    return {
      ...systemClock,
      monotonic: () => (now += 1_000),
      after: (_: number, run: () => void) => systemClock.after(1, run),
    };
  }

  async function stub(replies: (asked: number) => string): Promise<number> {
    let asked = 0;
    const listener = createServer((socket) => {
      socket.once('data', () => socket.end(replies((asked += 1))));
      socket.on('error', () => undefined);
    });
    listeners.push(listener);
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    return (listener.address() as { port: number }).port;
  }

  const loading = (percent: number) =>
    `-LOADING Redis is loading the dataset in memory\r\nprocess_id:${process.pid}\r\nloading:1\r\nloading_loaded_perc:${percent}.00\r\n`;

  it('is waited for while it says so, with a word now and then', async () => {
    const port = await stub((asked) => (asked < 40 ? loading(asked) : `+PONG\r\nprocess_id:${process.pid}\r\n`));
    const said: string[] = [];
    const context = { clock: hurrying(), signal: new AbortController().signal, say: (line: string) => said.push(line) };
    await answering({ ...self, port }, { program: REDIS, path: '', port, dir: parent }, context);
    expect(said.length).toBeGreaterThan(3);
    expect(said[0]).toMatch(/^redis reads its data, \d+\.00 percent so far, since \d+ s$/);
  });

  it('is not waited for when it is deaf', async () => {
    const port = await freePort();
    const context = { clock: hurrying(), signal: new AbortController().signal, say: () => undefined };
    await expect(
      answering({ ...self, port }, { program: REDIS, path: '', port, dir: parent }, context),
    ).rejects.toThrow(`redis, pid ${process.pid}, does not answer on port ${port}`);
  });
});

describe('cluster down', () => {
  it('ends what up started, keeps data and ports, and says what it did', async () => {
    await cluster('up');
    const before = await servers();
    const client = await RawClient.connect(before[0]?.port ?? 0);
    const id = await client.put('kept', { tube: 'orders', delay: 100 });
    await client.close();
    expect(await cluster('down')).toEqual({
      code: 0,
      out: `stopped 4 of 4 servers; data is kept in ${dir}\n`,
      err: '',
    });
    for (const { pid } of before) expect(commandOf(pid ?? 0)).toBe('');
    expect(await servers()).toEqual(
      before.map((one) => ({ name: one.name, host: '127.0.0.1', state: 'down', port: one.port })),
    );
    expect((await cluster('down')).out).toContain('stopped 0 of 4');

    await cluster('up');
    expect((await servers()).map(({ port }) => port)).toEqual(before.map(({ port }) => port));
    const reader = await RawClient.connect(before[0]?.port ?? 0);
    expect((await reader.peek(id))?.body.toString()).toBe('kept');
    await reader.close();
  });

  it('does not end another process that has got the pid of one that is gone', async () => {
    await cluster('up');
    const node = await server('node-1');
    await killed(node.pid);
    const other = spawn('sleep', ['600'], { stdio: 'ignore' });
    foreign.push(other);
    const state = join(dir, 'state.json');
    writeFileSync(state, readFileSync(state, 'utf8').replace(`"pid": ${node.pid}`, `"pid": ${other.pid}`));
    expect(members()).toContainEqual(expect.objectContaining({ name: 'node-1', pid: other.pid }));
    expect((await servers())[0]).toMatchObject({ name: 'node-1', state: 'gone' });
    expect((await cluster('down')).out).toContain('stopped 3 of 4');
    expect(other.exitCode ?? other.signalCode).toBeNull();
    expect(commandOf(other.pid ?? 0)).toContain('sleep 600');
  });

  it('ends a server that stands still, of which status says that it does not answer', async () => {
    await cluster('up');
    const { pid } = await server('redis');
    process.kill(pid, 'SIGSTOP');
    await until(() => isStopped(pid));
    const status = await cluster('status');
    expect(status).toMatchObject({ code: 3 });
    expect(status.err).toContain(`redis, pid ${pid}, runs and does not answer`);
    expect((await cluster('down')).out).toContain('stopped 4 of 4');
    expect(commandOf(pid)).toBe('');
  });

  it('deletes data only for a yes, and nothing that it has not made', async () => {
    await cluster('up');
    const unasked = await cluster('down', ['--wipe']);
    expect(unasked).toMatchObject({ code: 2, out: '' });
    expect(unasked.err).toContain('--yes');
    const no = await cluster('down', ['--wipe'], { answers: ['n'] });
    expect(no).toMatchObject({ code: 1, out: '' });
    expect(no.err).toContain(dir);
    expect((await servers()).map(({ state }) => state)).toEqual(['up', 'up', 'up', 'up']);

    writeFileSync(join(dir, 'notes.txt'), 'mine');
    const yes = await cluster('down', ['--wipe'], { answers: ['y'] });
    expect(yes).toMatchObject({ code: 0, out: `stopped 4 of 4 servers; their data in ${dir} is deleted\n` });
    expect(readdirSync(dir)).toEqual(['notes.txt']);
    rmSync(join(dir, 'notes.txt'));

    await cluster('up');
    await cluster('down', ['--wipe', '--yes']);
    expect(existsSync(dir)).toBe(false);
  });

  it('deletes nothing of somebody else in folders with the names of servers', async () => {
    const own = join(dir, 'redis', 'redis.conf');
    mkdirSync(join(dir, 'redis'), { recursive: true });
    writeFileSync(own, 'mine');
    expect(await cluster('down', ['--wipe', '--yes'])).toMatchObject({ code: 0 });
    expect(readFileSync(own, 'utf8')).toBe('mine');
    await cluster('up');
    expect(await cluster('down', ['--wipe', '--yes'])).toMatchObject({ code: 0 });
    expect(readdirSync(dir)).toEqual(['redis']);
    expect(readdirSync(join(dir, 'redis'))).toEqual(['redis.conf']);
  });

  it('knows nothing in a folder without a cluster, and makes none', async () => {
    expect((await cluster('down')).out).toBe(`stopped 0 of 4 servers; data is kept in ${dir}\n`);
    expect(await cluster('down', ['--wipe', '--yes'])).toMatchObject({ code: 0 });
    expect(await cluster('status')).toMatchObject({ code: 3 });
    expect(existsSync(dir)).toBe(false);
  });

  it('touches nothing when what it knows was damaged', async () => {
    await cluster('up');
    const state = readFileSync(join(dir, 'state.json'), 'utf8');
    writeFileSync(join(dir, 'state.json'), state.slice(0, 40));
    const { code, err } = await cluster('down');
    expect(code).toBe(1);
    expect(err).toContain('end them by their pids');
    writeFileSync(join(dir, 'state.json'), state);
    expect((await servers()).map(({ state: shown }) => shown)).toEqual(NAMES.map(() => 'up'));
  });
});
