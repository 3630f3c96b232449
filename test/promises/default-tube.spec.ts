// Not lost: what a producer without a tube's name schedules is safe from clients that watch the tube `default`, as Go consumers always do.
import { describe, expect, it } from '@jest/globals';
import type { DqBeanstalk } from '../../lib/core/options/dq-options.js';
import type { GoConsumer } from '../support/go-consumer.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const JOBS = 20;
const jobs = Array.from({ length: JOBS }, (_, at) => at);

const bed = testBed();

/** Of a tube that no job is in. */
const goElsewhere = (): Promise<GoConsumer> => bed.goConsumer(bed.tube());

describe('the jobs of the default tube, beside a Go consumer of another tube', () => {
  it('all wait for their own consumer, and run there', async () => {
    const elsewhere = await goElsewhere();
    const app = bed.app();
    const producer = app.producer();
    await Promise.all(jobs.map((job) => producer.delay(job, 0)));
    app.handle(producer.tube).start();
    await app.runs.next(JOBS);
    await bed.drained();
    expect(elsewhere.copies.all).toEqual([]);
  });

  it('would all be taken from a tube that is named "default" (control)', async () => {
    const elsewhere = await goElsewhere();
    const app = bed.app({ tubes: ['default'] });
    await Promise.all(jobs.map((job) => app.producer('default').delay(job, 0)));
    await until(() => elsewhere.copies.all.length === 3 * JOBS);
  });
});

describe('a tube named "default"', () => {
  const warned = { type: 'tube-warning', tube: 'default', reason: expect.stringMatching(/every client .* name/) };
  const nodes = (): readonly DqBeanstalk[] => bed.cluster.endpoints.map((endpoint) => ({ endpoint, tube: 'default' }));

  it('is warned of at the start, wherever it is named', () => {
    const declared = bed.app({ tubes: [{ name: 'default', format: 'plain' }, 'orders'] }).start();
    expect(declared.eventsOf('tube-warning')).toEqual([warned]);
    expect(bed.app({ beanstalks: nodes() }).start().eventsOf('tube-warning')).toEqual([warned]);
    const feature = bed.app();
    feature.runtime.declare('default');
    expect(feature.start().eventsOf('tube-warning')).toEqual([warned]);
  });

  it('is not warned of where there is none, or nobody else could take its jobs', async () => {
    expect(
      bed
        .app({ tubes: ['orders', 'default-orders'] })
        .start()
        .eventsOf('tube-warning'),
    ).toEqual([]);
    const embedded = bed.embedded({ tubes: ['work', 'default'] });
    embedded.runtime.start();
    expect(embedded.eventsOf('tube-warning')).toEqual([]);
  });

  it('is no more what the default tube is called, and a handler for it is refused with the new name', () => {
    expect(() => bed.app({ tubes: ['orders'] }).handle('default')).toThrow(/Did you mean "dq-default"\?/);
  });
});
