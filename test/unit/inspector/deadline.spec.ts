import { describe, expect, it } from '@jest/globals';
import { DqOptionsError } from '../../../lib/core/errors/argument.errors.js';
import { DqConnectionError } from '../../../lib/core/errors/connection.errors.js';
import { DqRuntime } from '../../../lib/core/runtime.js';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { statsOf, StubNode } from '../../support/stub-node.js';

const GO = { name: 'go', format: 'plain' } as const;

describe('the deadline of the inspector', () => {
  /** Two nodes, of which the second says nothing, or all that it is asked. */
  function silent(answers = false): { readonly runtime: DqRuntime; readonly clock: ManualClock } {
    const clock = new ManualClock();
    const nodes = ['a:1', 'b:1'].map((endpoint, at) => {
      const node = new StubNode(endpoint, clock, () => (at === 0 || answers ? statsOf('one') : undefined));
      if (at > 0 && !answers) node.introduces = () => undefined;
      return node;
    });
    const options = resolveOptions({ beanstalks: ['a:1', 'b:1'], redis: 'redis://127.0.0.1:4', tubes: ['x', 'y', GO] });
    const runtime = new DqRuntime(options, {
      clock,
      backend: () => ({ dialers: nodes, store: new StubClaimStore(), start: () => {} }),
    });
    return { runtime, clock };
  }
  async function takes(look: (runtime: DqRuntime) => Promise<unknown>): Promise<number> {
    const { runtime, clock } = silent();
    const start = clock.monotonic();
    let took = Infinity;
    void look(runtime).then(() => (took = clock.monotonic() - start));
    for (let ms = 0; ms < 10_000; ms += 50) await clock.advance(50);
    const closed = runtime.close();
    await clock.advance(0);
    await closed;
    return took;
  }

  it('is a second, for all nodes and tubes together', async () => {
    expect(await takes(({ inspector }) => inspector.nodes())).toBe(1_000);
    expect(await takes(({ inspector }) => inspector.counts())).toBe(1_000);
  });

  it('is the one that is asked for', async () => {
    expect(await takes(({ inspector }) => inspector.nodes({ deadline: '2s' }))).toBe(2_000);
    expect(await takes(({ inspector }) => inspector.counts('x', { deadline: 100 }))).toBe(100);
    expect(await takes(({ inspector }) => inspector.counts(undefined, { deadline: 100 }))).toBe(100);
  });

  it('holds for a handle of dq, whose job two nodes have to show', async () => {
    let error: unknown;
    const peek = ({ inspector }: DqRuntime): Promise<unknown> =>
      inspector.peek('a:1/go/5,b:1/go/7', { deadline: 100 }).catch((thrown: unknown) => (error = thrown));
    expect(await takes(peek)).toBe(100);
    expect(error).toBeInstanceOf(DqConnectionError);
  });

  it('is not waited for when all have answered (control)', async () => {
    const { runtime, clock } = silent(true);
    const [states] = await Promise.all([runtime.inspector.nodes({ deadline: 200 }), clock.settle()]);
    expect(states.map(({ reachable }) => reachable)).toEqual([true, true]);
    expect(clock.timers).toBe(0);
    void runtime.close();
    await clock.settle();
  });

  it.each([0, -1, '1', 'soon', null, NaN])('is refused when it is %p', async (deadline) => {
    const { runtime } = silent();
    await expect(runtime.inspector.nodes({ deadline: deadline as never })).rejects.toBeInstanceOf(DqOptionsError);
    await expect(runtime.inspector.counts('x', { deadline: deadline as never })).rejects.toBeInstanceOf(DqOptionsError);
  });
});
