// kill -9 of one node is not felt; of two, it is told.
import { describe, expect, it } from '@jest/globals';
import { DqQuorumError } from '../../lib/core/errors/quorum.error.js';
import type { App } from '../support/app.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

const copiesOf = (handle: string): number => handle.split(',').length - 1;
const names = (app: App): string[] => app.runs.all.map(({ data }) => String(data));

async function schedule(app: App, tube: string, name: string, delay: number): Promise<string[]> {
  const each = Array.from({ length: 20 }, (_, at) => `${name} ${at}`);
  return Promise.all(each.map((data) => app.producer(tube).delay(data, delay)));
}

describe('one node of three killed', () => {
  it('jobs scheduled before and after run once, and its old copies are cleaned away when it is back', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube);
    const before = await schedule(app, tube, 'before', 2_500);
    await bed.cluster.node(0).kill();
    const after = await schedule(app, tube, 'after', 1_500);
    // The third may take longer than a handle waits for it.
    expect(before.every((handle) => copiesOf(handle) >= 2)).toBe(true);
    expect(after.map(copiesOf)).toEqual(Array.from({ length: 20 }, () => 2));
    expect(after.join()).not.toContain(bed.cluster.node(0).endpoint);

    const runs = await app.runs.next(40);
    expect(runs.every(({ atMs, dueMs }) => atMs >= dueMs)).toBe(true);
    expect(app.eventsOf('node-lost').map(({ node }) => node)).toEqual([bed.cluster.node(0).endpoint]);

    await bed.cluster.node(0).restart();
    expect((await bed.copies(0)).buried).toBe(0);
    await app.event('node-back');
    await bed.drained();
    expect(app.runs.all).toHaveLength(40);
  });

  it('control: a copy that comes back without its claim runs again', async () => {
    const tube = bed.tube();
    const first = bed.handling(tube);
    await first.producer(tube).delay('again', 3_000);
    await bed.onEach(tube, 1);
    await bed.cluster.node(0).kill();
    await first.runs.next();
    await first.close();
    await bed.redis((redis) => redis.flushall());
    await bed.cluster.node(0).restart();
    const second = bed.handling(tube);
    expect((await second.runs.next())[0]!.data).toBe('again');
    await bed.drained();
  });

  it('all nodes killed at once: what was scheduled runs after their restart', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube);
    await schedule(app, tube, 'kept', 2_000);
    await Promise.all(bed.cluster.nodes.map((node) => node.kill()));
    await app.event('node-lost', 3);
    await Promise.all(bed.cluster.nodes.map((node) => node.restart()));
    await app.runs.next(20, { timeout: 20_000 });
    await bed.drained();
    expect(new Set(names(app)).size).toBe(20);
    expect(app.runs.all).toHaveLength(20);
    expect(app.runs.all.every(({ atMs, dueMs }) => atMs >= dueMs)).toBe(true);
  });
});

describe('two nodes of three killed', () => {
  it('delay rejects with the outcome of each node, and the job never runs', async () => {
    const tube = bed.tube();
    const app = bed.handling(tube);
    const producer = app.producer(tube);
    await producer.delay('before', 0);
    await app.runs.next();
    const [one, two, three] = bed.cluster.endpoints;
    await Promise.all([bed.cluster.node(0).kill(), bed.cluster.node(1).kill()]);

    const error = await producer.delay('refused', 1_500).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DqQuorumError);
    const { nodes, fate, code, message } = error as DqQuorumError;
    const outcomes = new Map(nodes.map(({ endpoint, outcome }) => [endpoint, outcome]));
    expect([code, fate]).toEqual(['DQ_QUORUM', 'withdrawn']);
    expect(outcomes.get(three!)).toBe('withdrawn');
    for (const endpoint of [one!, two!]) {
      expect(['refused', 'unknown']).toContain(outcomes.get(endpoint));
      expect(message).toContain(endpoint);
    }
    expect(app.eventsOf('quorum-failed')).toMatchObject([{ tube, id: (error as DqQuorumError).id }]);

    await Promise.all([bed.cluster.node(0).restart(), bed.cluster.node(1).restart()]);
    // The nodes are taken up again by the next write, without a restart of ours.
    const handle = await until(async () => {
      const written = await producer.delay('after', 1_000);
      return copiesOf(written) === 3 ? written : undefined;
    });
    expect(handle).toContain(one);
    await until(() => names(app).filter((name) => name === 'after').length >= 1);
    await bed.drained();
    expect(names(app)).not.toContain('refused');
  });

  it('with minWrites 1 one node is enough, as the option says', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], minWrites: 1 }).consume(tube);
    await Promise.all([bed.cluster.node(0).kill(), bed.cluster.node(1).kill()]);
    const handle = await app.producer(tube).delay('alone', 100);
    expect(handle).toMatch(new RegExp(`^${bed.cluster.node(2).endpoint}/${tube}/\\d+,[^,]+$`));
    expect((await app.runs.next())[0]!.data).toBe('alone');
    await bed.heal();
    await bed.drained();
  });
});
