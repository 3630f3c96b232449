// Much at once: a limit of ours makes callers wait, and loses neither jobs nor nodes that are healthy.
import { afterEach, describe, expect, it } from '@jest/globals';
import { DqQuorumError } from '../../lib/core/errors/quorum.error.js';
import type { App } from '../support/app.js';
import { EmbeddedApp } from '../support/embedded-app.js';
import { bytesInUse } from '../support/heap.js';
import { specBed } from '../support/spec-bed.js';
import { TestBed } from '../support/test-bed.js';
import { standStill, until } from '../support/wait.js';

const LARGE = 'x'.repeat(60_000);
/** Of these, together, a connection would not take more than 64 MiB. */
const MANY = 1_200;
const MEBIBYTE = 1024 * 1024;

const servers = new TestBed();
afterEach(async () => {
  await servers.heal();
  // Nobody handles what was scheduled.
  await servers.wipe();
});
const bed = specBed(servers);

const times = <T>(count: number, act: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => act(at));

/** How many of them were refused, by what was said. */
async function refusals(calls: readonly Promise<unknown>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of await Promise.allSettled(calls)) {
    if (result.status === 'fulfilled') continue;
    const reason = String(result.reason).slice(0, 300);
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}

/** Waits until each of these nodes has so many copies: the third of a job may come after its call has resolved. */
async function expectCopies(tube: string, count: number, nodes: readonly number[] = [0, 1, 2]): Promise<void> {
  let counts: readonly number[] = [];
  const all = async (): Promise<boolean> => {
    counts = await Promise.all(nodes.map(async (node) => (await bed.copies(node, tube)).delayed));
    return counts.every((copies) => copies === count);
  };
  await until(all, { timeout: 30_000 }).catch(() => {});
  expect(counts).toEqual(nodes.map(() => count));
}

const lost = (app: App): unknown[] => app.events.filter(({ type }) => type === 'node-lost' || type === 'quorum-failed');

describe('more jobs at once than connections take', () => {
  it.each<[string, (tube: string, app: App) => Promise<unknown>[]]>([
    ['as text', (tube, app) => times(MANY, () => app.producer(tube).delay(LARGE, '1h'))],
    ['as bytes', (tube, app) => times(MANY, () => app.producer(tube).delay(Buffer.from(LARGE), '1h'))],
    [
      'with ids of the caller',
      (tube, app) => times(MANY, (at) => app.producer(tube).delay(LARGE, '1h', { id: `j${at}` })),
    ],
    [
      'of as many tubes as they are',
      (tube, app) => times(MANY, (at) => app.producer(`${tube}-${at % 40}`).delay(LARGE, '1h')),
    ],
  ])(
    '%s are all written, three times each, and no node is lost',
    async (_what, schedule) => {
      const tube = bed.tube();
      const tubes = [tube, ...times(40, (at) => `${tube}-${at}`)];
      const app = bed.app({ tubes });
      expect(await refusals(schedule(tube, app))).toEqual({});
      await until(async () => (await bed.copiesOnEach()).every(({ delayed }) => delayed === MANY), { timeout: 30_000 });
      expect(lost(app)).toEqual([]);
    },
    90_000,
  );

  it('in a bulk that has them all under way are all written', async () => {
    const { app, tube } = bed.idle();
    const jobs = times(MANY, () => ({ data: LARGE, delay: '1h' }));
    expect(await app.producer(tube).delayMany(jobs, { inFlight: 5_000 })).toMatchObject({ scheduled: MANY, failed: 0 });
    await expectCopies(tube, MANY);
    expect(lost(app)).toEqual([]);
  }, 90_000);

  it('do not keep what consumers acknowledge: jobs that are due run beside them, once', async () => {
    const [tube, due] = [bed.tube(), bed.tube()];
    const app = bed.app({ tubes: [tube, due] }).consume(due);
    const calls = times(MANY, () => app.producer(tube).delay(LARGE, '1h'));
    const small = times(200, (at) => app.producer(due).delay(at, 0));
    expect(await refusals([...calls, ...small])).toEqual({});
    await app.runs.next(200, { timeout: 30_000 });
    await until(async () => (await bed.copiesOnEach(due)).every(({ ready, reserved }) => ready + reserved === 0));
    expect(app.runs.all).toHaveLength(200);
    expect(lost(app)).toEqual([]);
  }, 90_000);

  it('take little memory beside their bodies, which the callers have', async () => {
    const { app, tube } = bed.idle();
    await app.producer(tube).delay('warm', '1h');
    const before = await bytesInUse();
    const calls = times(MANY, () => app.producer(tube).delay(LARGE, '1h'));
    const waiting = (await bytesInUse()) - before;
    expect(await refusals(calls)).toEqual({});
    expect(waiting).toBeLessThan(MANY * LARGE.length + 100 * MEBIBYTE);
    await until(async () => (await bytesInUse()) - before < 20 * MEBIBYTE, { timeout: 30_000 });
  }, 90_000);

  it('that are small, and are made in one turn that takes longer than the deadline, are all written', async () => {
    const { app, tube } = bed.idle({ commandDeadline: 500 });
    await app.producer(tube).delay('warm', '1h');
    const calls = times(10_000, (at) => app.producer(tube).delay(at, '1h'));
    standStill(700);
    calls.push(...times(10_000, (at) => app.producer(tube).delay(at, '1h')));
    expect(await refusals(calls)).toEqual({});
    await expectCopies(tube, 20_001);
    expect(lost(app)).toEqual([]);
  }, 90_000);

  it('that are small, fifty thousand of them in one turn, are all written', async () => {
    const { app, tube } = bed.idle();
    expect(await refusals(times(50_000, (at) => app.producer(tube).delay(at, '1h')))).toEqual({});
    await expectCopies(tube, 50_000);
    expect(lost(app)).toEqual([]);
  }, 180_000);
});

describe('more jobs at once than connections take, while a node', () => {
  it('stands still for a while: they are written to the others, and to it when it goes on, which is never lost', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [tube], commandDeadline: '2m', defaults: { lease: '5m' } });
    await app.producer(tube).delay('warm', '1h');
    await expectCopies(tube, 1);
    await bed.cluster.node(1).pause();
    const calls = times(MANY / 2, () => app.producer(tube).delay('y'.repeat(65_000), '1h'));
    expect(await refusals(calls)).toEqual({});
    await expectCopies(tube, MANY / 2 + 1, [0, 2]);
    bed.cluster.node(1).resume();
    await expectCopies(tube, MANY / 2 + 1, [1]);
    expect(lost(app)).toEqual([]);
  }, 120_000);

  it('hangs: it is found by its deadline, and all are written to the others', async () => {
    const { app, tube } = bed.idle({ commandDeadline: 2_000 });
    await app.producer(tube).delay('warm', '1h');
    await bed.cluster.node(1).pause();
    expect(await refusals(times(MANY, () => app.producer(tube).delay(LARGE, '1h')))).toEqual({});
    expect(await app.event('node-lost', 1, { timeout: 30_000 })).toMatchObject({
      node: bed.cluster.node(1).endpoint,
      reason: expect.stringContaining('did not answer within 2000 ms'),
    });
    await expectCopies(tube, MANY + 1, [0, 2]);
    expect(app.eventsOf('node-lost')).toHaveLength(1);
  }, 120_000);

  it('and another one hang: every call settles, and says which nodes took nothing', async () => {
    const { app, tube } = bed.idle({ commandDeadline: 1_000 });
    await app.producer(tube).delay('warm', '1h');
    await Promise.all([bed.cluster.node(0).pause(), bed.cluster.node(1).pause()]);
    const results = await Promise.allSettled(times(MANY, () => app.producer(tube).delay(LARGE, '1h')));
    const errors = results.map((result) => (result.status === 'rejected' ? (result.reason as unknown) : undefined));
    expect(errors.every((error) => error instanceof DqQuorumError && error.fate === 'withdrawn')).toBe(true);
    expect((errors.at(-1) as DqQuorumError).nodes.map(({ endpoint }) => endpoint).toSorted()).toEqual(
      [...bed.cluster.endpoints].toSorted(),
    );
    await bed.heal();
    await until(
      () =>
        app
          .producer(tube)
          .delay(LARGE, '1h')
          .catch(() => undefined),
      { timeout: 30_000 },
    );
  }, 120_000);
});

describe('more jobs at once than connections take, embedded', () => {
  it('are all kept', async () => {
    const app = new EmbeddedApp();
    try {
      expect(await refusals(times(MANY, () => app.producer.delay(LARGE, '1h')))).toEqual({});
      expect(await app.runtime.inspector.counts('work')).toMatchObject([{ scheduled: MANY }]);
    } finally {
      await app.close();
    }
  }, 90_000);
});
