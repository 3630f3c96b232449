import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DqEvent } from '../../../lib/core/base/events.js';
import { resolveOptions } from '../../../lib/core/options/resolve-options.js';
import { DqRuntime } from '../../../lib/core/runtime.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubClaimStore } from '../../support/stub-claim-store.js';
import { StubNode } from '../../support/stub-node.js';

describe('the loss of the last node', () => {
  let clock: ManualClock;
  let nodes: readonly StubNode[];
  let runtime: DqRuntime;
  let events: DqEvent[];

  beforeEach(async () => {
    clock = new ManualClock();
    nodes = ['a:1', 'b:1', 'c:1'].map((endpoint) => new StubNode(endpoint, clock));
    events = [];
    runtime = new DqRuntime(resolveOptions({ beanstalks: ['a:1', 'b:1', 'c:1'], redis: 'redis://127.0.0.1:4' }), {
      clock,
      report: (event) => void events.push(event),
      backend: () => ({ dialers: nodes, store: new StubClaimStore(), start: () => {} }),
    });
    runtime.start();
    await clock.settle();
    events.length = 0;
  });

  afterEach(async () => {
    const closed = runtime.close();
    await clock.settle();
    await closed;
  });

  const types = (): string[] => events.map(({ type }) => type);

  it('is told once, behind that of the node itself', () => {
    for (const node of nodes) node.die();
    expect(types()).toEqual(['node-lost', 'node-lost', 'node-lost', 'nodes-lost']);
    expect(events[3]).toEqual({ type: 'nodes-lost', nodes: ['a:1', 'b:1', 'c:1'] });
  });

  it('is not told while one is left (control)', () => {
    for (const node of nodes.slice(1)) node.die();
    expect(types()).toEqual(['node-lost', 'node-lost']);
  });

  it('is told again after one was back', async () => {
    for (const node of nodes) node.die();
    clock.pass(10_000);
    void runtime.inspector.counts();
    await clock.settle();
    expect(types().slice(4)).toEqual(['node-back', 'node-back', 'node-back']);
    for (const node of nodes) node.die();
    expect(types().filter((type) => type === 'nodes-lost')).toHaveLength(2);
  });
});
