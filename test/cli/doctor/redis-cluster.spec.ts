// What the doctor finds of a Redis Cluster.
import { describe, expect, it, jest } from '@jest/globals';
import { RedisCluster } from '../../support/redis-cluster.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { doctorBed } from './doctor-bed.js';

const bed = doctorBed();

describe('a Redis Cluster, by the address of one node', () => {
  it('is looked at on each master, and in the slots of all tubes; one whose master is gone is an error', async () => {
    const cluster = await RedisCluster.start();
    bed.later(() => cluster.stop());
    const redis = `redis://127.0.0.1:${cluster.nodes[0]!.port}`;
    const tubes = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const well = await bed.finds({ redis, args: tubes }, 0, {});
    expect(well.findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    for (const { host, port } of cluster.nodes) expect(well.one('eviction', `Redis ${host}:${port}`).level).toBe('ok');

    const proxy = await TcpProxy.listen(cluster.nodes[0]!.port);
    bed.later(() => proxy.close());
    proxy.delay(180);
    const far = await bed.finds({ redis: `redis://${proxy.endpoint}`, args: tubes }, 0, {});
    expect(far.findings.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(await cluster.claims()).toEqual([]);

    const masters = await Promise.all(tubes.map((tube) => cluster.masterOf(tube)));
    const lost = tubes.find((_, at) => masters[at] !== 0)!;
    await cluster.killMasterOf(lost);
    // Where nobody says which master to ask, ioredis takes one by chance: here each in turn, the dead one too.
    for (const chance of [0, 0.5, 0.99]) {
      const dice = jest.spyOn(Math, 'random').mockReturnValue(chance);
      const ill = await bed.diagnose({ redis, args: ['--timeout', '1s', ...tubes] });
      dice.mockRestore();
      expect(ill.code).toBeGreaterThanOrEqual(3);
      const failing = ill.of('tubes', 'Redis Cluster').filter(({ level }) => level === 'error');
      expect(failing.map(({ found }) => found).join()).toMatch(new RegExp(`fail for .*\\b${lost}\\b`));
    }
  });
});
