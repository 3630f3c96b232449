import { describe, expect, it } from '@jest/globals';
import { Node } from '../../../lib/core/cluster/node.js';
import { countTube } from '../../../lib/core/inspector/tube-counts.js';
import { ManualClock } from '../../support/manual-clock.js';
import { lost, type StubAnswers, StubNode } from '../../support/stub-node.js';

const STATS = { kind: 'TUBE_STATS', stats: { delayed: 4, ready: 3, reserved: 2, buried: 1, watching: 5 } } as const;

describe('the counts of a tube on a node', () => {
  async function count(answers: StubAnswers): Promise<unknown> {
    const clock = new ManualClock();
    const node = new Node(
      new StubNode('a:1', clock, answers),
      clock,
      () => 1,
      () => {},
    );
    const counts = countTube('orders', node);
    await clock.settle();
    return counts;
  }

  const none = { tube: 'orders', node: 'a:1', scheduled: 0, ready: 0, running: 0, dead: 0, watching: 0 };

  it('are those that it told', async () => {
    const counts = { tube: 'orders', node: 'a:1', scheduled: 4, ready: 3, running: 2, dead: 1, watching: 5 };
    expect(await count(() => STATS)).toEqual({ ...counts, reachable: true });
  });

  it('are not known of a node that did not answer', async () => {
    expect(await count(() => lost(true))).toEqual({ ...none, reachable: false });
  });
});
