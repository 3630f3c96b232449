import { describe, expect, it } from '@jest/globals';
import type { Link } from '../../../../harness/distant-connection.js';
import { DEADLINE, kinds, NodeBed, TUBE } from './node-bed.js';

describe('a connection to a node in memory', () => {
  it('ends at the deadline of its oldest command, with all that is pending', async () => {
    const bed = new NodeBed();
    const client = await bed.dial();
    bed.node.hang();
    const told = [0, 1, 2].flatMap(() => bed.tell(client, (to, done) => to.stats(done)));
    const replies = bed.tell(client, (to, done) => to.stats(done));
    await bed.clock.advance(DEADLINE - 1);
    expect([client.connection.closed, client.connection.waiting]).toEqual([false, DEADLINE - 1]);
    await bed.clock.advance(1);
    expect([told, replies]).toMatchObject([[], [{ kind: 'LOST', sent: true, error: { code: 'DQ_DEADLINE' } }]]);
    expect(client.closedWith.map(({ code }) => code)).toEqual(['DQ_DEADLINE']);
    expect([client.connection.pending, bed.clock.timers]).toEqual([0, 0]);
  });

  it('gives a reserve the time for which it waits on top', async () => {
    const bed = new NodeBed();
    const client = await bed.dial();
    const healthy = bed.tell(client, (to, done) => to.reserve(10, done));
    await bed.clock.advance(10_000);
    expect(kinds(healthy)).toEqual(['TIMED_OUT']);
    const hung = bed.tell(client, (to, done) => to.reserve(10, done));
    await bed.clock.settle();
    bed.node.hang();
    await bed.clock.advance(10_000 + DEADLINE - 1);
    expect(kinds(hung)).toEqual([]);
    await bed.clock.advance(1);
    expect(kinds(hung)).toEqual(['LOST']);
  });

  it('over a road that is long waits so long both ways, and keeps the order', async () => {
    const bed = new NodeBed();
    const slow: Link = { carry: (to, arrive) => void bed.clock.after(to === 'node' ? 100 : 50, arrive) };
    const client = bed.connect(() => slow);
    const put = { tube: TUBE, priority: 0, delaySeconds: 0, ttrSeconds: 9, body: 'x', byteLength: 1 };
    const order: string[] = [];
    client.connection.put(put, ({ kind }) => order.push(kind));
    client.connection.stats(({ kind }) => order.push(kind));
    await bed.clock.advance(249);
    expect([bed.node.counts().ready, order]).toEqual([0, []]);
    await bed.clock.advance(1);
    expect([bed.node.counts().ready, order]).toEqual([1, []]);
    await bed.clock.advance(50);
    expect(order).toEqual(['INSERTED', 'NODE_STATS']);
  });

  it('over a road that swallows replies was obeyed all the same, and the node keeps its jobs for it', async () => {
    const bed = new NodeBed();
    let cut = false;
    const road: Link = { carry: (_to, arrive) => (cut ? undefined : arrive()) };
    const client = await bed.dial(() => road);
    await client.put(TUBE, 'held', { ttrSeconds: 60 });
    await client.reserve();
    cut = true;
    const told = bed.tell(client, (to, done) => to.stats(done));
    await bed.clock.advance(DEADLINE);
    expect([kinds(told), client.closedWith.map(({ code }) => code)]).toEqual([['LOST'], ['DQ_DEADLINE']]);
    expect(bed.node.counts().reserved).toBe(1);
    await bed.clock.advance(60_000);
    expect(bed.node.counts()).toMatchObject({ reserved: 0, ready: 1 });
  });

  it('that never opens ends at the deadline, and what it was told was never sent', async () => {
    const bed = new NodeBed();
    const client = bed.connect(() => ({ carry: () => undefined }));
    const told = bed.tell(client, (to, done) => to.stats(done));
    await bed.clock.advance(DEADLINE);
    expect(told).toMatchObject([{ kind: 'LOST', sent: false, error: { code: 'DQ_DEADLINE' } }]);
  });

  it('destroyed before it is open leaves nothing on the node', async () => {
    const bed = new NodeBed();
    const client = bed.connect();
    const told = bed.tell(client, (to, done) => to.stats(done));
    client.connection.destroy();
    expect(told).toMatchObject([{ kind: 'LOST', sent: false }]);
    await bed.clock.settle();
    const { stats } = await (await bed.dial()).expect('NODE_STATS', (to, done) => to.stats(done));
    expect(stats.connections).toBe(1);
    expect(bed.clock.timers).toBe(1);
  });
});
