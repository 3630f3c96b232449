// Nodes that answer, and say no.
import { describe, expect, it } from '@jest/globals';
import { DqQuorumError } from '../../lib/core/errors/quorum.error.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

/** Drain mode: puts are refused, all else goes on. Only a restart ends it. */
async function drain(node: number): Promise<void> {
  process.kill(bed.cluster.node(node).pid, 'SIGUSR1');
  await until(() => bed.raw(node, async (client) => (await client.stats())['draining'] === 'true'));
}

describe('a node in drain mode', () => {
  it('gets no new copies, and serves those it has', async () => {
    const { app, tube } = bed.idle();
    await app.producer(tube).delay('before', 0);
    await drain(0);
    const handle = await app.producer(tube).delay('after', 0);
    expect(handle).not.toContain(bed.cluster.node(0).endpoint);
    expect(handle.split(',')).toHaveLength(3);
    app.handle(tube).start();
    await app.runs.next(2);
    await bed.drained();
    await bed.cluster.node(0).restart();
  });

  it('beside another: too few are left, each says so, and nothing stays behind', async () => {
    const { app, tube } = bed.idle();
    await Promise.all([drain(0), drain(1)]);
    const error = (await app
      .producer(tube)
      .delay('x', '1m')
      .catch((thrown: unknown) => thrown)) as DqQuorumError;
    expect(error).toBeInstanceOf(DqQuorumError);
    expect(error.fate).toBe('withdrawn');
    const outcomes = new Map(error.nodes.map(({ endpoint, outcome, reason }) => [endpoint, `${outcome}: ${reason}`]));
    expect(bed.cluster.endpoints.map((endpoint) => outcomes.get(endpoint))).toEqual([
      'refused: DRAINING',
      'refused: DRAINING',
      expect.stringMatching(/^withdrawn: /),
    ]);
    // The tombstone holds even if that node's disk forgets the delete.
    expect((await bed.claims()).map(({ value }) => value.slice(0, 6))).toEqual(['dq1:V:']);
    await bed.drained();
    await Promise.all([bed.cluster.node(0).restart(), bed.cluster.node(1).restart()]);
  });
});

describe('a node whose limit is smaller than ours', () => {
  it('refuses a large body, and the others take it', async () => {
    const tube = bed.tube();
    await bed.cluster.node(2).restart({ args: ['-z', '100'] });
    const app = bed.app({ tubes: [tube] });
    const large = await app.producer(tube).delay('x'.repeat(200), 0);
    expect(large).not.toContain(bed.cluster.node(2).endpoint);
    await app.producer(tube).delay('small', 0);
    // Its acknowledgement may come too late for the handle.
    await until(async () => (await bed.copies(2, tube)).ready === 1);
    app.handle(tube).start();
    await app.runs.next(2);
    await bed.drained();
    await bed.cluster.node(2).restart({ args: [] });
  });

  it('is named with what to do when too few others are left', async () => {
    const tube = bed.tube();
    const small = [1, 2].map((node) => bed.cluster.node(node));
    for (const node of small) await node.restart({ args: ['-z', '100'] });
    const producer = bed.app({ tubes: [tube] }).producer(tube);
    const error = await producer.delay('x'.repeat(200), '1m').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DqQuorumError);
    const { message } = error as DqQuorumError;
    for (const { endpoint } of small) expect(message).toContain(`${endpoint} not written (JOB_TOO_BIG)`);
    expect(message).toMatch(
      / A body of this size needs a higher -z of \S+ and \S+; or set maxBodyBytes to at most that -z\.$/,
    );
    await bed.drained();
    for (const node of small) await node.restart({ args: [] });
  });
});
