// What a handler says by what it returns and throws.
import { describe, expect, it } from '@jest/globals';
import { DqAgain } from 'nestjs-dq';
import { EmbeddedApp } from '../support/embedded-app.js';
import { failOnLeaks } from '../support/leaks.js';
import { until } from '../support/wait.js';

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
    expect(plain).toBe('attempt 1 of 1 failed: the string "card declined" was thrown, which is no Error');
    expect(steering).toMatch(/card .*declined/);
    expect(steering).not.toMatch(CONTROL);
    expect(long?.length).toBeLessThan(400);
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
