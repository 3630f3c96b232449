// A node that takes connections and says nothing: whoever looks hears what the others say.
import { afterEach, describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';

/** Longer than this test may take: what waits for it has not answered in time. */
const COMMAND_DEADLINE = '10m';
const HUNG = 1;

const bed = testBed();
afterEach(() => bed.cluster.node(HUNG).resume());

async function hungBeside(tube: string): Promise<ReturnType<typeof bed.app>['runtime']['inspector']> {
  const app = bed.app({ tubes: [tube], commandDeadline: COMMAND_DEADLINE });
  await app.producer(tube).delay('waits', '1h');
  await bed.cluster.node(HUNG).pause();
  return app.runtime.inspector;
}

const known = (answers: readonly { readonly reachable: boolean }[]): boolean[] =>
  answers.map(({ reachable }) => reachable);

describe('every look settles: with one node of three hung', () => {
  it('nodes() answers within its deadline, and says which node is not known', async () => {
    const inspector = await hungBeside(bed.tube());
    expect(known(await inspector.nodes({ deadline: 200 }))).toEqual([true, false, true]);
    bed.cluster.node(HUNG).resume();
    await bed.wipe();
  });

  it('counts() answers with what the other nodes have', async () => {
    const tube = bed.tube();
    const inspector = await hungBeside(tube);
    const counts = await inspector.counts(tube, { deadline: 200 });
    expect(known(counts)).toEqual([true, false, true]);
    expect(counts.map(({ scheduled }) => scheduled)).toEqual([1, 0, 1]);
    bed.cluster.node(HUNG).resume();
    await bed.wipe();
  });

  it('both answer by themselves when no deadline is given', async () => {
    const tube = bed.tube();
    const inspector = await hungBeside(tube);
    const [nodes, counts] = await Promise.all([inspector.nodes(), inspector.counts(tube)]);
    expect([known(nodes), known(counts)]).toEqual([
      [true, false, true],
      [true, false, true],
    ]);
    bed.cluster.node(HUNG).resume();
    await bed.wipe();
  });

  it('and all are known when none hangs (control)', async () => {
    const app = bed.app({ tubes: [bed.tube()], commandDeadline: COMMAND_DEADLINE });
    expect(known(await app.runtime.inspector.nodes())).toEqual([true, true, true]);
  });
});
