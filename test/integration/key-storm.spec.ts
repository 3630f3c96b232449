// Many calls with one key at once: the last of them stands, whatever dies in between; and debounced ones write nothing to nodes.
import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { STALE_MS } from '../support/claim-tables.js';

const bed = testBed();
const KEYS = Array.from({ length: 200 }, (_, at) => `key ${at}`);

/** Copies that nodes were given in a tube that is watched. What a consumer tries their disks with is elsewhere. */
async function puts(tube: string): Promise<number> {
  const stats = bed.cluster.nodes.map((node) => bed.raw(node, (client) => client.statsTube(tube)));
  return (await Promise.all(stats)).reduce((sum, each) => sum + Number(each?.['total-jobs']), 0);
}

describe('many calls at once', () => {
  it('of two processes that are killed in between leave one job for each key, the one admitted last', async () => {
    const { app, tube } = bed.idle();
    const rounds = 50;
    const first = await bed.producing(tube);
    const order = { tube, keys: KEYS, rounds, delay: 3_600_000 };
    first.upsert({ ...order, name: 'first' });
    const acknowledged: string[] = [];
    for (const round of [10, 30]) {
      const second = await bed.producing(tube);
      second.upsert({ ...order, name: `killed at ${round}` });
      acknowledged.push(...(await second.round(`killed at ${round}`, 2, { timeout: 60_000 })));
      await second.kill();
    }
    const third = await bed.producing(tube);
    third.upsert({ ...order, name: 'third' });
    acknowledged.push(...(await third.round('third', rounds, { timeout: 240_000 })));
    acknowledged.push(...(await first.round('first', rounds, { timeout: 240_000 })));
    expect(new Set(acknowledged)).toEqual(
      new Set(['replaced', 'superseded'].filter((one) => acknowledged.includes(one))),
    );
    // What a killed process left uncommitted was reserved before: it is not the last word.
    const delay = STALE_MS + 3_000;
    const last = await Promise.all(KEYS.map((key) => app.producer(tube).upsert(key, `last of ${key}`, { delay })));
    expect(last.filter(({ outcome }) => outcome !== 'replaced')).toEqual([]);
    const found = await Promise.all(KEYS.map((key) => app.producer(tube).find(key)));
    expect(found.map((job) => job?.id)).toEqual(last.map(({ id }) => id));
    app.handle(tube, undefined, { concurrency: 50 }).start();
    await app.runs.next(KEYS.length, { timeout: 60_000 });
    await until(async () => (await bed.copiesOnEach(tube)).every(({ ready, reserved }) => ready + reserved === 0));
    expect(app.runs.all.map(({ data }) => String(data)).toSorted()).toEqual(
      KEYS.map((key) => `last of ${key}`).toSorted(),
    );
    // Copies of killed calls, and those that no handle names, wait for their hour: they would go when they come up.
    await bed.wipe();
  }, 600_000);

  it('debounced: each key runs seldom, never later than maxWait, and equal calls write nothing to nodes', async () => {
    const tube = bed.tube();
    const app = bed
      .app({ tubes: [tube] })
      .handle(tube)
      .start();
    const producer = app.producer(tube);
    const keys = KEYS.slice(0, 100);
    const outcomes = new Map<string, number>();
    const firstOf = new Map<string, number>();
    const from = Date.now();
    for (let round = 0; round < 100; round++) {
      const began = Date.now();
      const results = await Promise.all(
        keys.map((key) => producer.upsert(key, key, { delay: 400, debounce: { maxWait: 1_000 } })),
      );
      for (const { outcome, id, dueAt } of results) {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (outcome === 'scheduled') firstOf.set(id, Date.now());
        // Redis' clock is this machine's.
        expect(+dueAt - (firstOf.get(id) ?? began)).toBeLessThanOrEqual(1_000);
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, 20 - (Date.now() - began))));
    }
    const tookMs = Date.now() - from;
    await bed.drained();
    const jobs = outcomes.get('scheduled') ?? 0;
    expect([...outcomes.keys()].toSorted()).toEqual(
      ['kept', 'postponed', 'scheduled'].filter((one) => outcomes.has(one)),
    );
    expect(app.runs.all).toHaveLength(jobs);
    expect(await puts(tube)).toBe(3 * jobs);
    // Each call puts its job off by 400 ms at least, and no key has another one before that job has begun.
    expect(jobs).toBeLessThanOrEqual(keys.length * (1 + tookMs / 400));
    expect(jobs).toBeGreaterThanOrEqual(keys.length);
  }, 60_000);
});
