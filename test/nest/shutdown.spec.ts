import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AppProcess } from '../../harness/app-process.mjs';
import { testBed } from '../support/test-bed.js';
import { settles, until } from '../support/wait.js';
import type { ShutdownSetup } from './shutdown-setup.js';

/** An application in a process of its own. */
class Child extends AppProcess {
  constructor(setup: ShutdownSetup) {
    const script = join(import.meta.dirname, 'shutdown-script.ts');
    super({ name: 'the application', script, args: [JSON.stringify(setup)], output: 'lines' });
  }

  async says(line: string): Promise<void> {
    await this.told(() => this.lines.includes(line), { what: `the line "${line}"` });
  }
}

let child: Child | undefined;
let tube: string;

afterEach(async () => {
  await child?.kill();
  child = undefined;
  await bed.wipe();
});
// Its own hooks look for what is left open: they come after the one above.
const bed = testBed();

/** A child that runs a job now. */
async function busy(mode: ShutdownSetup['mode']): Promise<Child> {
  tube = bed.tube();
  const app = bed.app({ tubes: [tube] });
  await app.producer(tube).delay('job', 0);
  await app.close();
  child = new Child({ mode, servers: bed.servers, tube });
  await child.says('running');
  await child.says('listening');
  return child;
}

/** Resolves when the job is ready for others on all nodes: a busy one sees the end of a connection later. */
async function ready(): Promise<void> {
  await until(async () => (await bed.copiesOnEach(tube)).every(({ ready }) => ready === 1));
}

describe('SIGTERM', () => {
  it('lets the running job end, and the process with the signal, as Nest does', async () => {
    const app = await busy('hooks');
    app.signal('SIGTERM');
    expect(await app.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(app.lines.slice(2)).toEqual(['done', 'destroyed', 'shut down by SIGTERM']);
    expect(await bed.waiting('dq-default')).toBeGreaterThanOrEqual(2);
    expect(await bed.claims()).toHaveLength(1);
  });

  it('ends with code 0 where the application says so', async () => {
    const app = await busy('exit');
    app.signal('SIGTERM');
    expect(await app.ended).toEqual({ code: 0, signal: null });
    expect(app.lines.slice(2)).toEqual(['done', 'destroyed', 'shut down by SIGTERM']);
  });

  it('waits no longer than the deadline, and the job is ready for others', async () => {
    const app = await busy('stuck');
    app.signal('SIGTERM');
    expect(await app.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(app.lines.slice(2)).toContain('shut down by SIGTERM');
    await ready();
  });

  it('ends the process at once without the hooks, and the job comes back', async () => {
    const app = await busy('unhooked');
    app.signal('SIGTERM');
    expect(await app.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(app.lines.slice(2)).toEqual([]);
    await ready();
  });
});

describe('an application that closes itself leaves nothing that keeps its process alive', () => {
  it('after a job', async () => {
    const app = await busy('close');
    expect(await app.ended).toEqual({ code: 0, signal: null });
    expect(app.lines).toEqual(expect.arrayContaining(['done', 'destroyed', 'shut down by itself']));
  });

  it('at once, though neither Redis nor a node ever answered', async () => {
    const silent = createServer((socket) => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const beanstalks = ['127.0.0.1', '127.0.0.2', '127.0.0.3'].map((host) => `${host}:${port}`);
    child = new Child({ mode: 'early', servers: { beanstalks, redis: `redis://127.0.0.1:${port}` }, tube: bed.tube() });
    try {
      // The deadlines of commands are a minute there.
      await child.says('shut down by itself');
      expect(await settles(child.ended, 5_000)).toBe(true);
      expect(await child.ended).toEqual({ code: 0, signal: null });
    } finally {
      silent.close();
    }
  });
});
