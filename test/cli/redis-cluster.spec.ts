// A Redis Cluster, of which the URL names one node.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisCluster } from '../support/redis-cluster.js';
import { testBed } from '../support/test-bed.js';
import { environmentOf } from './cli-bed.js';
import { ran } from './cli-run.js';

const bed = testBed();
let cluster: RedisCluster;

beforeAll(async () => {
  cluster = await RedisCluster.start();
});

afterAll(() => cluster.stop());

describe('a URL of one node of a Redis Cluster', () => {
  it('leads to the claims of all tubes, wherever their slots are', async () => {
    const [first] = cluster.nodes;
    const env = { ...environmentOf(bed), REDIS_URL: `redis://127.0.0.1:${first?.port}` };
    const masters = new Set<number>();
    for (let at = 0; masters.size < cluster.nodes.length; at++) {
      const tube = `cluster-${at}`;
      masters.add(await cluster.masterOf(tube));
      expect(await ran(['pause', tube, '--yes'], { env })).toMatchObject({
        code: 0,
        err: `No node has jobs or consumers of ${tube}: is the name right?\n`,
      });
      expect(await ran(['paused', tube], { env })).toMatchObject({ code: 0, out: expect.stringContaining(tube) });
      expect(await ran(['resume', tube], { env })).toMatchObject({ code: 0, err: '' });
    }
  });
});
