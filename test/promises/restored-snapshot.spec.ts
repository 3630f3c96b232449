// A node's disk is put back to an older state, with copies of jobs that were revoked or have run since. What was revoked stays so for the
// retention; what has run is known for the `doneRetention`.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import type { DqOptions } from '../../lib/core/options/dq-options.js';
import { ClaimTable } from '../../lib/embedded/claims/claim-table.js';
import { A, asking, DONE, newKey } from '../contract/claim-lab.js';
import type { App } from '../support/app.js';
import { goodOptions } from '../support/dq-options.js';
import { ManualClock } from '../support/manual-clock.js';
import { passInRedis } from '../support/redis-time.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const JOBS = 10;

const bed = testBed();

/** A copy of what a node has on its disk. */
async function snapshot(node: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dq-snapshot-'));
  bed.later(() => rm(folder, { recursive: true, force: true }));
  await bed.cluster.node(node).kill();
  await cp(bed.cluster.node(node).dir, folder, { recursive: true });
  await bed.cluster.node(node).restart();
  return folder;
}

/** What ran in a process. */
const ranIn = (app: App): string[] => app.runs.all.map(({ data }) => String(data)).toSorted();

/** Half of the jobs are revoked, the others have run, and the claim store has heard that no copy of them is left. */
async function ended(tube: string, options: Partial<DqOptions>): Promise<string> {
  const app = bed.app({ tubes: [tube], ...options });
  const producer = app.producer(tube);
  const schedule = (name: string) =>
    Promise.all(Array.from({ length: JOBS }, (_, at) => producer.delay(`${name} ${at}`, 1_500)));
  const handles = await schedule('revoked');
  await schedule('run');
  await until(async () => (await bed.copiesOnEach(tube)).every(({ delayed, ready }) => delayed + ready === 2 * JOBS));
  const folder = await snapshot(0);
  await until(async () => (await app.runtime.inspector.nodes()).every(({ reachable }) => reachable));
  for (const handle of handles)
    expect(await until(() => producer.revoke(handle).catch(() => undefined))).toBe('revoked');
  app.handle(tube).start();
  await app.runs.next(JOBS);
  await bed.drained();
  const most = options.doneRetention === undefined ? HOUR_MS : 7 * DAY_MS;
  await until(async () => {
    const done = (await bed.claims()).filter(({ value }) => value.startsWith('dq1:D:'));
    return done.length === JOBS && done.every(({ ttl }) => ttl <= most);
  });
  expect(ranIn(app)).toHaveLength(JOBS);
  // Those that ran a job remember it for a while; others do not.
  await app.close();
  return folder;
}

/** The node's disk is put back, and a consumer that was not there before takes what it shows. */
async function comesBack(tube: string, folder: string, options: Partial<DqOptions>): Promise<App> {
  const { dir } = bed.cluster.node(0);
  await bed.cluster.node(0).kill();
  await rm(dir, { recursive: true });
  await cp(folder, dir, { recursive: true });
  await bed.cluster.node(0).restart();
  // The control: the disk shows all of them.
  const { delayed, ready } = await bed.copies(0, tube);
  expect(delayed + ready).toBe(2 * JOBS);
  const app = bed.app({ tubes: [tube], ...options }).consume(tube);
  await bed.drained();
  return app;
}

describe('when a node comes back with an older disk', () => {
  it.each([
    ['two hours', 2 * HOUR_MS],
    ['six days', 6 * DAY_MS],
  ])('%s later, with a doneRetention of seven days, nothing runs again', async (_when, ms) => {
    const [tube, options] = [bed.tube(), { doneRetention: '7d' }];
    const folder = await ended(tube, options);
    await bed.redis((redis) => passInRedis(redis, ms));
    expect((await comesBack(tube, folder, options)).runs.all).toEqual([]);
  });

  it('within the doneRetention of an hour, nothing runs again', async () => {
    const tube = bed.tube();
    const folder = await ended(tube, {});
    await bed.redis((redis) => passInRedis(redis, HOUR_MS / 2));
    expect((await comesBack(tube, folder, {})).runs.all).toEqual([]);
  });

  it.each([
    ['two hours', 2 * HOUR_MS],
    ['six days', 6 * DAY_MS],
  ])('%s later, what was revoked does not run, although what has run does (control)', async (_when, ms) => {
    const tube = bed.tube();
    const folder = await ended(tube, {});
    await bed.redis((redis) => passInRedis(redis, ms));
    const app = await comesBack(tube, folder, {});
    expect(ranIn(app)).toEqual(Array.from({ length: JOBS }, (_, at) => `run ${at}`));
  });
});

describe('doneRetention', () => {
  it.each([
    [undefined, HOUR_MS],
    ['1s', 1_000],
    ['1d', DAY_MS],
    ['7d', 7 * DAY_MS],
  ])('of %p', (doneRetention, ms) => {
    expect(resolveOptions(goodOptions({ doneRetention })).doneRetentionMs).toBe(ms);
  });

  it('may be no longer than the retention, and says why', () => {
    expect(() => resolveOptions(goodOptions({ retention: '1d', doneRetention: '2d' }))).toThrow(
      expect.objectContaining({
        code: 'DQ_OPTIONS',
        message: expect.stringMatching(/at most the retention of 86400000 ms/),
      }),
    );
    expect(resolveOptions(goodOptions({ retention: '1s' })).doneRetentionMs).toBe(HOUR_MS);
  });

  it.each([
    ['1s', 1_001],
    ['1h', HOUR_MS + 1],
    ['7d', 7 * DAY_MS + 1],
  ])('of %p is for how long memory knows what is done, when its copies are gone', (doneRetention, over) => {
    const { retentionMs, doneRetentionMs } = resolveOptions(goodOptions({ doneRetention }));
    const clock = new ManualClock();
    const table = new ClaimTable(retentionMs, clock, doneRetentionMs);
    const [done, revoked] = [newKey(), newKey()];
    const dueMs = clock.now();
    table.settle(A, { key: done, attempt: 1, outcome: DONE, copies: 3 });
    table.revoke({ key: revoked, copies: 3, dueMs });
    for (const key of [done, revoked]) table.account({ key, copies: 3, gone: 3 });
    clock.pass(over - 2);
    expect(table.claim(A, asking(done, dueMs))).toEqual({ kind: 'done' });
    clock.pass(2);
    // Longer than the retention a copy is never run, whether its claim is known or not.
    const expected = over > retentionMs ? { kind: 'expired' } : { kind: 'granted', attempt: 1 };
    expect(table.claim(A, asking(done, dueMs))).toEqual(expected);
    expect(table.claim(A, asking(revoked, dueMs))).toEqual({ kind: 'revoked' });
    clock.pass(retentionMs - over);
    expect(table.claim(A, asking(revoked, dueMs))).toEqual({ kind: 'revoked' });
  });
});
