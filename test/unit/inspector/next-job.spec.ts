import { describe, expect, it } from '@jest/globals';
import { Node } from '../../../lib/core/cluster/node.js';
import { type DqNextJob, nextJob } from '../../../lib/core/inspector/next-job.js';
import { nativePrefix } from '../../../lib/core/wire/envelope.js';
import { ManualClock } from '../../support/manual-clock.js';
import { StubNode } from '../../support/stub-node.js';

const NOW = 1_000_000;

interface Fronts {
  /** The due time, in seconds from now, of what a node has at its front. */
  readonly ready?: number;
  readonly delayed?: number;
}

function look(...nodes: readonly Fronts[]): Promise<DqNextJob | undefined> {
  const clock = new ManualClock();
  const stubs = nodes.map(
    (fronts, at) =>
      new StubNode(`${at}:1`, clock, ({ name }) => {
        const due = name === 'peek-ready' ? fronts.ready : fronts.delayed;
        if (due === undefined) return { kind: 'NOT_FOUND' };
        const body = Number.isNaN(due) ? 'no job' : `${nativePrefix(NOW + due * 1000, `job-${due}`, 1)}"x"`;
        return { kind: 'FOUND', id: 1, body: Buffer.from(body) };
      }),
  );
  const all = stubs.map(
    (stub) =>
      new Node(
        stub,
        clock,
        () => 1,
        () => {},
      ),
  );
  const asked = nextJob('orders', all, NOW);
  void clock.settle();
  return asked;
}

/** The due time of the next job, in seconds from now. */
async function next(...nodes: readonly Fronts[]): Promise<number | undefined> {
  const job = await look(...nodes);
  return job && (+job.dueAt - NOW) / 1000;
}

describe('the next job of a tube', () => {
  it('is the one that is ready, before any that is delayed', async () => {
    expect(await next({ ready: -1, delayed: -3 }, { ready: -2, delayed: 1 })).toBe(-2);
  });

  it('is the first to become due, on whatever node', async () => {
    expect(await next({ delayed: 5 }, { delayed: 4 }, {})).toBe(4);
  });

  it('is none that was due and is delayed, since that is tried again or runs, while another node shows one', async () => {
    expect(await next({ delayed: -5 }, { delayed: 9 })).toBe(9);
    expect(await next({ delayed: -5 }, { delayed: -6 })).toBe(-6);
  });

  it('has a handle with its copies on the nodes that show it, one of each', async () => {
    expect((await look({ delayed: 5 }, { delayed: 4 }, { ready: 4, delayed: 4 }))?.handle).toBe(
      '2:1/orders/1,1:1/orders/1,job-4',
    );
  });

  it('is none where there is none, or nothing but bodies that are no jobs', async () => {
    expect(await next({}, {})).toBeUndefined();
    expect(await next({ ready: NaN }, { delayed: NaN })).toBeUndefined();
  });
});
