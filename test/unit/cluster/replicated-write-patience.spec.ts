import { afterEach, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { Reply } from '../../../lib/core/cluster/node-connection.js';
import { lost } from '../../support/stub-node.js';
import { PATIENCE, WriteBed } from './write-bed.js';

const INSERTED: Reply = { kind: 'INSERTED', id: 7 };
const DEADLINE = 3_000;

let bed: WriteBed;

afterEach(() => {
  expect(bed.close()).toBe(0);
});

/** Answers take a millisecond, and what is silent for the deadline of a connection is lost. */
function slowDown(): void {
  for (const stub of bed.stubs) {
    const { answers } = stub;
    stub.answers = (command) => {
      const reply = answers(command);
      bed.clock.after(reply === undefined ? DEADLINE : 1, () => command.answer(reply ?? lost(true)));
      return undefined;
    };
  }
}

describe('a write while nodes hang', () => {
  it.each([
    ['one of three', ['well', 'well', 'silent'] as const, 3, PATIENCE],
    ['one of two asked, with a third to fall back to', ['silent', 'well', 'well'] as const, 2, PATIENCE],
    ['three of five', ['silent', 'silent', 'silent', 'well', 'well'] as const, 3, PATIENCE],
  ])('takes one patience when %s hang', (_what, nodes, copies, most) => {
    bed = new WriteBed(nodes);
    slowDown();
    const written = bed.write(copies, 2);
    bed.clock.pass(10 * DEADLINE);
    expect(written.result?.kind).toBe('written');
    expect(written.at).toBeLessThanOrEqual(most + 1);
  });

  it('takes two patiences at most when a node that is asked late hangs too', () => {
    bed = new WriteBed(['well', 'silent', 'silent', 'well']);
    slowDown();
    const written = bed.write(2, 2);
    bed.clock.pass(10 * DEADLINE);
    expect(written.result?.kind).toBe('written');
    expect(written.at).toBeLessThanOrEqual(2 * PATIENCE + 1);
  });

  it('fails with the deadline when too few of them answer', () => {
    bed = new WriteBed(['well', 'silent', 'silent']);
    slowDown();
    const written = bed.write(3, 2);
    bed.clock.pass(DEADLINE - 1);
    expect(written.results).toBe(0);
    bed.clock.pass(1);
    expect(written).toMatchObject({ results: 1, result: { kind: 'failed' }, at: DEADLINE });
  });

  it('always ends, once, and as the answers demand', () => {
    const reply = fc.constantFrom<Reply[]>(INSERTED, { kind: 'DRAINING' }, lost(true), lost(false));
    const node = fc.record({ reply, afterMs: fc.integer({ min: 0, max: 200 }) });
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 6 }), fc.nat(5), fc.nat(5), (nodes, more, fewer) => {
        const copies = 1 + (more % nodes.length);
        const minWrites = 1 + (fewer % copies);
        bed = new WriteBed(nodes.map(() => 'silent' as const));
        bed.stubs.forEach((stub, at) => {
          const { reply: told, afterMs } = nodes[at] as (typeof nodes)[number];
          stub.answers = (command) => {
            bed.clock.after(afterMs, () => command.answer(told));
            return undefined;
          };
        });
        const written = bed.write(copies, minWrites);
        bed.clock.pass(10 * DEADLINE);
        const good = nodes.filter(({ reply: { kind } }) => kind === 'INSERTED').length;
        expect([written.results, written.result?.kind]).toEqual([1, good >= minWrites ? 'written' : 'failed']);
        expect(bed.close()).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});
