// Failed attempts, and how they are counted.
import { describe, expect, it } from '@jest/globals';
import type { Handler } from '../../lib/core/consumer/run.js';
import { DqAgain } from '../../lib/core/consumer/outcome.js';
import { DqTimeoutError } from '../../lib/core/errors/run.errors.js';
import type { DqBackoff } from '../../lib/core/options/dq-options.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();

const every = (delay: number): DqBackoff => ({ type: 'fixed', delay });

describe('a handler that fails', () => {
  it('is tried again after the backoff until it succeeds', async () => {
    const { app, tube } = bed.running(
      (_data, job) => {
        if (job.attempt < 3) throw new Error(`attempt ${job.attempt}`);
      },
      { backoff: every(300) },
    );
    await app.producer(tube).delay('x', 0);
    const runs = await app.runs.next(3);
    await bed.drained();
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(runs[1]!.atMs - runs[0]!.atMs).toBeGreaterThanOrEqual(300);
    expect(runs[2]!.atMs - runs[1]!.atMs).toBeGreaterThanOrEqual(300);
    expect(app.eventsOf('job-failed').map(({ attempt, retryMs }) => [attempt, retryMs])).toEqual([
      [1, 300],
      [2, 300],
    ]);
    expect((await bed.claims()).map(({ value }) => value)).toEqual([expect.stringMatching(/^dq1:D:3:/)]);
  });

  it('rejects as well as throws, and what it throws may be anything', async () => {
    const tube = bed.tube();
    const thrown = [new Error('an error'), 'a string', undefined, null];
    const app = bed.handling(
      tube,
      async (_data, job) => {
        await Promise.resolve();
        // oxlint-disable-next-line typescript/only-throw-error -- that is what is tried here
        if (job.attempt <= thrown.length) throw thrown[job.attempt - 1];
      },
      { backoff: every(1) },
    );
    await app.producer(tube).delay('x', 0);
    await app.runs.next(5);
    await bed.drained();
    expect(app.eventsOf('job-failed').map(({ error }) => error)).toEqual(thrown);
  });

  it('waits for more than two seconds on the nodes, not in memory', async () => {
    const { app, tube } = bed.running(
      (_data, job) => {
        if (job.attempt === 1) throw new Error('not yet');
      },
      { backoff: every(4_500) },
    );
    await app.producer(tube).delay('x', 0);
    const [first] = await app.runs.next();
    const delayed = async (): Promise<number[]> => (await bed.copiesOnEach(tube)).map((copies) => copies.delayed);
    await until(async () => (await delayed()).every((count) => count === 1));
    const [second] = await app.runs.next();
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(4_500);
    expect(second!.attempt).toBe(2);
    await bed.drained();
    expect(app.runs.all).toHaveLength(2);
  });

  it('waits as the job says, where the job says it', async () => {
    const { app, tube } = bed.idle();
    const failTwice: Handler = (_data, job) => {
      if (job.attempt < 3) throw new Error('no');
    };
    app.handle(tube, failTwice, { backoff: every(3_600_000) }).start();
    await app.producer(tube).delay('x', 0, { backoff: { type: 'exponential', delay: 100, factor: 3, jitter: 0 } });
    await app.runs.next(3);
    await bed.drained();
    expect(app.eventsOf('job-failed').map(({ retryMs }) => retryMs)).toEqual([100, 300]);
  });

  it('counts its attempts across consumers', async () => {
    const tube = bed.tube();
    const fail = (): never => {
      throw new Error('here it fails');
    };
    const first = bed.handling(tube, fail, { backoff: every(500) });
    await first.producer(tube).delay('x', 0);
    await first.event('job-failed');
    await first.close();
    const second = bed.handling(tube);
    expect((await second.runs.next())[0]!.attempt).toBe(2);
    await bed.drained();
  });

  it('is not held against DqAgain: returned or thrown, it does not count', async () => {
    const { app, tube } = bed.running(
      () => {
        const { length } = app.runs.all;
        if (length === 1) return new DqAgain(50);
        if (length === 2) throw new DqAgain('60ms');
        return undefined;
      },
      { attempts: 1 },
    );
    await app.producer(tube).delay('x', 0);
    const runs = await app.runs.next(3);
    await bed.drained();
    expect(runs.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    expect(runs[1]!.atMs - runs[0]!.atMs).toBeGreaterThanOrEqual(50);
    expect(runs[2]!.atMs - runs[1]!.atMs).toBeGreaterThanOrEqual(60);
    expect(app.events).toEqual([]);
  });

  it('by taking too long has its signal fired, and what it returns later changes nothing', async () => {
    const tube = bed.tube();
    const reasons: unknown[] = [];
    const app = bed.app({ tubes: [tube] });
    const late = app.event('result-late');
    app.consume(
      tube,
      async (_data, job) => {
        if (job.attempt > 1) return;
        await new Promise((resolve) => job.signal.addEventListener('abort', resolve));
        reasons.push(job.signal.reason);
      },
      { timeout: 200, backoff: every(100) },
    );
    await app.producer(tube).delay('x', 0);
    const runs = await app.runs.next(2);
    await bed.drained();
    expect(await late).toMatchObject({ tube, id: runs[0]!.id, attempt: 1, lateMs: expect.any(Number) });
    expect(reasons).toEqual([expect.any(DqTimeoutError)]);
    expect(runs[1]!.atMs - runs[0]!.atMs).toBeGreaterThanOrEqual(300);
    expect(app.eventsOf('job-failed')).toMatchObject([{ attempt: 1, error: expect.any(DqTimeoutError) }]);
    expect((await bed.claims()).map(({ value }) => value)).toEqual([expect.stringMatching(/^dq1:D:2:/)]);
  });
});
