// Durations and moments that were computed, and units that a calendar would see otherwise.
import { afterEach, describe, expect, it } from '@jest/globals';
import { DqAgain } from '../../lib/core/consumer/outcome.js';
import { DqDateError, DqDelayError } from '../../lib/core/errors/argument.errors.js';
import { readDuration } from '../../lib/core/options/duration.js';
import type { DqEmbeddedOptions } from '../../lib/core/options/dq-options.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { EmbeddedApp } from '../support/embedded-app.js';

const DAY_MS = 86_400_000;
/** 300.00000000000006 */
const COMPUTED = 0.1 * 3 * 1_000;

let app: EmbeddedApp | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const embedded = (options: Partial<DqEmbeddedOptions> = {}) => resolveOptions({ embedded: true, ...options });

describe('a duration that was computed, and is a fraction of a millisecond', () => {
  it('as a delay is the next whole millisecond, so that no job is early', async () => {
    app = new EmbeddedApp();
    const started: number[] = [];
    app.start((_data, job) => {
      started.push(Date.now() - job.dueAt.getTime());
    });
    const before = Date.now();
    await app.producer.delay('computed', COMPUTED);
    await app.producer.delay('a third', 1_000 / 3);
    await app.producer.delay('now', 0.3 - 0.1 * 3);
    const due = (await app.runs.next(3)).map(({ data }) => data);
    expect(due).toEqual(['now', 'computed', 'a third']);
    expect(started.every((late) => late >= 0)).toBe(true);
    expect(Date.now() - before).toBeGreaterThanOrEqual(334);
    expect(readDuration(COMPUTED)).toBe(301);
  });

  it('as text, too', () => {
    expect(['0.07h', '4.35s', '0.5ms', '1.1 minutes'].map(readDuration)).toEqual([252_001, 4_350, 1, 66_000]);
  });

  it('of each job of a bulk', async () => {
    app = new EmbeddedApp();
    const jobs = [COMPUTED, 1_000 / 3, 5e-324].map((delay) => ({ data: delay, delay }));
    expect(await app.producer.delayMany(jobs)).toMatchObject({ scheduled: 3, failed: 0 });
  });

  it('as a moment is the next whole millisecond', async () => {
    app = new EmbeddedApp().start();
    await app.producer.at('computed', Date.now() + COMPUTED);
    const many = await app.producer.atMany([{ data: 'later', at: performance.timeOrigin + performance.now() + 100 }]);
    expect(many).toMatchObject({ scheduled: 1 });
    await app.runs.next(2);
  });

  it('in what a handler returns, in a backoff and in expires', async () => {
    expect(new DqAgain(COMPUTED).ms).toBe(301);
    app = new EmbeddedApp();
    await app.producer.delay('x', '1h', {
      backoff: { type: 'exponential', delay: COMPUTED, max: COMPUTED * 10 },
      expires: { after: COMPUTED, action: 'skip' },
    });
  });

  it('in every option is rounded up, so that no deadline is shorter than it was meant', () => {
    const resolved = embedded({
      commandDeadline: COMPUTED,
      shutdownDeadline: COMPUTED,
      retention: 10_000 / 3,
      tubes: [{ name: 'work', timeout: COMPUTED, lease: 10_000 / 3, expires: { after: COMPUTED, action: 'run' } }],
    });
    expect(resolved).toMatchObject({ commandDeadlineMs: 301, shutdownDeadlineMs: 301, retentionMs: 3_334 });
    expect(resolved.tubes.get('work')).toMatchObject({ timeoutMs: 301, leaseMs: 3_334, expires: { afterMs: 301 } });
  });
});

describe('what is no duration', () => {
  it.each([NaN, Infinity, -Infinity, -1, 2 ** 53, '30', '', 'soon', '-1s', null, undefined, true, {}])(
    'is refused as ever (control): %p',
    async (delay) => {
      app = new EmbeddedApp();
      await expect(app.producer.delay('x', delay as number)).rejects.toThrow(DqDelayError);
    },
  );

  it('and so is no moment, and a moment in seconds that is a fraction', async () => {
    app = new EmbeddedApp();
    for (const at of [NaN, Infinity, -1, Date.now() / 1_000])
      await expect(app.producer.at('x', at)).rejects.toThrow(DqDateError);
  });
});

describe('a unit', () => {
  it('has one length, whatever the calendar says: a year is 365.25 days, a day 24 hours', () => {
    expect(['1d', '1w', '1y', '1 year', '2y'].map(readDuration)).toEqual(
      [1, 7, 365.25, 365.25, 730.5].map((days) => days * DAY_MS),
    );
  });
});
