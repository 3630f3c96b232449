// Whatever a handler throws, returns or logs: it is a failed attempt with a reason, and the consumer goes on.
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AppProcess } from '../../harness/app-process.mjs';
import { EmbeddedApp } from '../support/embedded-app.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { failing, UNAWAITABLE, UNSPEAKABLE } from './unspeakable.js';
import type { Fates } from './unspeakable-script.js';

/** More than any reason is long. */
const LONG = 3_000;
const names = Object.keys(UNSPEAKABLE);

describe('what a handler throws', () => {
  let app: EmbeddedApp;

  afterEach(async () => {
    await app.close();
  });

  /** Runs one job that ends like this, and one more behind it. Resolves to why the first was given up. */
  async function reasonOf(handler: () => unknown): Promise<string | undefined> {
    app = new EmbeddedApp();
    app.start((data) => (data === 'bad' ? handler() : undefined), { attempts: 1, concurrency: 1 });
    await app.producer.delay('bad', 0);
    await app.producer.delay('good', 0);
    await until(() =>
      app.runtime.inspector.next('work').then((next) => next === undefined && app.runs.all.length === 2),
    );
    await until(async () => (await app.runtime.inspector.counts('work')).every(({ running }) => running === 0));
    return app.eventsOf('job-dead')[0]?.reason;
  }

  it.each(names)('is a failed attempt with a reason, and the tube goes on: %s', async (name) => {
    const reason = await reasonOf(() => {
      throw UNSPEAKABLE[name]?.();
    });
    expect(reason).toMatch(/^(attempt 1 of 1 failed|the handler gave it up): .+/s);
    expect(reason?.length).toBeLessThan(LONG);
  });

  it.each(names)('is so too when it comes later: %s', async (name) => {
    const reason = await reasonOf(async () => {
      await Promise.resolve();
      throw UNSPEAKABLE[name]?.();
    });
    expect(reason).toMatch(/^(attempt 1 of 1 failed|the handler gave it up): .+/s);
    expect(reason?.length).toBeLessThan(LONG);
  });

  it.each(Object.entries(UNAWAITABLE))('is not needed for that, when it returns %s', async (_name, [make, outcome]) => {
    const reason = await reasonOf(make);
    if (outcome === 'done') expect(reason).toBeUndefined();
    else expect(reason).toMatch(/^(attempt 1 of 1 failed|the handler gave it up): .+/s);
  });
});

describe('what a handler throws, on servers', () => {
  const bed = testBed();

  it('is a failed attempt with a reason, and every dead letter tells it', async () => {
    const { app, tube } = bed.running(
      (data) => {
        throw UNSPEAKABLE[data as string]?.();
      },
      { attempts: 1, concurrency: 2 },
    );
    for (const name of names) await app.producer(tube).delay(name, 0);
    await app.event('job-dead', names.length);
    const letters = await until(async () => {
      const found = await app.runtime.inspector.dead(tube);
      return found.length === names.length ? found : undefined;
    });
    for (const { reason, attempts } of letters) {
      expect(reason).toMatch(/.{10}/s);
      expect(attempts).toBe(1);
    }
    await bed.wipe();
  });
});

describe('a process whose handlers, codecs, backoff, listener and logger throw it all', () => {
  it('lives, and tells what became of each job', async () => {
    const script = join(import.meta.dirname, 'unspeakable-script.ts');
    const child = new AppProcess<Fates>({ name: 'the process', script });
    const fates = await child.told(() => child.messages[0], { what: 'what became of its jobs' });
    expect(await child.ended).toEqual({ code: 0, signal: null });
    for (const id of [...failing('bare'), ...failing('around')])
      expect([id, fates[id]]).toEqual([id, expect.stringMatching(/^dead: .+/s)]);
    // Its backoff is no better than its handlers: so it waits a minute.
    for (const id of failing('coded'))
      expect([id, fates[id]]).toEqual([id, expect.stringMatching(/^(dead: .+|failed: 60000$)/s)]);
  });
});
