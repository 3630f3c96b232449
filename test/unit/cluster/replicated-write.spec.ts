import { afterEach, describe, expect, it } from '@jest/globals';
import type { Reply } from '../../../lib/core/cluster/node-connection.js';
import { lost } from '../../support/stub-node.js';
import { acknowledged, WriteBed } from './write-bed.js';

const INSERTED: Reply = { kind: 'INSERTED', id: 7 };
const DRAINING: Reply = { kind: 'DRAINING' };

let bed: WriteBed;

afterEach(() => {
  expect(bed.close()).toBe(0);
});

describe('a replicated write', () => {
  it('goes to all nodes at once and is written when all have acknowledged, without waiting', () => {
    bed = new WriteBed(['well', 'well', 'well']);
    const written = bed.write(3, 2);
    expect(bed.asked).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    bed.clock.turn();
    expect(written).toMatchObject({ results: 1, at: 0, result: { kind: 'written' } });
    expect(acknowledged(written)).toHaveLength(3);
  });

  it('is not written with one acknowledgement of two that are needed', () => {
    bed = new WriteBed(['well', 'silent', 'silent']);
    const written = bed.write(3, 2);
    bed.clock.pass(10_000);
    expect(written.results).toBe(0);
  });

  it('gives the third node 50 ms once two have acknowledged', () => {
    bed = new WriteBed(['well', 'silent', 'silent']);
    const written = bed.write(3, 2);
    bed.clock.pass(30);
    bed.stub(2).commands[0]?.answer(INSERTED);
    bed.clock.pass(49);
    expect(written.results).toBe(0);
    bed.clock.pass(1);
    expect(written).toMatchObject({ results: 1, at: 80 });
    expect(acknowledged(written)).toHaveLength(2);
  });

  it('takes the third node in when it answers within that time', () => {
    bed = new WriteBed(['well', 'well', 'silent']);
    const written = bed.write(3, 2);
    bed.clock.pass(20);
    bed.stub(3).commands[0]?.answer(INSERTED);
    expect(written).toMatchObject({ results: 1, at: 20 });
    expect(acknowledged(written)).toHaveLength(3);
  });

  it('is changed by nothing that comes later', () => {
    bed = new WriteBed(['well', 'well', 'silent']);
    const written = bed.write(3, 2);
    bed.clock.pass(50);
    expect(written.results).toBe(1);
    bed.stub(3).commands[0]?.answer(INSERTED);
    bed.clock.pass(1_000);
    expect(written.results).toBe(1);
  });

  it('does not wait for a node that was slow before it came', () => {
    bed = new WriteBed(['well', 'well', 'silent']);
    const first = bed.write(3, 2);
    bed.clock.pass(51);
    expect(first.at).toBe(50);
    const second = bed.write(3, 2);
    bed.clock.turn();
    expect(second).toMatchObject({ results: 1, at: 0 });
    expect(bed.stub(3).puts).toHaveLength(2);
  });

  it('waits again for a node that has caught up (control)', () => {
    bed = new WriteBed(['well', 'well', 'silent']);
    bed.write(3, 2);
    bed.clock.pass(51);
    bed.stub(3).commands[0]?.answer(INSERTED);
    const second = bed.write(3, 2);
    bed.clock.pass(49);
    expect(second.results).toBe(0);
    bed.clock.pass(1);
    expect(second.at).toBe(50);
  });

  it('needs no second node when one is enough', () => {
    bed = new WriteBed(['well']);
    const written = bed.write(1, 1);
    bed.clock.turn();
    expect(written).toMatchObject({ results: 1, at: 0, result: { kind: 'written' } });
  });
});

describe('a replicated write to nodes that fail', () => {
  it.each<[string, Reply]>([
    ['drains', DRAINING],
    ['is out of memory', { kind: 'OUT_OF_MEMORY' }],
    ['finds the job too big', { kind: 'JOB_TOO_BIG' }],
    ['buries the job since its log failed', { kind: 'BURIED', id: 9 }],
    ['has an internal error', { kind: 'INTERNAL_ERROR' }],
    ['dies before the command was sent', lost(false)],
    ['dies after the command was sent', lost(true)],
  ])('asks another when one of them %s, and does not count it', (_what, reply) => {
    bed = new WriteBed([reply, 'well', 'silent', 'silent']);
    const written = bed.write(3, 2);
    bed.clock.turn();
    expect(bed.stub(4).puts).toHaveLength(1);
    expect(written.results).toBe(0);
    bed.stub(4).commands[0]?.answer(INSERTED);
    bed.clock.pass(50);
    expect(acknowledged(written)).toEqual(['node-2:11300', 'node-4:11300']);
  });

  it('asks no other once enough have acknowledged', () => {
    bed = new WriteBed(['well', 'well', 'silent', 'well']);
    const written = bed.write(3, 2);
    bed.clock.turn();
    bed.stub(3).commands[0]?.answer(lost(true));
    expect(written).toMatchObject({ results: 1, result: { kind: 'written' } });
    expect(bed.stub(4).puts).toEqual([]);
  });

  it('asks every node not tried yet once patience is over and too few have acknowledged', () => {
    bed = new WriteBed(['well', 'silent', 'silent', 'silent', 'well']);
    const written = bed.write(3, 2);
    bed.clock.pass(49);
    expect([bed.stub(4).puts.length, bed.stub(5).puts.length]).toEqual([0, 0]);
    bed.clock.pass(1);
    expect([bed.stub(4).puts.length, bed.stub(5).puts.length]).toEqual([1, 1]);
    expect(acknowledged(written).length === 0 || written.result?.kind === 'written').toBe(true);
  });

  it('fails when all have failed and none is left to ask', () => {
    bed = new WriteBed([DRAINING, DRAINING, lost(true), lost(false)]);
    const written = bed.write(3, 2);
    bed.clock.turn();
    expect(written).toMatchObject({ results: 1, result: { kind: 'failed' } });
    expect(written.result?.slots.map(({ reply }) => reply?.kind)).toEqual(['DRAINING', 'DRAINING', 'LOST', 'LOST']);
  });

  it('asks a node that rests only when the others do not suffice', () => {
    bed = new WriteBed(['well', 'well', 'well']);
    bed.node(1).writer();
    bed.stub(1).die();
    expect(bed.node(1).health.rest).toBeGreaterThan(0);
    const first = bed.write(3, 2);
    bed.clock.turn();
    expect(acknowledged(first)).toEqual(['node-2:11300', 'node-3:11300']);
    bed.stub(2).answers = () => DRAINING;
    const second = bed.write(3, 2);
    bed.clock.turn();
    expect(acknowledged(second).toSorted()).toEqual(['node-1:11300', 'node-3:11300']);
  });

  it('asks resting nodes at once when the quorum needs them', () => {
    bed = new WriteBed(['well', 'well', 'well']);
    for (const number of [1, 2]) {
      bed.node(number).writer();
      bed.stub(number).die();
    }
    const written = bed.write(3, 2);
    bed.clock.turn();
    expect(written).toMatchObject({ results: 1, result: { kind: 'written' } });
  });
});

describe('the end of a replicated write', () => {
  const replies: readonly Reply[] = [INSERTED, DRAINING, lost(true), lost(false), { kind: 'BURIED', id: 9 }];

  it('comes exactly once, whatever each node answers and in whatever order', () => {
    const orders = [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const first of replies) {
      for (const second of replies) {
        for (const third of replies) {
          for (const order of orders) {
            bed = new WriteBed(['silent', 'silent', 'silent']);
            const written = bed.write(3, 2);
            const given = [first, second, third];
            for (const at of order) bed.stub(at + 1).commands[0]?.answer(given[at] as Reply);
            const good = given.filter(({ kind }) => kind === 'INSERTED').length;
            expect([given, order, written.results]).toEqual([given, order, 1]);
            expect(written.result?.kind).toBe(good >= 2 ? 'written' : 'failed');
            expect(bed.close()).toBe(0);
          }
        }
      }
    }
  });
});
