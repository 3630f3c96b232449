// One server under two names, and two servers beside it.
import { describe, expect, it } from '@jest/globals';
import { DqQuorumError } from '../../lib/core/errors/quorum.error.js';
import { testBed } from '../support/test-bed.js';

const bed = testBed({ nodes: 2 });

const byNumber = (node: number): string => `127.0.0.1:${bed.cluster.node(node).port}`;
const byName = (node: number): string => `localhost:${bed.cluster.node(node).port}`;

async function serverId(node: number): Promise<string | undefined> {
  return (await bed.raw(node, (client) => client.stats()))['id'];
}

describe('two names of one server', () => {
  it('do not hold a job twice: it is refused from the first one on, and nothing stays behind', async () => {
    const { app, tube } = bed.idle({ beanstalks: [byNumber(0), byName(0)] });
    for (const data of ['the first', 'the second']) {
      const error: unknown = await app
        .producer(tube)
        .delay(data, '1m')
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DqQuorumError);
      expect((error as DqQuorumError).fate).toBe('withdrawn');
      expect((error as DqQuorumError).message).toContain(`it is one server with ${byNumber(0)}, name each once`);
    }
    expect(app.eventsOf('nodes-are-one')).toEqual([
      { type: 'nodes-are-one', first: byNumber(0), node: byName(0), serverId: await serverId(0) },
    ]);
    await bed.drained();
  });

  it('are told at the start, before there is a job', async () => {
    const app = bed.app({ beanstalks: [byNumber(0), byName(0)] }).start();
    expect(await app.event('nodes-are-one')).toMatchObject({ first: byNumber(0), node: byName(0) });
  });

  it('beside another server: both servers get each job, which runs once', async () => {
    const { app, tube } = bed.idle({ beanstalks: [byNumber(0), byName(0), byNumber(1)] });
    await app.producer(tube).delay('the first', '1s');
    await app.event('nodes-are-one');
    const handle = await app.producer(tube).delay('the second', '1s');
    expect(handle.split(',')).toHaveLength(3);
    for (const node of [byNumber(0), byNumber(1)]) expect(handle).toContain(`${node}/`);
    app.handle(tube).start();
    await app.runs.next(2);
    await bed.drained();
    expect(app.runs.all).toHaveLength(2);
  });

  it('are met anew after the server was restarted', async () => {
    const { app, tube } = bed.idle({ beanstalks: [byNumber(0), byName(0)] });
    await expect(app.producer(tube).delay('x', '1m')).rejects.toThrow(DqQuorumError);
    await bed.cluster.node(0).restart();
    await expect(app.producer(tube).delay('x', '1m')).rejects.toThrow(DqQuorumError);
    await expect(app.producer(tube).delay('x', '1m')).rejects.toThrow(DqQuorumError);
    expect(app.eventsOf('nodes-are-one').at(-1)?.serverId).toBe(await serverId(0));
    await bed.drained();
  });
});

describe('two servers', () => {
  it('hold one copy each, and no event is told (control)', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], beanstalks: [byNumber(0), byName(1)] }).start();
    await app.producer(tube).delay('the first', '1m');
    await app.producer(tube).delay('the second', '1m');
    const counts = await bed.copiesOnEach(tube);
    expect(counts.map(({ delayed }) => delayed)).toEqual([2, 2]);
    expect(app.eventsOf('nodes-are-one')).toEqual([]);
    await bed.wipe();
  });
});
