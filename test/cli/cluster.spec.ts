// `nestjs-dq cluster up`, and what its servers say while they start.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import { isAlive } from '../../lib/cli/cluster/cluster-state.js';
import { DevCluster } from '../../lib/cli/cluster/dev-cluster.js';
import { freePort, isFree } from '../../lib/cli/cluster/free-port.js';
import { root } from '../../scripts/root.mjs';
import { until } from '../support/wait.js';
import { lines } from './cli-bed.js';
import { clusterBed, commandOf, killed, PATH, peek, put } from './cluster-bed.js';

const bed = clusterBed();

async function fourFreePorts(): Promise<number> {
  for (;;) {
    const first = await freePort();
    const free = await Promise.all([1, 2, 3].map((more) => isFree(first + more)));
    if (free.every(Boolean)) return first;
  }
}

describe('cluster up', () => {
  it('starts three nodes and a Redis on this machine alone, and prints what applications read', async () => {
    const { code, out, err } = await bed.run('up');
    const ports = (await bed.servers()).map(({ port }) => port);
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
    for (const { pid } of await bed.servers()) expect(commandOf(pid ?? 0)).toContain('127.0.0.1');
    const taken = spawnSync('sh', ['-c', `eval "$1"; env`, 'sh', out], { encoding: 'utf8', env: { PATH } }).stdout;
    for (const line of out.trim().split('\n')) expect(taken).toContain(line.replace('export ', ''));
  });

  it('run by another process leaves servers that later commands know', async () => {
    const loader = join(root, 'harness', 'typescript-loader.mjs');
    const main = join(root, 'lib', 'cli', 'main.ts');
    const command = (name: string) =>
      spawnSync(process.execPath, ['--import', loader, main, 'cluster', name], { cwd: bed.parent, encoding: 'utf8' });
    bed.dir = join(bed.parent, '.nestjs-dq');
    expect(command('status')).toMatchObject({ status: 3, stderr: '' });
    expect(readdirSync(bed.parent)).toEqual([]);
    const up = command('up');
    expect(up).toMatchObject({ status: 0 });
    const status = command('status');
    expect(status).toMatchObject({ status: 0, stderr: '' });
    expect(status.stdout).toMatch(/^SERVER {2}STATE {2}ADDRESS +PID\n(\S+ +up +127\.0\.0\.1:\d+ +\d+\n){4}/);
    expect(status.stdout.endsWith(up.stdout)).toBe(true);
    expect(status.stdout).toContain(`\nData and logs are in ${bed.dir}.\n`);
    // Nobody commits their data by mistake.
    expect(readFileSync(join(bed.dir, '.gitignore'), 'utf8')).toMatch(/^\*$/m);
    expect(command('down')).toMatchObject({
      status: 0,
      stdout: `stopped 4 of 4 servers; data is kept in ${bed.dir}\n`,
    });
  });

  it('twice says that they are up already, and starts nothing', async () => {
    const first = await bed.run('up');
    const before = await bed.servers();
    expect(await bed.run('up')).toEqual({ code: 0, out: first.out, err: 'All four are up already.\n' });
    expect(await bed.servers()).toEqual(before);
    expect(JSON.parse((await bed.run('up', ['--json'])).out)).toEqual({
      data: bed.dir,
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
    const both = await Promise.all([bed.run('up'), bed.run('up')]);
    expect(both.map(({ code }) => code).toSorted((one, other) => one - other)).toEqual([0, 1]);
    expect(both.map(({ err }) => err).join('')).toContain('Expected nobody in this data folder');
    expect((await bed.servers()).map(({ state }) => state)).toEqual(['up', 'up', 'up', 'up']);
  });

  it('starts again what was killed, on its port and with its data', async () => {
    await bed.run('up');
    const node = await bed.server('node-2');
    const id = await put(node.port);
    await killed(node.pid);
    const status = await bed.run('status');
    expect(status.code).toBe(3);
    expect(status.out).toMatch(new RegExp(`^node-2 +gone +127\\.0\\.0\\.1:${node.port}$`, 'm'));
    expect(status.out).not.toContain('export');
    expect(status.err).toBe('node-2 has ended, and not by down. up starts it again, with its data.\n');

    const { code, err } = await bed.run('up');
    expect({ code, started: err.match(/^\S+(?= is up)/gm) }).toEqual({ code: 0, started: ['node-2'] });
    const again = await bed.server('node-2');
    expect(again).toMatchObject({ port: node.port, state: 'up' });
    expect(again.pid).not.toBe(node.pid);
    expect(await peek(node.port, id)).toBe('kept');
  });

  it('takes no other port where another program has that of earlier days', async () => {
    await bed.run('up');
    await bed.run('down');
    const port = bed.members().find(({ name }) => name === 'node-3')?.port ?? 0;
    const listener = await bed.listenOn(port);
    const refused = await bed.run('up');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain(`Expected port ${port} of 127.0.0.1 to be free for node-3`);
    listener.close();
    expect(await bed.run('up')).toMatchObject({ code: 0 });
  });

  it('takes ports in a row when it is told the first, also for data of earlier days, but for no server that runs', async () => {
    await bed.run('up');
    const first = await fourFreePorts();
    const refused = await bed.run('up', ['--port', String(first)]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('Expected node-1 to be down');
    await bed.run('down');
    expect(await bed.run('up', ['--port', String(first)])).toMatchObject({ code: 0 });
    expect((await bed.servers()).map(({ port }) => port)).toEqual([first, first + 1, first + 2, first + 3]);
  });

  it.each(['0', '65533', '1e3', '-5', 'x'])('refuses %s for a first port', async (port) => {
    const { code, err } = await bed.run('up', [`--port=${port}`]);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('Expected --port from 1 to 65532') });
    expect(existsSync(bed.dir)).toBe(false);
  });

  it('says which folder cannot be used', async () => {
    writeFileSync(bed.dir, 'mine');
    const { code, err } = await bed.run('up', ['--json']);
    expect({ code, error: (JSON.parse(err) as { error: object }).error }).toMatchObject({
      code: 1,
      error: { code: 'CLI_SYSTEM', message: expect.stringContaining(bed.dir) },
    });
    rmSync(bed.dir);
  });

  it('says how to install what is not on the PATH, and starts nothing', async () => {
    const { code, out, err } = await bed.run('up', [], { env: { PATH: '' } });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('Expected beanstalkd and redis-server on this machine, found none.');
    expect(err).toContain('sudo apt-get install beanstalkd redis-server');
    expect(err).toContain('brew install beanstalkd redis');
    expect(err).toContain(`docker compose -f ${join(root, 'compose.yaml')} up -d`);
    expect(existsSync(bed.dir)).toBe(false);
  });

  it('that is interrupted leaves nothing that down does not know', async () => {
    const deaf = 'exec sleep 600';
    const path = bed.pathWith({ beanstalkd: deaf, 'redis-server': deaf });
    const interrupted = new AbortController();
    const up = bed.run('up', [], { ...path, signal: interrupted.signal });
    await until(() => bed.members().length === 1);
    const pid = bed.members()[0]?.pid ?? 0;
    interrupted.abort();
    expect(await up).toMatchObject({ code: 130, err: expect.stringContaining(`pid ${pid}, goes on; down ends it`) });
    expect(commandOf(pid)).toContain('sleep 600');
    expect((await bed.run('down')).out).toContain('stopped 1 of 4');
    expect(commandOf(pid)).toBe('');
  });

  it('that is interrupted when a server has just found its port taken starts no other one', async () => {
    const started = join(bed.parent, 'started');
    const taken = `echo started >> '${started}'; echo 'address already in use'; exit 5`;
    const path = bed.pathWith({ beanstalkd: taken }).env.PATH;
    const interrupted = new AbortController();
    let looks = 0;
    // Its second look at the clock comes behind its first question: by then the server is to be gone.
    const monotonic = (): number => {
      if ((looks += 1) === 2) {
        while (bed.members().some(isAlive));
        interrupted.abort();
      }
      return systemClock.monotonic();
    };
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    const clock = { ...systemClock, monotonic };
    const up = new DevCluster({ dir: bed.dir, path, clock, signal: interrupted.signal, say }).up();
    const ended = await up.catch((error: unknown) => error);
    expect([readFileSync(started, 'utf8'), said]).toEqual(['started\n', []]);
    expect(ended).toMatchObject({ code: 'CLI_INTERRUPTED' });
  });

  it('says why a server did not start, and leaves none that does not work', async () => {
    const path = bed.pathWith({ beanstalkd: 'echo "no room on the disk"\nexit 5' });
    const { code, err } = await bed.run('up', [], path);
    expect(code).toBe(3);
    expect(err).toMatch(/node-1 ended on port \d+.*beanstalkd\.log: no room on the disk/);
  });
});
