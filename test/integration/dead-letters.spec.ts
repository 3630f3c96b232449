// How a job is given up, and where it then is.
import { describe, expect, it } from '@jest/globals';
import { DqGiveUp } from '../../lib/core/consumer/outcome.js';
import type { App } from '../support/app.js';
import type { Work } from '../support/consumer-process.js';
import { testBed } from '../support/test-bed.js';

const bed = testBed();

/** Waits until the job is a dead letter: one buried copy on each node, and a claim that says so. */
async function expectDead(app: App, tube: string, attempt: number, reason: RegExp): Promise<void> {
  await app.event('copy-buried', 3, { timeout: 20_000 });
  expect(
    app
      .eventsOf('copy-buried')
      .map(({ node }) => node)
      .toSorted(),
  ).toEqual(bed.cluster.endpoints.toSorted());
  for (const node of bed.cluster.nodes) {
    expect(await bed.copies(node, tube)).toEqual({ ready: 0, reserved: 0, delayed: 0, buried: 1 });
  }
  expect(app.eventsOf('job-dead')).toMatchObject([{ tube, attempt, reason: expect.stringMatching(reason) }]);
  const claims = await bed.claims();
  expect(claims.map(({ value }) => value)).toEqual([expect.stringMatching(`^dq1:X:${attempt}:`)]);
  expect(claims[0]!.ttl).toBeGreaterThan(86_400_000);
}

const fail = (): never => {
  throw new Error('no luck');
};

describe('a job is given up', () => {
  it('when its last attempt has failed', async () => {
    const { app, tube } = bed.running(fail, { attempts: 3, backoff: { type: 'fixed', delay: 20 } });
    await app.producer(tube).delay('x', 0);
    await expectDead(app, tube, 3, /attempt 3 of 3 failed: no luck/);
    expect(app.runs.all.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    await bed.wipe();
  });

  it('when the attempts that it carries itself are over', async () => {
    const { app, tube } = bed.running(fail, { attempts: 9 });
    await app.producer(tube).delay('x', 0, { attempts: 1 });
    await expectDead(app, tube, 1, /attempt 1 of 1/);
    await bed.wipe();
  });

  it.each([
    ['returned', () => new DqGiveUp('the account is closed')],
    [
      'thrown',
      () => {
        throw new DqGiveUp('the account is closed');
      },
    ],
  ])('when its handler has %s DqGiveUp, at once', async (_how, handler) => {
    const { app, tube } = bed.running(handler);
    await app.producer(tube).delay('x', 0);
    await expectDead(app, tube, 1, /gave it up: the account is closed/);
    expect(app.runs.all).toHaveLength(1);
    await bed.wipe();
  });

  it('when it kills its process each time, without a further run', async () => {
    const tube = bed.tube();
    const own = { lease: '1s', attempts: 2 };
    const victims = [await bed.consumer([tube], own), await bed.consumer([tube], own)];
    const app = bed.app({ tubes: [tube] });
    await app.producer<Work>(tube).delay({ name: 'bomb', act: 'die' }, 0);
    await Promise.all(victims.map(({ ended }) => ended));
    const runs = victims.flatMap(({ started }) => started);
    expect(new Set(runs.map(({ attempt }) => attempt))).toEqual(new Set([1, 2]));

    app.handle(tube, () => undefined, own).start();
    await expectDead(app, tube, 3, /died in each of 2 attempt/);
    expect(app.runs.all).toEqual([]);
    await bed.wipe();
  });
});

describe('a dead letter', () => {
  it("is not run by an operator's kick: its claim still says that it was given up", async () => {
    const { app, tube } = bed.running(() => new DqGiveUp('no'));
    await app.producer(tube).delay('x', 0);
    await app.event('copy-buried', 3);
    for (const node of bed.cluster.nodes) expect(await bed.raw(node, (client) => client.kick(tube, 10))).toBe(1);
    await app.event('copy-buried', 6);
    expect(app.runs.all).toHaveLength(1);
    await bed.wipe();
  });

  it('takes in the copy of a node that was away', async () => {
    const { app, tube } = bed.idle();
    await app.producer(tube).delay('x', 0);
    await bed.cluster.node(0).kill();
    app.handle(tube, () => new DqGiveUp('no')).start();
    await app.event('copy-buried', 2);
    await bed.cluster.node(0).restart();
    const late = await app.event('copy-buried', 3, { timeout: 20_000 });
    expect(late).toMatchObject({ node: bed.cluster.node(0).endpoint, reason: 'the job was given up' });
    expect(app.runs.all).toHaveLength(1);
    await bed.wipe();
  });
});
