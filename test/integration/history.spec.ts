// What became of a tube's last attempts, where it keeps that.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { DqJob } from '../../lib/core/consumer/dq-job.js';
import { DqAgain, DqGiveUp } from '../../lib/core/consumer/outcome.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import { EmbeddedApp } from '../support/embedded-app.js';
import { specBed } from '../support/spec-bed.js';
import { TestBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = specBed(new TestBed());
const FAST = { backoff: { type: 'fixed', delay: 1 } } as const;

describe.each(['on servers', 'embedded'])('a tube that keeps a history, %s', (where) => {
  let embedded: EmbeddedApp | undefined;
  afterEach(async () => {
    await embedded?.close();
    embedded = undefined;
  });

  function open(history?: { readonly last?: number }): { readonly runtime: DqRuntime; readonly tube: string } {
    if (where === 'on servers') {
      const tube = bed.tube();
      return { runtime: bed.app({ tubes: [{ name: tube, history }] }).runtime, tube };
    }
    embedded = new EmbeddedApp({ tubes: [{ name: 'work', history }] });
    return { runtime: embedded.runtime, tube: 'work' };
  }

  function act(data: unknown, { attempt }: DqJob): unknown {
    if (data === 'fail once' && attempt === 1) throw new Error('the first\nline counts');
    if (data === 'give up') throw new DqGiveUp('the account is closed');
    if (data === 'again' && !again) {
      again = true;
      return new DqAgain(1);
    }
    return 'fine';
  }
  let again = false;

  it('tells of each attempt: its outcome, how late it was, how long it took, and why it failed', async () => {
    const { runtime, tube } = open({});
    again = false;
    runtime.handle(tube, act, FAST);
    runtime.start();
    const producer = runtime.producer(tube);
    for (const data of ['fine', 'fail once', 'again', 'give up'])
      await producer.delay(data, 0, { id: data.replace(' ', '-') });
    const entries = await until(async () => {
      const found = await runtime.inspector.history(tube);
      return found.length === 6 ? found : undefined;
    });
    const told = entries.map(({ id, attempt, outcome, error }) => `${id} ${attempt} ${outcome} ${error ?? ''}`.trim());
    expect(told.toSorted()).toEqual([
      'again 1 again',
      'again 1 done',
      'fail-once 1 retrying the first',
      'fail-once 2 done',
      'fine 1 done',
      expect.stringMatching(/^give-up 1 dead .*the account is closed/),
    ]);
    for (const { at, lateMs, tookMs, consumer } of entries) {
      expect(Math.abs(Date.now() - +at)).toBeLessThan(60_000);
      expect([lateMs >= 0, tookMs >= 0, consumer.length > 0]).toEqual([true, true, true]);
    }
    const of = async (filter: object): Promise<string[]> =>
      (await runtime.inspector.history(tube, filter)).map(({ id, outcome }) => `${id} ${outcome}`);
    expect(await of({ id: 'fail-once' })).toEqual(['fail-once done', 'fail-once retrying']);
    expect(await of({ outcome: 'dead' })).toEqual(['give-up dead']);
    expect(await of({ since: new Date(Date.now() + 60_000) })).toEqual([]);
    expect(await of({ limit: 2 })).toHaveLength(2);
    await until(async () => (await runtime.inspector.deleteAll(tube)) > 0);
  });

  it('refuses to tell of a tube that keeps none, and filters that are none', async () => {
    const { runtime, tube } = open();
    await expect(runtime.inspector.history(tube)).rejects.toMatchObject({ code: 'DQ_OPTIONS' });
    const kept = where === 'on servers' ? open({}) : undefined;
    for (const filter of kept ? [{ outcome: 'lost' }, { limit: 0 }, { since: 7 }, { ids: [] }] : []) {
      await expect(kept?.runtime.inspector.history(kept.tube, filter as object)).rejects.toMatchObject({
        code: 'DQ_OPTIONS',
      });
    }
  });
});

it('costs a tube without it nothing, and one with it about 150 bytes an attempt and no trip', async () => {
  const [plain, kept] = [bed.tube(), bed.tube()];
  const app = bed.app({ tubes: [plain, { name: kept, history: { last: 10_000 } }] });
  app.handle(plain).handle(kept).start();
  for (const tube of [plain, kept]) {
    for (let job = 0; job < 500; job++) await app.producer(tube).delay(job, 0);
  }
  await app.runs.next(1_000);
  await bed.drained();
  await bed.redis(async (redis) => {
    expect(await redis.exists(`dq:{${plain}}!log`)).toBe(0);
    await until(async () => (await redis.xlen(`dq:{${kept}}!log`)) === 500);
    const bytes = Number(await redis.memory('USAGE', `dq:{${kept}}!log`, 'SAMPLES', 0));
    expect(bytes / 500).toBeLessThan(200);
    expect(await redis.pttl(`dq:{${kept}}!log`)).toBeGreaterThan(0);
  });
});
