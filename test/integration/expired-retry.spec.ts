// Jobs that were buried because they came too late, and are wanted all the same.
import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

describe('a job that expired and was buried', () => {
  it.each([
    ['its tube', { action: 'bury', after: 1 }, undefined],
    ['itself', undefined, { action: 'bury', after: 1 }],
  ] as const)('as %s says, runs when somebody brings it back', async (_who, ofTube, ofJob) => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, expires: ofTube }] });
    await app.producer(tube).delay('late', 0, { expires: ofJob });
    const due = Date.now();
    await until(() => Date.now() > due + 50);
    app.handle(tube).start();
    await app.event('copy-buried', 3);
    expect(app.runs.all).toEqual([]);

    const { inspector } = app.runtime;
    const [letter] = await inspector.dead(tube);
    expect(letter!.reason).toMatch(/came \d+ ms late and expired after 1 ms/);
    expect(await inspector.retry(tube, letter!.id)).toBe(true);
    const [run] = await app.runs.next();
    expect(run).toMatchObject({ data: 'late', attempt: 1 });
    await bed.drained();
    expect(app.eventsOf('job-dead')).toHaveLength(1);
  });

  it('runs with all its attempts, also those that follow a failure', async () => {
    const tube = bed.tube();
    const app = bed.app({
      tubes: [
        { name: tube, attempts: 3, backoff: { type: 'fixed', delay: 50 }, expires: { action: 'bury', after: 1 } },
      ],
    });
    await app.producer(tube).delay('late', 0);
    const due = Date.now();
    await until(() => Date.now() > due + 50);
    app.handle(tube, (_data, { attempt }) => {
      if (attempt < 3) throw new Error('not yet');
    });
    app.start();
    await app.event('copy-buried', 3);
    expect(await app.runtime.inspector.retryAll(tube)).toBe(1);
    await bed.drained();
    expect(app.runs.all.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(app.eventsOf('job-dead')).toHaveLength(1);
  });

  it('would be buried again without that (control): a kick alone does not say that it is wanted', async () => {
    const tube = bed.tube();
    const app = bed.app({ tubes: [{ name: tube, expires: { action: 'bury', after: 1 } }] });
    await app.producer(tube).delay('late', 0);
    const due = Date.now();
    await until(() => Date.now() > due + 50);
    app.handle(tube).start();
    await app.event('copy-buried', 3);
    for (const node of bed.cluster.nodes) await bed.raw(node, (client) => client.kick(tube, 10));
    await app.event('copy-buried', 6);
    expect(app.runs.all).toEqual([]);
    await bed.wipe();
  });
});
