// A revoke holds although a node with a copy was away; and a number that was given out again is never taken for the job.
import { describe, expect, it } from '@jest/globals';
import type { App } from '../support/app.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const waitForDue = async (dueMs: number): Promise<unknown> => until(() => Date.now() > dueMs);

describe('revoke while nodes are away', () => {
  const bed = testBed();

  /** Schedules two jobs due at once, and revokes the first while these nodes are down. */
  async function revokeWithout(app: App, tube: string, nodes: readonly number[]): Promise<string> {
    const producer = app.producer(tube);
    const dueMs = Date.now() + 1_500;
    const handle = await producer.at('taken back', dueMs);
    await producer.at('stays', dueMs);
    await bed.onEach(tube, 2);
    await Promise.all(nodes.map((node) => bed.cluster.node(node).kill()));
    expect(await producer.revoke(handle)).toBe('revoked');
    await waitForDue(dueMs);
    await Promise.all(nodes.map((node) => bed.cluster.node(node).restart()));
    return handle;
  }

  it('one node: the copy it brings back is deleted and does not run', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube] });
    await revokeWithout(app, tube, [0]);
    expect((await bed.copies(0, tube)).ready).toBe(2);
    app.handle(tube).start();
    await app.runs.next();
    await bed.drained();
    expect(app.runs.all.map(({ data }) => data)).toEqual(['stays']);
  });

  it('control: without its tombstone the same copy runs', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube] });
    await revokeWithout(app, tube, [0]);
    await bed.redis((redis) => redis.flushall());
    app.handle(tube).start();
    const runs = await app.runs.next(2);
    expect(runs.map(({ data }) => String(data)).toSorted()).toEqual(['stays', 'taken back']);
    await bed.drained();
  });

  it('all nodes: revoked by the claim alone', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: 500 });
    const handle = await revokeWithout(app, tube, [0, 1, 2]);
    expect((await bed.copiesOnEach(tube)).map(({ ready }) => ready)).toEqual([2, 2, 2]);
    app.handle(tube).start();
    await app.runs.next();
    await bed.drained();
    expect(app.runs.all.map(({ data }) => data)).toEqual(['stays']);
    // Its copies have been met: the tombstone has an end now.
    await until(async () => (await bed.claims()).every(({ ttl }) => ttl > 0));
    expect(await app.producer(tube).revoke(handle)).toBe('revoked');
  });

  it('a node that hangs: revoked without waiting for it, and its copy does not run when it wakes', async () => {
    const tube = bed.tube();
    // If it waited for the node, the test would be over first.
    const app = bed.app({ tubes: [tube], commandDeadline: '1h', defaults: { lease: '3h' } }).consume(tube);
    const producer = app.producer(tube);
    await producer.delay('warm', 0);
    await app.runs.next();
    const handle = await producer.delay('taken back', 2_500);
    await bed.cluster.node(2).pause();
    expect(await producer.revoke(handle)).toBe('revoked');
    bed.cluster.node(2).resume();
    await bed.drained();
    expect(app.runs.all.map(({ data }) => data)).toEqual(['warm']);
  });
});

describe('a stale handle, after the nodes have given its numbers out again', () => {
  const forgetful = testBed({ binlog: false });

  const restartAll = async (): Promise<void> => {
    await Promise.all(forgetful.cluster.nodes.map((node) => node.restart()));
  };
  const places = (handle: string): string[] => handle.split(',').slice(0, 3).toSorted();

  /** The first job on all nodes, whose handle names each of them. */
  async function first(
    tube: string,
    name: string,
    delay: number,
  ): Promise<{ readonly app: App; readonly handle: string }> {
    for (;;) {
      await restartAll();
      const app = forgetful.app({ tubes: [tube] });
      const handle = await app.producer(tube).delay(name, delay);
      if (forgetful.cluster.endpoints.every((endpoint) => handle.includes(endpoint))) return { app, handle };
      await app.close();
    }
  }

  it('never harms the job that has its numbers now', async () => {
    const tube = forgetful.tube();
    const { app: before, handle: stale } = await first(tube, 'forgotten', 60_000);
    await before.close();
    const { app, handle: fresh } = await first(tube, 'has its numbers', 2_500);
    expect(places(fresh)).toEqual(places(stale));

    await app.producer(tube).revoke(stale);
    expect((await forgetful.claims()).map(({ key }) => key)).toEqual([`dq:{${tube}}:${stale.split(',').at(-1)}`]);
    for (const node of [0, 1, 2]) expect((await forgetful.copies(node, tube)).delayed).toBe(1);
    app.handle(tube).start();
    expect((await app.runs.next())[0]!.data).toBe('has its numbers');
    await forgetful.drained();
    await forgetful.wipe();
  });

  it('control: the number alone, as dq uses it, deletes the other job', async () => {
    const tube = forgetful.tube();
    const producer = forgetful.app({ tubes: [tube] }).producer(tube);
    const stale = await producer.delay('forgotten', '1m');
    const [endpoint, , number] = stale.split(',')[0]!.split('/');
    const node = forgetful.cluster.nodes.find((candidate) => candidate.endpoint === endpoint)!;
    await node.restart();
    for (let at = 1; at <= Number(number); at++)
      await forgetful.raw(node, (client) => client.put(`other ${at}`, { tube, delay: 60 }));
    expect(await forgetful.raw(node, (client) => client.delete(Number(number)))).toBe(true);
    await forgetful.wipe();
  });
});
