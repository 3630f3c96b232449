import { beforeEach, describe, expect, it } from '@jest/globals';
import { Cluster } from '../../../lib/core/cluster/cluster.js';
import { Node } from '../../../lib/core/cluster/node.js';
import { DqConnectionError } from '../../../lib/core/errors/connection.errors.js';
import type { DqEvent } from '../../../lib/core/base/events.js';
import { ManualClock } from '../../support/manual-clock.js';
import { seededRandom } from '../../support/seeded-random.js';
import { StubNode } from '../../support/stub-node.js';
import { WriteBed } from './write-bed.js';

describe('node', () => {
  let clock: ManualClock;
  let stub: StubNode;
  let node: Node;
  let events: DqEvent[];

  beforeEach(() => {
    clock = new ManualClock();
    stub = new StubNode('a:1', clock, () => undefined);
    events = [];
    node = new Node(
      stub,
      clock,
      () => 1,
      (event) => events.push(event),
    );
  });

  it('opens nothing before it is asked to, and then one connection for all writes', () => {
    expect(stub.connections).toHaveLength(0);
    expect(node.writer()).toBe(node.writer());
    expect(stub.connections).toHaveLength(1);
  });

  it('replaces its writer when that is closed, and never before', () => {
    const first = node.writer();
    stub.die();
    expect(first.closed).toBe(true);
    expect(node.writer()).not.toBe(first);
    expect(stub.connections).toHaveLength(2);
  });

  it('is to blame for a connection that dies, and not for one that is ended on purpose', () => {
    const closed: string[] = [];
    const mine = node.dial(() => closed.push('mine'));
    node.end(mine);
    node.end(mine);
    expect([closed, node.health.up, events]).toEqual([['mine'], true, []]);
    node.dial(() => closed.push('dead'));
    stub.die();
    expect(closed).toEqual(['mine', 'dead']);
    expect(node.health.up).toBe(false);
    expect(events).toHaveLength(1);
  });

  it('is back with an answer, not with a connection', () => {
    stub.introduces = () => undefined;
    node.writer();
    stub.die();
    clock.pass(5_000);
    node.writer().delete(1, () => {});
    expect(node.health.up).toBe(false);
    clock.turn();
    stub.commands.at(-1)?.answer({ kind: 'DELETED' });
    expect(node.health.up).toBe(true);
  });

  it('is suspect while its oldest command has waited for more than 50 ms', () => {
    expect(node.suspect).toBe(false);
    node.writer().delete(1, () => {});
    clock.pass(50);
    expect(node.suspect).toBe(false);
    clock.pass(1);
    expect(node.suspect).toBe(true);
    stub.commands[0]?.answer({ kind: 'DELETED' });
    expect(node.suspect).toBe(false);
  });

  it('ends all its connections when it closes, and opens none after that', () => {
    let closed = 0;
    for (let count = 0; count < 3; count++) node.dial(() => closed++);
    node.writer();
    node.close();
    expect(closed).toBe(3);
    expect(stub.connections.every((connection) => connection.closed)).toBe(true);
    expect(() => node.writer()).toThrow(DqConnectionError);
    expect(node.health.up).toBe(true);
  });
});

describe('order in which nodes are tried', () => {
  it('is at random among those that are ready', () => {
    const random = seededRandom(7);
    const clock = new ManualClock();
    const nodes = ['a:1', 'b:1', 'c:1', 'd:1'].map(
      (name) => new Node(new StubNode(name, clock), clock, random, () => {}),
    );
    const cluster = new Cluster(nodes, random, () => {});
    const counts = new Map<string, number>();
    for (let round = 0; round < 4_000; round++) {
      const order = cluster.order();
      expect([order.ready, new Set(order.nodes).size]).toEqual([4, 4]);
      order.nodes.forEach(({ endpoint }, place) => {
        counts.set(`${endpoint} ${place}`, (counts.get(`${endpoint} ${place}`) ?? 0) + 1);
      });
    }
    // Each of the 16 is met about 1,000 times; the seed makes it the same each time.
    expect(Math.min(...counts.values())).toBeGreaterThan(900);
    expect(counts.size).toBe(16);
  });

  it('puts ready nodes first, slow ones next, resting ones last', () => {
    const bed = new WriteBed(['silent', 'silent', 'well', 'well'], () => 0);
    bed.node(1).writer();
    bed.stub(1).die();
    bed
      .node(2)
      .writer()
      .delete(1, () => {});
    bed.clock.pass(51);
    const { nodes, ready } = bed.cluster.order();
    expect(nodes.slice(2).map(({ endpoint }) => endpoint)).toEqual(['node-2:11300', 'node-1:11300']);
    // A slow node is written to all the same; only a resting one is left out.
    expect(ready).toBe(3);
    expect(bed.close()).toBe(0);
  });

  it('finds a node by its endpoint', () => {
    const bed = new WriteBed(['well', 'well']);
    expect(bed.cluster.node('node-2:11300')).toBe(bed.node(2));
    expect(bed.cluster.node('node-3:11300')).toBeUndefined();
    expect(bed.close()).toBe(0);
  });
});
