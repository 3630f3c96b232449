// A node that takes connections and says nothing (SIGSTOP), and one that is cut off by the network.
import { describe, expect, it } from '@jest/globals';
import { DqQuorumError } from '../../lib/core/errors/quorum.error.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const DEADLINE = 5_000;
const bed = testBed();

/** Jobs that the node was ever given. */
async function totalJobs(node: number): Promise<number> {
  return bed.raw(node, async (client) => Number((await client.stats())['total-jobs']));
}

describe('one node of three hung', () => {
  it('delay does not wait for it, jobs run on time, and it is counted on again when it wakes', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: DEADLINE }).consume(tube);
    const producer = app.producer(tube);
    await producer.delay('before', 0);
    await app.runs.next();
    await bed.cluster.node(1).pause();

    for (let at = 0; at < 20; at++) await producer.delay(`hung ${at}`, 100);
    await app.runs.next(20);
    // All that before anybody knew that the node hangs.
    expect(app.eventsOf('node-lost')).toEqual([]);
    expect(await app.event('node-lost', 1, { timeout: 20_000 })).toMatchObject({
      node: bed.cluster.node(1).endpoint,
      reason: expect.stringContaining(`did not answer within ${DEADLINE} ms`),
    });

    bed.cluster.node(1).resume();
    await app.event('node-back', 1, { timeout: 20_000 });
    await until(async () => (await producer.delay('back', 0)).includes(bed.cluster.node(1).endpoint));
    await bed.drained();
    const ran = app.runs.all.map(({ data }) => data).filter((name) => name !== 'back');
    expect(new Set(ran).size).toBe(ran.length);
  });

  it('control: who needs all three waits for the deadline, and is told', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], minWrites: 3, commandDeadline: DEADLINE });
    await app.producer(tube).delay('before', '1m');
    await bed.cluster.node(1).pause();
    const writing = app.producer(tube).delay('x', '1m');
    await expect(writing).rejects.toThrow(DqQuorumError);
    expect(app.eventsOf('node-lost')).toHaveLength(1);
    bed.cluster.node(1).resume();
    await bed.wipe();
  });

  it('a node that is cut off without a word is left, and found again when the network heals', async () => {
    const tube = bed.tube();
    const proxy = await bed.proxy(bed.cluster.node(2));
    const beanstalks = [bed.cluster.node(0).endpoint, bed.cluster.node(1).endpoint, proxy.endpoint];
    const app = bed.app({ tubes: [tube], beanstalks, commandDeadline: 500 }).consume(tube);
    const producer = app.producer(tube);
    await producer.delay('before', 1_500);
    await bed.onEach(tube, 1);
    proxy.blackHole();
    await producer.delay('cut off', 1_500);
    await app.event('node-lost');
    await app.runs.next(2);

    proxy.pass();
    await app.event('node-back', 1, { timeout: 20_000 });
    await until(async () => (await producer.delay('back', 0)).includes(proxy.endpoint));
    await bed.drained();
    expect(app.runs.all.filter(({ data }) => data !== 'back')).toHaveLength(2);
  });
});

describe('two nodes of three hung', () => {
  it('delay rejects once their deadline is over, and the copies they take on waking never run', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: 2_000 }).consume(tube);
    const producer = app.producer(tube);
    await producer.delay('before', 0);
    await app.runs.next();
    await bed.drained();
    const before = [await totalJobs(0), await totalJobs(1)];
    await bed.cluster.node(0).pause();
    await bed.cluster.node(1).pause();

    const error = (await producer.delay('ghost', '8s').catch((thrown: unknown) => thrown)) as DqQuorumError;
    expect(error).toBeInstanceOf(DqQuorumError);
    expect(error.fate).toBe('withdrawn');
    const outcomes = new Map(error.nodes.map(({ endpoint, outcome }) => [endpoint, outcome]));
    expect(bed.cluster.endpoints.map((endpoint) => outcomes.get(endpoint))).toEqual([
      'unknown',
      'unknown',
      'withdrawn',
    ]);

    bed.cluster.node(0).resume();
    bed.cluster.node(1).resume();
    // They obey the puts that waited in their sockets: without the tombstone this job would run.
    await until(async () => (await totalJobs(0)) > before[0]! && (await totalJobs(1)) > before[1]!);
    await bed.drained();
    expect(app.runs.all.map(({ data }) => data)).toEqual(['before']);
  });

  it('control: without the tombstone the copies run when the nodes wake', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: 500 }).consume(tube);
    const producer = app.producer(tube);
    await producer.delay('before', 0);
    await app.runs.next();
    await bed.cluster.node(0).pause();
    await bed.cluster.node(1).pause();
    await expect(producer.delay('ghost', '2s')).rejects.toThrow(DqQuorumError);
    await bed.redis((redis) => redis.flushall());
    bed.cluster.node(0).resume();
    bed.cluster.node(1).resume();
    expect((await app.runs.next())[0]!.data).toBe('ghost');
    await bed.drained();
  });
});
