// A Redis Cluster, of which the URL names one node.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askRedis } from '../support/ask-redis.js';
import { RedisCluster } from '../support/redis-cluster.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { testBed } from '../support/test-bed.js';
import { environmentOf } from './cli-bed.js';
import { ran } from './cli-run.js';

const bed = testBed();
let cluster: RedisCluster;

beforeAll(async () => {
  cluster = await RedisCluster.start();
});

afterAll(() => cluster.stop());

/** A tube on each master, the first of them on the one that the URLs name. */
async function tubes(): Promise<readonly string[]> {
  const found: string[] = [];
  for (let at = 0; found.filter(Boolean).length < cluster.nodes.length; at++) {
    const tube = `slot-${at}`;
    found[await cluster.masterOf(tube)] ??= tube;
  }
  return found;
}

/** What becomes of an id that nobody has given. */
const UNKNOWN = { code: 1, out: expect.stringContaining('no claim knows it'), err: '' };

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

  it('leads there from far away', async () => {
    const far = await TcpProxy.listen(cluster.nodes[0]?.port ?? 0);
    far.delay(300);
    try {
      const env = { ...environmentOf(bed), REDIS_URL: `redis://${far.endpoint}` };
      const [, other = ''] = await tubes();
      const args = ['status', 'no-such-id', '--tube', other, '--timeout', '10s'];
      expect(await ran(args, { env })).toEqual(UNKNOWN);
    } finally {
      await far.close();
    }
  });

  it('leads there for a user whom it does not let ask INFO, and the doctor too', async () => {
    for (const { port } of cluster.nodes) {
      await askRedis(`redis://127.0.0.1:${port}`, (redis) =>
        redis.call('ACL', 'SETUSER', 'ops', 'on', '>secret', '~*', '+@all', '-info'),
      );
    }
    const env = { ...environmentOf(bed), REDIS_URL: `redis://ops:secret@127.0.0.1:${cluster.nodes[0]?.port}` };
    for (const tube of await tubes())
      expect(await ran(['status', 'no-such-id', '--tube', tube], { env })).toEqual(UNKNOWN);
    const { out } = await ran(['doctor', ...(await tubes()), '--json'], { env });
    const { findings } = JSON.parse(out) as { findings: { subject: string; check: string; level: string }[] };
    expect(findings.find(({ subject, check }) => subject === 'Redis Cluster' && check === 'slots')?.level).toBe('ok');
  });
});
