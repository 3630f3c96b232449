// `nestjs-dq cluster down`, and how long a server that starts is waited for.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../lib/core/base/clock.js';
import type { Member } from '../../lib/cli/cluster/cluster-state.js';
import { answering } from '../../lib/cli/cluster/daemon.js';
import { freePort } from '../../lib/cli/cluster/free-port.js';
import { isStopped, processIdentity } from '../../lib/cli/cluster/process-identity.js';
import { REDIS } from '../../lib/cli/cluster/server-program.js';
import { until } from '../support/wait.js';
import { clusterBed, commandOf, killed, peek, put } from './cluster-bed.js';

const bed = clusterBed();

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
    const listener = await bed.listenOn(0, (socket) => {
      socket.once('data', () => socket.end(replies((asked += 1))));
      socket.on('error', () => undefined);
    });
    return (listener.address() as { port: number }).port;
  }

  const loading = (percent: number) =>
    `-LOADING Redis is loading the dataset in memory\r\nprocess_id:${process.pid}\r\nloading:1\r\nloading_loaded_perc:${percent}.00\r\n`;

  it('is waited for while it says so, with a word now and then', async () => {
    const port = await stub((asked) => (asked < 40 ? loading(asked) : `+PONG\r\nprocess_id:${process.pid}\r\n`));
    const said: string[] = [];
    const context = { clock: hurrying(), say: (line: string) => said.push(line) };
    await answering({ ...self, port }, { program: REDIS, dir: bed.parent }, context);
    expect(said.length).toBeGreaterThan(3);
    expect(said[0]).toMatch(/^redis reads its data, \d+\.00 percent so far, since \d+ s$/);
  });

  it('is not waited for when it is deaf', async () => {
    const port = await freePort();
    const waiting = answering({ ...self, port }, { program: REDIS, dir: bed.parent }, { clock: hurrying() });
    await expect(waiting).rejects.toThrow(`redis, pid ${process.pid}, does not answer on port ${port}`);
  });
});

describe('cluster down', () => {
  it('ends what up started, keeps data and ports, and says what it did', async () => {
    await bed.run('up');
    const before = await bed.servers();
    const id = await put(before[0]?.port ?? 0);
    expect(await bed.run('down')).toEqual({
      code: 0,
      out: `stopped 4 of 4 servers; data is kept in ${bed.dir}\n`,
      err: '',
    });
    for (const { pid } of before) expect(commandOf(pid ?? 0)).toBe('');
    expect(await bed.servers()).toEqual(
      before.map((one) => ({ name: one.name, host: '127.0.0.1', state: 'down', port: one.port })),
    );
    expect((await bed.run('down')).out).toContain('stopped 0 of 4');

    await bed.run('up');
    expect((await bed.servers()).map(({ port }) => port)).toEqual(before.map(({ port }) => port));
    expect(await peek(before[0]?.port ?? 0, id)).toBe('kept');
  });

  it('does not end another process that has got the pid of one that is gone', async () => {
    await bed.run('up');
    const node = await bed.server('node-1');
    await killed(node.pid);
    const other = spawn('sleep', ['600'], { stdio: 'ignore' });
    bed.foreign.push(other);
    const state = join(bed.dir, 'state.json');
    writeFileSync(state, readFileSync(state, 'utf8').replace(`"pid": ${node.pid}`, `"pid": ${other.pid}`));
    expect(bed.members()).toContainEqual(expect.objectContaining({ name: 'node-1', pid: other.pid }));
    expect((await bed.servers())[0]).toMatchObject({ name: 'node-1', state: 'gone' });
    expect((await bed.run('down')).out).toContain('stopped 3 of 4');
    expect(other.exitCode ?? other.signalCode).toBeNull();
    expect(commandOf(other.pid ?? 0)).toContain('sleep 600');
  });

  it('ends a server that stands still, of which status says that it does not answer', async () => {
    await bed.run('up');
    const { pid } = await bed.server('redis');
    process.kill(pid, 'SIGSTOP');
    await until(() => isStopped(pid));
    const status = await bed.run('status');
    expect(status).toMatchObject({ code: 3 });
    expect(status.err).toContain(`redis, pid ${pid}, runs and does not answer`);
    expect((await bed.run('down')).out).toContain('stopped 4 of 4');
    expect(commandOf(pid)).toBe('');
  });

  it('deletes data only for a yes, and nothing that it has not made', async () => {
    await bed.run('up');
    const unasked = await bed.run('down', ['--wipe']);
    expect(unasked).toMatchObject({ code: 2, out: '' });
    expect(unasked.err).toContain('--yes');
    const no = await bed.run('down', ['--wipe'], { answers: ['n'] });
    expect(no).toMatchObject({ code: 1, out: '' });
    expect(no.err).toContain(bed.dir);
    expect((await bed.servers()).map(({ state }) => state)).toEqual(['up', 'up', 'up', 'up']);

    writeFileSync(join(bed.dir, 'notes.txt'), 'mine');
    const yes = await bed.run('down', ['--wipe'], { answers: ['y'] });
    expect(yes).toMatchObject({ code: 0, out: `stopped 4 of 4 servers; their data in ${bed.dir} is deleted\n` });
    expect(readdirSync(bed.dir)).toEqual(['notes.txt']);
    rmSync(join(bed.dir, 'notes.txt'));

    await bed.run('up');
    await bed.run('down', ['--wipe', '--yes']);
    expect(existsSync(bed.dir)).toBe(false);
  });

  it('deletes nothing of somebody else in folders with the names of servers', async () => {
    const own = join(bed.dir, 'redis', 'redis.conf');
    mkdirSync(join(bed.dir, 'redis'), { recursive: true });
    writeFileSync(own, 'mine');
    expect(await bed.run('down', ['--wipe', '--yes'])).toMatchObject({ code: 0 });
    expect(readFileSync(own, 'utf8')).toBe('mine');
    await bed.run('up');
    expect(await bed.run('down', ['--wipe', '--yes'])).toMatchObject({ code: 0 });
    expect(readdirSync(bed.dir)).toEqual(['redis']);
    expect(readdirSync(join(bed.dir, 'redis'))).toEqual(['redis.conf']);
  });

  it('knows nothing in a folder without a cluster, and makes none', async () => {
    expect((await bed.run('down')).out).toBe(`stopped 0 of 4 servers; data is kept in ${bed.dir}\n`);
    expect(await bed.run('down', ['--wipe', '--yes'])).toMatchObject({ code: 0 });
    expect(await bed.run('status')).toMatchObject({ code: 3 });
    expect(existsSync(bed.dir)).toBe(false);
  });

  it('touches nothing when what it knows was damaged', async () => {
    await bed.run('up');
    const state = readFileSync(join(bed.dir, 'state.json'), 'utf8');
    writeFileSync(join(bed.dir, 'state.json'), state.slice(0, 40));
    const { code, err } = await bed.run('down');
    expect(code).toBe(1);
    expect(err).toContain('end them by their pids');
    writeFileSync(join(bed.dir, 'state.json'), state);
    expect((await bed.servers()).map(({ state: shown }) => shown)).toEqual(['up', 'up', 'up', 'up']);
  });
});
