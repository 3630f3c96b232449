// Claims on a master that a Sentinel watches: when it dies, its replica takes its place.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisSentinel } from '../support/redis-sentinel.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();
let group: RedisSentinel;

beforeAll(async () => {
  group = await RedisSentinel.start();
});
afterAll(() => group.stop());

describe('Redis behind a Sentinel', () => {
  it('may die: what ran before does not run again, and what is due after runs once', async () => {
    const tube = bed.tube();
    const [app, other] = [1, 2].map(() => bed.app({ tubes: [tube], redis: group.options }));
    for (const one of [app!, other!]) one.handle(tube).start();
    const producer = app!.producer<number>(tube);
    const runs = (): unknown[] => [...app!.runs.all, ...other!.runs.all].map(({ data }) => data);

    await Promise.all([0, 1, 2].map((at) => producer.delay(at, 0)));
    const revoked = await producer.delay(99, '5s');
    await until(() => runs().length === 3);
    expect(await producer.revoke(revoked)).toBe('revoked');
    await until(async () => (await bed.copies(0, tube)).reserved === 0);
    await group.failOver();

    await Promise.all([3, 4, 5].map((at) => producer.delay(at, 500)));
    await until(() => runs().length >= 6, { timeout: 30_000 });
    await bed.drained();
    expect(runs().map(String).toSorted()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect((await group.claims()).map((value) => value.slice(0, 6))).toEqual(
      expect.arrayContaining(['dq1:V:', ...Array.from({ length: 6 }, () => 'dq1:D:')]),
    );
    expect(app!.eventsOf('store-lost')).not.toHaveLength(0);
    expect(app!.eventsOf('store-back')).not.toHaveLength(0);
  });
});
