// One server under several names.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Reply } from '../../../lib/core/cluster/node-connection.js';
import { statsOf, type StubCommand } from '../../support/stub-node.js';
import { acknowledged, WriteBed } from './write-bed.js';

const INSERTED: Reply = { kind: 'INSERTED', id: 7 };

let bed: WriteBed;

afterEach(() => {
  expect(bed.close()).toBe(0);
});

/** Nodes that take every job, one for each server id. */
function nodesOf(...serverIds: readonly string[]): WriteBed {
  bed = new WriteBed(serverIds.map(() => 'well' as const));
  serverIds.forEach((serverId, at) => (bed.stub(at + 1).serverId = serverId));
  return bed;
}

/** Opens the writers of all nodes, and lets them say who they are. */
function meet(): void {
  for (const node of bed.cluster.nodes) node.writer();
  bed.clock.turn();
}

const order = (): string[] => bed.cluster.order().nodes.map(({ endpoint }) => endpoint);
const told = (first: number, node: number, serverId: string): unknown => ({
  type: 'nodes-are-one',
  first: `node-${first}:11300`,
  node: `node-${node}:11300`,
  serverId,
});

describe('two names of one server', () => {
  it('are told when they are met, with both and the id', () => {
    nodesOf('x', 'y', 'x');
    meet();
    expect(bed.events).toEqual([told(1, 3, 'x')]);
  });

  it.each<[string, readonly string[]]>([
    ['different ids', ['x', 'y']],
    ['no ids', ['', '']],
  ])('are not told of nodes with %s (control)', (_what, serverIds) => {
    nodesOf(...serverIds);
    meet();
    expect(bed.events).toEqual([]);
    expect(order()).toHaveLength(2);
  });

  it('are not told of nodes that refuse to say', () => {
    nodesOf('x', 'x');
    for (const stub of bed.stubs) stub.introduces = () => ({ kind: 'OUT_OF_MEMORY' });
    meet();
    expect(bed.events).toEqual([]);
    expect(order()).toHaveLength(2);
  });

  it('leave the first to be written to, and a header that counts each server once', () => {
    nodesOf('x', 'x', 'y');
    meet();
    expect(order()).toEqual(['node-1:11300', 'node-3:11300']);
    const written = bed.write(3, 2);
    bed.clock.turn();
    expect(acknowledged(written)).toEqual(['node-1:11300', 'node-3:11300']);
    expect(bed.asked).toEqual([
      [1, 2],
      [3, 2],
    ]);
  });

  it('are too few for two copies', () => {
    nodesOf('x', 'x');
    meet();
    const written = bed.write(2, 2);
    bed.clock.turn();
    expect(written).toMatchObject({ results: 1, result: { kind: 'failed' } });
  });

  it('are one name fewer for each further name', () => {
    nodesOf('x', 'x', 'x');
    meet();
    expect(bed.events).toEqual([told(1, 2, 'x'), told(1, 3, 'x')]);
    expect(order()).toEqual(['node-1:11300']);
  });
});

describe('a first write to two names of one server', () => {
  it('counts the two copies once, and asks another node', () => {
    nodesOf('x', 'x', 'y');
    const written = bed.write(2, 2);
    bed.clock.turn();
    expect(written).toMatchObject({ results: 1, result: { kind: 'written' } });
    // All three are out, so the handle names them, and the last header counts them.
    expect(acknowledged(written)).toHaveLength(3);
    expect(bed.asked).toEqual([
      [1, 2],
      [2, 2],
      [3, 3],
    ]);
  });

  it('asks no other when they are two servers (control)', () => {
    nodesOf('x', 'z', 'y');
    const written = bed.write(2, 2);
    bed.clock.turn();
    expect(written).toMatchObject({ results: 1, result: { kind: 'written' } });
    expect(bed.stub(3).puts).toEqual([]);
  });

  it.each([[[1, 2]], [[2, 1]]])('fails when there is no other, in whatever order they answer: %j', (turns) => {
    nodesOf('x', 'x');
    const introductions = new Map<string, StubCommand>();
    for (const stub of bed.stubs) {
      stub.answers = () => undefined;
      stub.introduces = (command) => void introductions.set(stub.endpoint, command);
    }
    const written = bed.write(2, 2);
    bed.clock.turn();
    for (const number of turns) {
      const stub = bed.stub(number);
      introductions.get(stub.endpoint)?.answer(statsOf('x'));
      stub.named('put')[0]?.answer(INSERTED);
    }
    expect(written).toMatchObject({ results: 1, result: { kind: 'failed' } });
    expect(written.result?.slots.map(({ reply }) => reply?.kind)).toEqual(['INSERTED', 'INSERTED']);
  });
});

describe('what is known of a server', () => {
  it('ends with the connection: the other name is written to, until the first answers again', () => {
    nodesOf('x', 'x', 'y');
    meet();
    bed.stub(1).die();
    expect(order()).toContain('node-2:11300');
    bed.clock.pass(10_000);
    meet();
    expect(order().toSorted()).toEqual(['node-1:11300', 'node-3:11300']);
  });

  it('is learnt anew after a restart, and told anew', () => {
    nodesOf('x', 'x', 'y');
    meet();
    for (const number of [1, 2]) {
      bed.stub(number).die();
      bed.stub(number).serverId = 'x2';
    }
    bed.clock.pass(10_000);
    meet();
    expect(bed.events.filter(({ type }) => type === 'nodes-are-one')).toEqual([told(1, 2, 'x'), told(1, 2, 'x2')]);
  });

  it('is learnt anew where a name leads to another server since', () => {
    nodesOf('x', 'x');
    meet();
    bed.stub(2).die();
    bed.stub(2).serverId = 'z';
    bed.clock.pass(10_000);
    meet();
    expect(order()).toHaveLength(2);
    expect(bed.cluster.same.size).toBe(0);
  });

  it('is asked once on each connection for writes, before anything else, and on no other', () => {
    nodesOf('x');
    const stub = bed.stub(1);
    let asked = 0;
    const { introduces } = stub;
    stub.introduces = (command) => {
      asked++;
      expect(stub.commands).toEqual(stub.named('put'));
      return introduces(command);
    };
    bed.write(1, 1);
    bed.write(1, 1);
    bed.node(1).dial(() => {});
    bed.clock.turn();
    expect([asked, stub.puts.length, stub.named('stats').length]).toEqual([1, 2, 0]);
    stub.die();
    bed.clock.pass(10_000);
    bed.write(1, 1);
    bed.clock.turn();
    expect(asked).toBe(2);
  });
});
