// One sign does not stand for the whole: looks that claims can do without, rights that are taken away, connections that flap, and nodes
// that take no new ones.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { DqEvent } from '../../lib/core/base/events.js';
import { DqEventLog } from '../../lib/nest/dq.event-log.js';
import { freePort } from '../../scripts/free-port.mjs';
import type { App } from '../support/app.js';
import type { Work } from '../support/consumer-process.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const run = promisify(execFile);
const lines: string[] = [];
const ends: (() => Promise<unknown>)[] = [];
let log: DqEventLog;
const onEvent = (event: DqEvent): void => log.write(event);

beforeEach(() => {
  lines.length = 0;
  const to = (line: string): void => void lines.push(line);
  log = new DqEventLog({ log: to, warn: to, error: to });
});
afterEach(async () => {
  log.flush();
  for (const end of ends.splice(0)) await end();
});
const bed = testBed();

async function user(...rules: readonly string[]): Promise<string> {
  await bed.redis((redis) => redis.call('ACL', 'SETUSER', 'shop', ...rules));
  ends.push(() => bed.redis((redis) => redis.call('ACL', 'DELUSER', 'shop')));
  return `redis://shop:pass@127.0.0.1:${bed.cluster.redis.port}`;
}

/** A Redis without these commands. The servers of this harness are known by INFO. */
async function renamed(...commands: readonly string[]): Promise<string> {
  const port = await freePort();
  const names = commands.flatMap((name) => ['--rename-command', name, `no-${name}`]);
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', ...names]);
  ends.push(async () => {
    server.kill();
    await once(server, 'exit');
  });
  for await (const bytes of server.stdout) if (String(bytes).includes('Ready to accept')) break;
  return `redis://127.0.0.1:${port}`;
}

/** An application on that Redis, with one tube. */
function shop(redis: string): { readonly app: App; readonly tube: string } {
  const tube = bed.tube();
  const app = bed.app({ tubes: [tube], redis, onEvent }).consume(tube);
  return { app, tube };
}

/** How often Redis has refused a command for want of a right. */
async function refusals(): Promise<number> {
  const entries = (await bed.redis((redis) => redis.call('ACL', 'LOG'))) as unknown[][];
  return entries.reduce((sum, entry) => sum + Number(entry[entry.indexOf('count') + 1]), 0);
}

const lostAndBack = (): string[] =>
  lines.filter((line) => /Redis (?:is|cannot)|Node .* (?:is|cannot)|No node/.test(line));

describe('a revoke by an id that may be of a plain job too', () => {
  it('is answered, and is no loss, where the user of Redis has no right to the keys of plain jobs', async () => {
    const rights = ['~dq:*', '+evalsha', '+eval', '+get', '+mget', '+set', '+pexpire', '+pttl', '+time', '+info'];
    const redis = await user('reset', 'on', '>pass', ...rights);
    const [tube, plain] = [bed.tube(), bed.tube()];
    const app = bed.app({ tubes: [tube, { name: plain, format: 'plain' }], redis, onEvent }).consume(tube);
    const id = '0123456789abcdef0123456789abcdef';
    const handle = await app.producer(tube).delay('x', 0, { id });
    await app.runs.next();
    await bed.drained();
    for (let time = 0; time < 3; time++) expect(await app.producer(tube).revoke(handle)).toBe('done');
    expect(lostAndBack()).toEqual([]);
    // Control: where it is of a plain job, nothing can be said without that right.
    const [endpoint] = bed.cluster.endpoints;
    await expect(app.producer(plain).revoke(`${endpoint}/${plain}/1,${id}`)).rejects.toThrow('NOPERM');
  });
});

describe('a right to other keys that is missing', () => {
  it('is a loss, and does not keep the jobs of dead consumers from being taken over', async () => {
    const redis = await user('reset', 'on', '>pass', '~dq:*', '+@all');
    const [tube, plain] = [bed.tube(), bed.tube()];
    const own = { lease: '1s' };
    const app = bed.app({ tubes: [tube, { name: plain, format: 'plain' }], redis, onEvent });
    const victim = await bed.consumer([tube], own);
    await app.producer<Work>(tube).delay({ name: 'job', act: 'wait' }, 0);
    await victim.begins('job');
    app.handle(tube, () => undefined, own).start();
    const handle = await app.producer(plain).delay('x', '1h');
    const refused = async (): Promise<unknown> =>
      app
        .producer(plain)
        .revoke(handle)
        .catch((error: unknown) => error);
    for (let time = 0; time < 3; time++) {
      expect(String(await refused())).toMatch('NOPERM');
      await until(() => app.eventsOf('store-back').length > 0);
    }
    expect(app.eventsOf('store-lost')).toHaveLength(2);

    await victim.kill();
    expect(await app.runs.next(1, { timeout: 20_000 })).toMatchObject([{ attempt: 2 }]);
    // The plain job, which nobody may take back.
    await bed.wipe();
  });
});

describe('a look that claims can do without', () => {
  it.each<[string, () => Promise<string>]>([
    ['that the user of Redis may not take', () => user('reset', 'on', '>pass', '~*', '+@all', '-info', '-config')],
    ['that this Redis has under another name', () => renamed('INFO', 'CONFIG', 'CLIENT')],
  ])('%s is worth one warning, and is no loss', async (_what, address) => {
    const { app, tube } = shop(await address());
    await app.producer(tube).delay('x', 0);
    await app.runs.next();
    await bed.drained();
    await until(() => app.eventsOf('store-warning').length > 0);
    expect(app.eventsOf('store-warning').map(({ reason }) => reason)).toEqual([expect.stringContaining('INFO')]);
    expect(lostAndBack()).toEqual([]);
  });

  it('is worth one warning however often Redis is dialled anew', async () => {
    const redis = await user('reset', 'on', '>pass', '~*', '+@all', '-info');
    const { app, tube } = shop(redis);
    for (let round = 1; round <= 3; round++) {
      await app.producer(tube).delay(round, 0);
      await app.runs.next(1, { timeout: 15_000 });
      await bed.redis((admin) => admin.call('CLIENT', 'KILL', 'USER', 'shop'));
      await app.event('store-lost');
      await until(() => app.events.at(-1)?.type !== 'store-lost');
    }
    const warnings = app.eventsOf('store-warning').filter(({ reason }) => reason.includes('INFO'));
    expect(warnings).toHaveLength(1);
  });
});

describe('a right that is taken away under way', () => {
  it('is told in a few lines, and Redis is back when it does what it refused', async () => {
    const redis = await user('reset', 'on', '>pass', '~*', '+@all');
    const { app, tube } = shop(redis);
    await app.producer(tube).delay('before', 0);
    await app.runs.next();
    await user('-evalsha');
    const jobs = Array.from({ length: 50 }, (_, at) => at);
    await Promise.all(jobs.map((at) => app.producer(tube).delay(at, 100 + 20 * at)));
    await app.event('store-lost');
    const before = await refusals();
    await until(async () => (await refusals()) >= before + 5, { timeout: 20_000 });
    expect(lostAndBack().length).toBeLessThanOrEqual(3);
    expect(lostAndBack()[0]).toMatch(/NOPERM.*\+evalsha/);
    expect(lostAndBack().at(-1)).toMatch(/is lost/);
    await user('+evalsha');
    await app.runs.next(50, { timeout: 20_000 });
    await until(() => app.events.some((event, at) => event.type === 'store-back' && at > 0), { timeout: 20_000 });
    await bed.drained();
  });
});

describe('a Redis that is lost and back over and over', () => {
  it('gives a few lines, with how often', async () => {
    const redis = await user('reset', 'on', '>pass', '~*', '+@all');
    const { app, tube } = shop(redis);
    await app.producer(tube).delay('before', 0);
    await app.runs.next();
    const admin = new Redis(bed.cluster.redisUrl);
    for (let kill = 0; kill < 20; kill++) {
      await until(async () => ((await admin.call('CLIENT', 'KILL', 'USER', 'shop')) as number) > 0);
      await sleep(50);
    }
    admin.disconnect();
    expect(lostAndBack().length).toBeLessThanOrEqual(4);
    const last = await until(() => app.eventsOf('store-back').find(({ losses = 1 }) => losses > 5), {
      timeout: 20_000,
    });
    expect(last.losses).toBeGreaterThan(10);
    expect(lostAndBack().at(-1)).toMatch(/^Redis is back after \d+ ms, in which it was lost \d+ times\.$/);
    await app.producer(tube).delay('after', 0);
    await app.runs.next();
    await bed.drained();
  });
});

describe('nodes that are short of descriptors', () => {
  const TUBES = 8;
  const limits: (() => Promise<unknown>)[] = [];
  const limit = (pid: number, files: number): Promise<unknown> =>
    run('prlimit', ['--pid', String(pid), `--nofile=${files}:`]);

  afterEach(async () => {
    for (const lift of limits.splice(0)) await lift();
  });

  /** Leaves each node room for so many more connections. */
  async function leaveRoom(connections: number): Promise<void> {
    for (const { pid } of bed.cluster.nodes) {
      const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
      // A new descriptor takes the lowest number that is free.
      const free = Array.from({ length: 1024 }, (_, at) => at).filter((number) => !open.has(number));
      limits.push(() => limit(pid, 1024));
      await limit(pid, free[connections]!);
    }
  }

  it('are not lost while they serve the connections that they have; that they take no others is told once', async () => {
    const tubes = Array.from({ length: TUBES }, () => bed.tube());
    await leaveRoom(4);
    const app: App = bed.app({ tubes, commandDeadline: 500, onEvent });
    for (const tube of tubes) app.handle(tube);
    app.start();
    const warned = (): Set<string> => new Set(app.eventsOf('node-warning').map(({ node }) => node));
    await until(() => warned().size === 3, { timeout: 20_000 });
    await sleep(3_000);
    expect(lostAndBack()).toEqual([]);
    expect(app.eventsOf('node-warning')).toHaveLength(3);
    expect(app.eventsOf('node-warning')[0]!.reason).toMatch(/short of descriptors.*ulimit -n/);
    // The control: all connections get in, and all tubes are served.
    for (const lift of limits.splice(0)) await lift();
    await Promise.all(tubes.map((tube) => app.producer(tube).delay(tube, 0)));
    await app.runs.next(TUBES, { timeout: 20_000 });
    await bed.drained();
  });
});
