// What a handler says by what it returns and throws.
import { describe, expect, it } from '@jest/globals';
import { DqAgain, type DqTubeOptions } from 'nestjs-dq';
import type { App } from '../support/app.js';
import { EmbeddedApp } from '../support/embedded-app.js';
import { failOnLeaks } from '../support/leaks.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { orderApp } from '../testing/order-app.js';

const CONTROL = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u;

failOnLeaks();

describe('a string that was thrown', () => {
  it('is the reason: shortened, and with nothing in it that steers a terminal', async () => {
    const app = new EmbeddedApp();
    app.start(
      (data) => {
        throw data;
      },
      { attempts: 1 },
    );
    await app.producer.delay('card declined', 0);
    await app.producer.delay('\u001b[2Jcard \u202e\u2066\u200bdeclined\u0000', 0);
    await app.producer.delay('x'.repeat(60_000), 0);
    await until(() => app.eventsOf('job-dead').length === 3);
    await app.close();
    const [plain, steering, long] = app.eventsOf('job-dead').map(({ reason }) => reason);
    expect(plain).toBe('attempt 1 of 1 failed: the string "card declined" was thrown, which is not an Error');
    expect(steering).toMatch(/card .*declined/);
    expect(steering).not.toMatch(CONTROL);
    expect(long?.length).toBeLessThan(400);
  });
});

describe('a generator', () => {
  it.each<[string, () => unknown]>([
    [
      'a generator',
      function* (): Generator<number> {
        yield 1;
      },
    ],
    [
      'an async generator',
      async function* (): AsyncGenerator<number> {
        yield 1;
      },
    ],
  ])('is a failed attempt, since nothing of it has run: %s', async (_what, handler) => {
    const app = new EmbeddedApp();
    app.start(handler, { attempts: 1 });
    await app.producer.delay('it', 0);
    await until(() => app.eventsOf('job-dead').length === 1);
    await app.close();
    expect(app.eventsOf('job-dead')[0]?.reason).toMatch(/^attempt 1 of 1 failed: Expected the handler to run the job/);
  });
});

describe('a DqAgain', () => {
  it('of a time that has passed means at once, and the attempt does not count', async () => {
    const waits: unknown[] = [-5, -0.5, -1e12, '-5s', 0];
    const app = new EmbeddedApp();
    app.start(() => (waits.length > 0 ? new DqAgain(waits.shift() as number) : undefined), { attempts: 1 });
    await app.producer.delay('it', 0);
    await app.runs.next(6);
    await app.close();
    expect(app.runs.all.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(app.events.map(({ type }) => type)).not.toContain('job-dead');
  });

  it.each([NaN, Infinity, -Infinity, 'soon', '-', '-soon', null, {}])(
    'of %p is a failed attempt that says so',
    async (delay) => {
      const app = new EmbeddedApp();
      app.start(() => new DqAgain(delay as number), { attempts: 1 });
      await app.producer.delay('it', 0);
      await until(() => app.eventsOf('job-dead').length === 1);
      await app.close();
      expect(app.eventsOf('job-dead')[0]?.reason).toMatch(
        /^attempt 1 of 1 failed: Expected a delay of whole milliseconds/,
      );
    },
  );
});

/** What a handler does in its first, second, ... run; nothing behind the last. */
function inTurn(...doings: readonly (() => unknown)[]): () => unknown {
  let run = 0;
  return () => doings[run++]?.();
}

const fail = (): never => {
  throw new Error('told to fail');
};

describe('expires', () => {
  const tubes = (own: Pick<DqTubeOptions, 'expires' | 'backoff'>): { readonly defaults: typeof own } => ({
    defaults: own,
  });
  const backoff = { type: 'fixed', delay: '1m' } as const;
  const expires = { after: '10m', action: 'skip' } as const;

  it('counts from the moment that the handler asked for, in each attempt from then on', async () => {
    const again = (): DqAgain => new DqAgain('1h');
    const app = await orderApp(inTurn(again, again, fail, fail), tubes({ expires, backoff }));
    await app.orders.delay('it', 0);
    await app.dq.advance('1d');
    await app.module.close();
    const hour = 3_600_000;
    expect(app.runs).toEqual([0, hour, 2 * hour, 2 * hour + 60_000, 2 * hour + 120_000].map((ms) => `"it"@${ms}`));
    expect(app.dq.completed('orders')).toHaveLength(1);
  });

  it('still ends a job that comes later than that after the moment that the handler asked for', async () => {
    const late = { type: 'fixed', delay: '11m' } as const;
    const app = await orderApp(
      inTurn(() => new DqAgain('1h'), fail),
      tubes({ expires, backoff: late }),
    );
    await app.orders.delay('it', 0);
    await app.dq.advance('1d');
    await app.module.close();
    expect(app.runs).toHaveLength(2);
    expect(app.dq.jobs('orders')).toMatchObject([{ state: 'skipped' }]);
  });

  it('counts from the due time for a retry of a job that never asked', async () => {
    const app = await orderApp(inTurn(fail, fail), tubes({ expires: { after: '90s', action: 'bury' }, backoff }));
    await app.orders.delay('it', 0);
    await app.dq.advance('1d');
    await app.module.close();
    expect(app.runs).toEqual(['"it"@0', '"it"@60000']);
    expect(app.dq.dead('orders')).toMatchObject([{ reason: 'it came 120000 ms late and expired after 90000 ms' }]);
  });

  describe('on servers', () => {
    const bed = testBed();

    it('counts from the moment that the handler asked for too, on whichever consumer', async () => {
      const tube = bed.tube();
      const after = 5_000;
      const open = (...doings: readonly (() => unknown)[]): App =>
        bed
          .app({ tubes: [{ name: tube, expires: { after, action: 'skip' }, backoff: { type: 'fixed', delay: 20 } }] })
          .handle(tube, inTurn(...doings));
      // Longer than it may be late: by the due time it would have expired.
      const first = open(() => new DqAgain(after + 1_000)).start();
      await first.producer(tube).delay('it', 0);
      await first.runs.next();
      await until(async () => (await bed.claims()).some(({ value }) => value.startsWith('dq1:W:0:')));
      const second = open(fail, fail);
      await first.close();
      second.start();
      await second.runs.next(3);
      await bed.drained();
      expect(second.eventsOf('job-skipped')).toEqual([]);
      expect(second.runs.all.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    });
  });
});
