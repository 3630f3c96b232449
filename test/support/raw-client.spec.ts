import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from './cluster.js';
import { RawClient } from './raw-client.js';

let cluster: TestCluster;
let port: number;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, redis: false });
  port = cluster.node(0).port;
});

afterAll(async () => {
  await cluster.stop();
});

describe('raw client', () => {
  let client: RawClient;

  beforeEach(async () => {
    client = await RawClient.connect(port);
  });

  afterEach(async () => {
    await client.close();
  });

  it('puts, reserves, buries, kicks and deletes', async () => {
    const id = await client.put(Buffer.from([0, 13, 10, 255]), { tube: 'raw', priority: 7, ttr: 30 });
    expect(await client.statsJob(id)).toMatchObject({ pri: '7', ttr: '30', state: 'ready' });
    const job = await client.reserve('raw');
    expect(job).toEqual({ id, body: Buffer.from([0, 13, 10, 255]) });
    expect(await client.reserve('raw')).toBeUndefined();
    expect(await client.bury(id)).toBe(true);
    expect((await client.peekNext('buried', 'raw'))?.id).toBe(id);
    expect(await client.kick('raw', 10)).toBe(1);
    expect(await client.statsTube('raw')).toMatchObject({ name: 'raw', 'current-jobs-ready': '1' });
    expect(await client.listTubes()).toContain('raw');
    expect(await client.delete(id)).toBe(true);
    expect(await client.delete(id)).toBe(false);
    expect(await client.statsJob(id)).toBeUndefined();
  });

  it('reports words that a well-behaved client never sees', async () => {
    await expect(client.put('x', { ttr: 1.5 })).rejects.toThrow('BAD_FORMAT');
  });

  it('rejects what is pending when the connection ends', async () => {
    const pending = client.command('reserve-with-timeout 60');
    await client.close();
    await expect(pending).rejects.toThrow('closed');
  });
});
