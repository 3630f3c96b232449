// The tools of the other tests are tried themselves: a kill that kills nothing would make every fault test pass.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Beanstalkd } from '../../scripts/servers.mjs';
import { askRedis } from './ask-redis.js';
import { startCluster, type TestCluster } from './cluster.js';
import { countResources, expectNoLeaks } from './leaks.js';
import { RawClient } from './raw-client.js';
import { settles, until } from './wait.js';

let cluster: TestCluster;
let port: number;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
  port = cluster.node(0).port;
});

afterAll(async () => {
  await cluster.stop();
});

describe('servers', () => {
  const first = () => cluster.node(0);
  const redis = () => cluster.redis;

  it('keep their jobs, their port and their data over kill -9', async () => {
    const before = await RawClient.connect(port);
    const id = await before.put('survivor', { tube: 'kept', delay: 100 });
    const oldPid = first().pid;
    await first().kill();
    expect(first().running).toBe(false);
    await expect(RawClient.connect(port)).rejects.toThrow('ECONNREFUSED');
    await expect(before.stats()).rejects.toThrow('closed');

    await first().restart();
    expect(first().pid).not.toBe(oldPid);
    expect(first().port).toBe(port);
    const after = await RawClient.connect(port);
    expect((await after.peek(id))?.body.toString()).toBe('survivor');
    expect(await after.statsJob(id)).toMatchObject({ state: 'delayed', tube: 'kept' });
    await after.delete(id);
    await after.close();
  });

  it('answer nothing while paused, and everything afterwards', async () => {
    const client = await RawClient.connect(port);
    await first().pause();
    const stats = client.stats();
    expect(await settles(stats, 150)).toBe(false);
    first().resume();
    expect((await stats)['pid']).toBe(String(first().pid));
    await client.close();
  });

  it('can be killed while paused', async () => {
    await first().pause();
    await first().kill();
    await first().restart();
    expect(first().running).toBe(true);
  });

  it('run Redis so that claims survive kill -9', async () => {
    await askRedis(redis().url, async (client) => {
      expect(await client.config('GET', 'maxmemory-policy')).toContain('noeviction');
      expect(await client.config('GET', 'appendonly')).toContain('yes');
      expect(await client.set('claim', 'done')).toBe('OK');
    });
    await redis().restart();
    expect(await askRedis(redis().url, (client) => client.get('claim'))).toBe('done');
  });

  it('say why one cannot start', async () => {
    const dir = `${first().dir}-second`;
    await expect(Beanstalkd.start({ dir, port })).rejects.toThrow(/address already in use/i);
  });

  it('leave no process and no folder behind', async () => {
    // Of those that ended a moment ago, Node lets go in its next turn.
    await until(() => countResources().get('ProcessWrap') === 2);
    const before = countResources();
    const other = await startCluster({ nodes: 1, redis: false, binlog: false });
    const node = other.node(0);
    expect(() => other.redis).toThrow('redis: false');
    expect(countResources().get('ProcessWrap')).toBe((before.get('ProcessWrap') ?? 0) + 1);
    await other.stop();
    expect(existsSync(node.dir)).toBe(false);
    await expectNoLeaks(before);
  });
});
