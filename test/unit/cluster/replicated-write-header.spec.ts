import { afterEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Reply } from '../../../lib/core/cluster/node-connection.js';
import { mayHold } from '../../../lib/core/cluster/replicated-write.js';
import { lost } from '../../support/stub-node.js';
import { headerCount, WriteBed } from './write-bed.js';

const INSERTED: Reply = { kind: 'INSERTED', id: 7 };
const REFUSED: readonly Reply[] = [
  { kind: 'DRAINING' },
  { kind: 'OUT_OF_MEMORY' },
  { kind: 'JOB_TOO_BIG' },
  lost(false),
];
const DOUBTFUL: readonly Reply[] = [
  lost(true),
  { kind: 'BURIED', id: 9 },
  { kind: 'BURIED', id: undefined },
  { kind: 'INTERNAL_ERROR' },
];

let bed: WriteBed | undefined;

afterEach(() => {
  expect(bed?.close() ?? 0).toBe(0);
});

describe('the count of copies in a header', () => {
  it('is the number of copies asked for', () => {
    bed = new WriteBed(['well', 'well', 'well', 'well']);
    bed.write(2, 2);
    expect(bed.asked).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  it('is no smaller when a node rests, since it may be asked after all', () => {
    bed = new WriteBed(['well', 'silent', 'well']);
    bed.node(1).writer();
    bed.stub(1).die();
    bed.write(3, 2);
    bed.clock.pass(50);
    expect(bed.asked).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  it.each(DOUBTFUL)('counts one more where a node answered %j and may hold a copy', (reply) => {
    expect(mayHold(reply)).toBe(true);
    bed = new WriteBed([reply, 'well', 'silent'], undefined);
    bed.write(2, 2);
    bed.clock.turn();
    expect(headerCount(bed.stub(3).puts[0]!)).toBe(3);
  });

  it.each(REFUSED)('counts no more where a node answered %j and holds none', (reply) => {
    expect(mayHold(reply)).toBe(false);
    bed = new WriteBed(['well', reply, 'silent']);
    bed.write(2, 2);
    bed.clock.turn();
    expect(headerCount(bed.stub(3).puts[0]!)).toBe(2);
  });

  it('counts one more for each silent node that another was asked beside', () => {
    bed = new WriteBed(['silent', 'silent', 'silent', 'silent']);
    bed.write(2, 2);
    bed.clock.pass(50);
    expect(bed.asked).toEqual([
      [1, 2],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  it('does not count a node that refused, while others have not answered yet', () => {
    bed = new WriteBed([{ kind: 'DRAINING' }, 'silent', 'silent', 'silent']);
    bed.write(3, 2);
    bed.clock.turn();
    // Nodes 2, 3 and 4 may hold one each: three copies, not four.
    expect(headerCount(bed.stub(4).puts[0]!)).toBe(3);
  });

  it('is never less than the copies that can be out, whatever the nodes answer and when', () => {
    const reply = fc.constantFrom<(Reply | undefined)[]>(INSERTED, ...REFUSED, ...DOUBTFUL, undefined);
    const node = fc.record({ reply, afterMs: fc.constantFrom(0, 1, 10, 49, 50, 51, 99, 200) });
    fc.assert(
      fc.property(fc.array(node, { minLength: 2, maxLength: 6 }), fc.nat(2), (nodes, more) => {
        const copies = Math.min(2 + more, nodes.length);
        const silent = new WriteBed(nodes.map(() => 'silent' as const));
        nodes.forEach(({ reply: told, afterMs }, at) => {
          silent.stub(at + 1).answers = (command) => {
            if (told !== undefined) silent.clock.after(afterMs, () => command.answer(told));
            return undefined;
          };
        });
        silent.write(copies, 2);
        silent.clock.pass(2_000);
        const out = silent.stubs.filter(({ commands: [put] }, at) => {
          const { reply: told } = nodes[at] as (typeof nodes)[number];
          return put !== undefined && mayHold(told);
        });
        // A claim takes the largest count that it meets among the copies.
        const counts = out.map((stub) => headerCount(stub.puts[0]!));
        expect(Math.max(0, ...counts)).toBeGreaterThanOrEqual(out.length);
        // With no more nodes than copies, each header tells it: one copy may be away when all others are gone.
        if (copies === nodes.length) expect(Math.min(...counts)).toBeGreaterThanOrEqual(out.length);
        expect(silent.close()).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});
