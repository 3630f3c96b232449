// Many jobs, two consumer processes, three nodes: each runs once, none early, nothing is left.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { dataDir } from '../../scripts/root.mjs';
import type { DqTimedJob } from '../../lib/core/producer/producer.js';
import type { Work } from '../support/consumer-process.js';
import { seededRandom } from '../support/seeded-random.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const JOBS = 10_000;
const SPREAD_MS = 10_000;
const LEASE_MS = 30_000;

const bed = testBed();

/** So many jobs, each due at a random moment of the next ten seconds. */
function* jobs(from: number): Generator<DqTimedJob<Work>> {
  const random = seededRandom(2026);
  for (let at = 0; at < JOBS; at++) {
    yield { data: { name: String(at) }, at: from + Math.floor(random() * SPREAD_MS) };
  }
}

describe('10,000 jobs due within 10 s', () => {
  it('run once each, none early, on two processes, and nothing is left on the nodes', async () => {
    const tube = bed.tube();
    const consumers = await Promise.all([1, 2].map(() => bed.consumer([tube])));
    const producer = bed.app({ tubes: [tube] }).producer<Work>(tube);
    const report = await producer.atMany(jobs(Date.now() + 10_000));
    expect(report).toMatchObject({ scheduled: JOBS, failed: 0 });

    const runs = () => consumers.flatMap((consumer) => consumer.started);
    await until(() => runs().length >= JOBS, { timeout: 60_000, what: `${JOBS} runs` });
    await bed.drained();
    expect(runs()).toHaveLength(JOBS);
    expect(new Set(runs().map(({ name }) => name)).size).toBe(JOBS);
    expect(runs().every(({ attempt }) => attempt === 1)).toBe(true);
    for (const consumer of consumers) expect(consumer.started.length).toBeGreaterThan(JOBS / 20);

    const late = runs()
      .map(({ atMs, dueMs }) => atMs - dueMs)
      .toSorted((one, other) => one - other);
    const percentile = (part: number): number => late[Math.floor((late.length - 1) * part)]!;
    const figures = { jobs: JOBS, earliest: late[0], p50: percentile(0.5), p99: percentile(0.99), last: late.at(-1) };
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, 'lateness-10k.json'), `${JSON.stringify(figures)}\n`);
    expect(figures.earliest).toBeGreaterThanOrEqual(0);
    // None had to wait for a lease to be over. How late they are is measured by the bench, on a machine that does nothing else.
    expect(figures.last).toBeLessThan(LEASE_MS);

    const claims = await bed.claims();
    expect(claims).toHaveLength(JOBS);
    expect(claims.every(({ value, ttl }) => value.startsWith('dq1:D:1:') && ttl > 0)).toBe(true);
    expect(consumers.flatMap(({ messages }) => messages.filter(({ type }) => type === 'event'))).toEqual([]);
  }, 120_000);
});
