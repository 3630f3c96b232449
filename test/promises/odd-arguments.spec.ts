// Arguments that are not what they seem are refused with what was expected, and always by the promise.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runInNewContext } from 'node:vm';
import type { DqProducer } from 'nestjs-dq';
import { EmbeddedApp } from '../support/embedded-app.js';
import { failOnLeaks } from '../support/leaks.js';

failOnLeaks();

let app: EmbeddedApp;
let producer: DqProducer;

beforeEach(() => {
  app = new EmbeddedApp();
  producer = app.producer;
});

afterEach(() => app.close());

/** What cannot be looked at in any way. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('a due time', () => {
  it.each<[string, () => unknown]>([
    ['has the methods of a Date and is none', () => Object.create(Date.prototype)],
    ['is a Date behind a Proxy', () => new Proxy(new Date(), {})],
    ['cannot be looked at', revoked],
  ])('that %s is refused as a due time', async (_what, when) => {
    await expect(producer.at({}, when() as Date)).rejects.toMatchObject({ code: 'DQ_DATE' });
  });

  it('may be a Date of another realm', async () => {
    const when = runInNewContext('new Date(Date.now() + 3_600_000)') as Date;
    await expect(producer.at({}, when)).resolves.toMatch(/^embedded\/work\//);
  });
});

describe('a payload', () => {
  it('that cannot be looked at is refused as a payload', async () => {
    await expect(producer.delay(revoked(), 0)).rejects.toMatchObject({ code: 'DQ_PAYLOAD' });
  });
});

describe('options of a job', () => {
  it('that throw when they are read reject, also of a moment that has passed', async () => {
    const options = {
      get id(): string {
        throw new Error('not to be read');
      },
    };
    let past: Promise<string> | undefined;
    expect(() => (past = producer.at({}, Date.now() - 1000, options))).not.toThrow();
    await expect(past).rejects.toThrow('not to be read');
  });

  it('that nobody has waited for are refused, not left out', async () => {
    const options = Promise.resolve({ id: 'charge-42' }) as object;
    await expect(producer.delay({}, 0, options)).rejects.toMatchObject({
      code: 'DQ_OPTIONS',
      message: 'Expected the options of a job to be an object, got a Promise. Is an await missing?',
    });
  });
});

describe('a bulk', () => {
  it('says of jobs that nobody has waited for what they are', async () => {
    const jobs = [1, 2].map((n) => Promise.resolve({ data: n, delay: 0 }));
    const { failed, results } = await producer.delayMany(jobs as never);
    expect(failed).toBe(2);
    expect(results[1]).toMatchObject({
      error: { message: 'Expected a job to be an object, got a Promise. Is an await missing?' },
    });
  });
});
