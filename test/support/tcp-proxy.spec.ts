import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startCluster, type TestCluster } from './cluster.js';
import { countResources, expectNoLeaks, type Census } from './leaks.js';
import { RawClient } from './raw-client.js';
import { TcpProxy } from './tcp-proxy.js';
import { settles, until } from './wait.js';

let cluster: TestCluster;
let port: number;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1, redis: false });
  port = cluster.node(0).port;
});

afterAll(async () => {
  await cluster.stop();
});

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

describe('tcp proxy', () => {
  let before: Census;
  let proxy: TcpProxy;
  let client: RawClient;

  beforeEach(async () => {
    before = countResources();
    proxy = await TcpProxy.listen(port);
    client = await RawClient.connect(proxy.port);
    await client.listTubes();
  });

  afterEach(async () => {
    await client.close();
    await proxy.close();
    await expectNoLeaks(before);
  });

  it('passes bytes both ways, large ones too', async () => {
    const body = Buffer.alloc(65_000, 'x');
    const id = await client.put(body);
    expect((await client.peek(id))?.body.equals(body)).toBe(true);
    await client.delete(id);
  });

  it('delays each way', async () => {
    const ask = (): Promise<number> => elapsed(() => client.listTubes());
    /** Of five, which a busy machine does not hold up all. */
    const quickest = async (): Promise<number> =>
      Math.min(await ask(), await ask(), await ask(), await ask(), await ask());
    expect(await quickest()).toBeLessThan(100);
    proxy.delay(60);
    expect(await quickest()).toBeGreaterThanOrEqual(119);
    proxy.pass();
    expect(await quickest()).toBeLessThan(100);
  });

  it('drips byte by byte', async () => {
    proxy.set({ kind: 'pass' }, { kind: 'drip', everyMs: 5 });
    // "NOT_FOUND\r\n" is eleven bytes, ten pauses.
    expect(await elapsed(() => client.delete(4_000_000_000))).toBeGreaterThanOrEqual(45);
  });

  it('holds everything in a partition, and delivers it when healed', async () => {
    proxy.partition();
    const tubes = client.listTubes();
    expect(await settles(tubes, 100)).toBe(false);
    proxy.pass();
    expect(await tubes).toContain('default');
  });

  it('swallows replies while commands get through', async () => {
    proxy.blackHole('toClient');
    const put = client.put('heard', { tube: 'one-way' });
    put.catch(() => undefined);
    expect(await settles(put, 100)).toBe(false);
    // The `use` arrived, though its reply did not; the put waits for that reply for ever, even after the hole has closed.
    const outside = await RawClient.connect(port);
    expect(await outside.statsTube('one-way')).toMatchObject({ 'current-using': '1' });
    proxy.pass();
    expect(await settles(put, 100)).toBe(false);
    // The healed network carries the end of the connection, which frees the server's side.
    await client.close();
    await expect(put).rejects.toThrow('closed');
    await until(async () => (await outside.statsTube('one-way')) === undefined);
    await outside.close();
  });

  it('swallows commands', async () => {
    proxy.blackHole('toServer');
    const put = client.put('unheard', { tube: 'no-way' });
    put.catch(() => undefined);
    expect(await settles(put, 100)).toBe(false);
    const outside = await RawClient.connect(port);
    expect(await outside.statsTube('no-way')).toBeUndefined();
    await outside.close();
  });

  it('refuses new connections, keeps the old, and accepts again on the same port', async () => {
    const samePort = proxy.port;
    await proxy.refuse();
    await expect(RawClient.connect(samePort)).rejects.toThrow('ECONNREFUSED');
    expect(await client.listTubes()).toContain('default');
    await proxy.listen();
    const second = await RawClient.connect(samePort);
    expect(await second.listTubes()).toContain('default');
    expect(proxy.connections).toBe(2);
    await second.close();
  });

  it('cuts: both ends hear of it', async () => {
    const held = await client.put('held', { tube: 'cut' });
    await client.reserve('cut');
    proxy.cut();
    await expect(client.stats()).rejects.toThrow('closed');
    const outside = await RawClient.connect(port);
    await until(async () => (await outside.statsJob(held))?.['state'] === 'ready');
    await outside.delete(held);
    await outside.close();
  });

  it('half-open: the server hears of it and the client does not', async () => {
    const held = await client.put('held', { tube: 'half' });
    await client.reserve('half');
    proxy.halfOpen();
    const outside = await RawClient.connect(port);
    await until(async () => (await outside.statsJob(held))?.['state'] === 'ready');
    const stats = client.stats();
    stats.catch(() => undefined);
    expect(await settles(stats, 100)).toBe(false);
    expect(proxy.connections).toBe(1);
    await outside.delete(held);
    await outside.close();
  });

  it('lets the client hear when the server dies', async () => {
    const other = await startCluster({ nodes: 1, redis: false });
    const front = await TcpProxy.listen(other.node(0).port);
    const through = await RawClient.connect(front.port);
    const pending = through.command('reserve-with-timeout 60');
    pending.catch(() => undefined);
    await until(() => front.connections === 1);
    await other.node(0).kill();
    await expect(pending).rejects.toThrow('closed');
    await front.close();
    await other.stop();
  });
});
