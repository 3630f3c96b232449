// What an operator, another program or a restart does to copies behind our back.
import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

describe('an operator', () => {
  it('kicks delayed jobs: they go back for the rest of their time, and run when they are due', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube] });
    await app.producer(tube).delay('x', 8_000);
    await bed.onEach(tube, 1);
    const kick = async (): Promise<number[]> =>
      Promise.all(bed.cluster.nodes.map((node) => bed.raw(node, (client) => client.kick(tube, 10))));
    expect(await kick()).toEqual([1, 1, 1]);
    // The control: beanstalkd gives them to whoever asks now.
    expect((await bed.copies(0, tube)).ready).toBe(1);

    app.handle(tube).start();
    const early = await app.event('copy-early', 3);
    expect(early.tube).toBe(tube);
    expect(early.earlyMs).toBeGreaterThan(2_000);
    const delayed = async (): Promise<number[]> => (await bed.copiesOnEach(tube)).map((copies) => copies.delayed);
    await until(async () => (await delayed()).join() === '1,1,1');
    const [run] = await app.runs.next();
    expect(run!.atMs).toBeGreaterThanOrEqual(run!.dueMs);
    await bed.drained();
    expect(app.runs.all).toHaveLength(1);
  });

  it('deletes a copy: the job runs from the others', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube] });
    await app.producer(tube).delay('x', 1_200);
    await bed.onEach(tube, 1);
    for (const node of [0, 1]) {
      const job = await bed.raw(node, (client) => client.peekNext('delayed', tube));
      expect(await bed.raw(node, (client) => client.delete(job!.id))).toBe(true);
    }
    app.handle(tube).start();
    await app.runs.next();
    await bed.drained();
  });

  it('pauses a tube on one node: its copies are served from the others', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube] });
    await app.producer(tube).delay('x', 0);
    await bed.onEach(tube, 1);
    expect(await bed.raw(0, (client) => client.pauseTube(tube, 5))).toBe(true);
    app.handle(tube).start();
    await app.runs.next();
    expect((await bed.copies(0, tube)).ready).toBe(1);
    await bed.drained();
    expect(app.runs.all).toHaveLength(1);
  });
});

describe('a node that restarts', () => {
  it.each([
    ['one node', [0]],
    ['all nodes', [0, 1, 2]],
  ])('while its copies are held early: %s, and the job runs once, on time', async (_which, nodes) => {
    const tube = bed.tube();
    const app = bed.handling(tube);
    const dueMs = (Math.floor(Date.now() / 1000) + 3) * 1000 - 20;
    await app.producer(tube).at('x', dueMs);
    const held = async (): Promise<boolean> =>
      (await Promise.all(nodes.map((node) => bed.copies(node, tube)))).every(({ reserved }) => reserved === 1);
    await until(held);
    await Promise.all(nodes.map((node) => bed.cluster.node(node).restart()));
    const [run] = await app.runs.next();
    expect(run!.atMs).toBeGreaterThanOrEqual(dueMs);
    await bed.drained();
    expect(app.runs.all).toHaveLength(1);
  });

  it('while its job runs: the copies that come back are deleted when it is done', async () => {
    const tube = bed.tube();
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const app = bed.handling(tube, () => ended);
    await app.producer(tube).delay('x', 0);
    await app.runs.next();
    await Promise.all(bed.cluster.nodes.map((node) => node.restart()));
    // One of them may rest.
    await until(async () => (await bed.copiesOnEach(tube)).every((copies) => copies.reserved + copies.delayed === 1));
    end();
    await bed.drained();
    expect(app.runs.all).toHaveLength(1);
  });
});

describe('jobs of others', () => {
  it('in the tube "default" are not touched by a consumer of another tube', async () => {
    const tube = bed.tube();
    const puts = bed.cluster.nodes.map((node) => bed.raw(node, (client) => client.put('not ours')));
    const numbers = await Promise.all(puts);
    const app = bed.handling(tube);
    await app.producer(tube).delay('ours', 0);
    await app.producer(tube).delay('ours, later', 1_500);
    await app.runs.next(2);
    for (const [at, number] of numbers.entries()) {
      // The control: beanstalkd counts every reserve, also of a job that was given back.
      const stats = await bed.raw(at, (client) => client.statsJob(number));
      expect(stats).toMatchObject({ state: 'ready', tube: 'default', reserves: '0', buries: '0' });
    }
    // And the control: who has not ignored "default", which every connection watches at first, gets it.
    const careless = await bed.raw(0, async (client) => {
      await client.command(`watch ${tube}`);
      return (await client.command('reserve-with-timeout 0')).body.toString();
    });
    expect(careless).toBe('not ours');
    await bed.wipe();
  });

  it('in "default" are served when that is the tube', async () => {
    const app = bed.handling('default');
    await app.producer('default').delay('ours', 0);
    expect((await app.runs.next())[0]).toMatchObject({ tube: 'default', data: 'ours' });
    await bed.drained();
  });
});
