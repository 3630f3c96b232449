// What became of a tube's last attempts, where it keeps that.
import { describe, expect, it } from '@jest/globals';
import type { DqJob } from '../../lib/core/consumer/dq-job.js';
import { DqAgain, DqGiveUp } from '../../lib/core/consumer/outcome.js';
import type { DqRuntime } from '../../lib/core/runtime.js';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';

const bed = testBed();
const FAST = { backoff: { type: 'fixed', delay: 1 } } as const;

describe.each(['on servers', 'embedded'])('a tube that keeps a history, %s', (where) => {
  function open(history?: { readonly last?: number }): { readonly runtime: DqRuntime; readonly tube: string } {
    if (where === 'on servers') {
      const tube = bed.tube();
      return { runtime: bed.app({ tubes: [{ name: tube, history }] }).runtime, tube };
    }
    const embedded = bed.embedded({ tubes: [{ name: 'work', history }] });
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

it('is read on where a later release has written more than this one understands', async () => {
  const tube = bed.tube();
  const app = bed.app({ tubes: [{ name: tube, history: {} }] });
  app.handle(tube).start();
  await app.producer(tube).delay('x', 0, { id: 'old' });
  await until(async () => (await app.runtime.inspector.history(tube)).length === 1);
  await bed.redis(async (redis) => {
    const pipeline = redis.pipeline();
    for (let entry = 0; entry < 2_500; entry++) pipeline.xadd(`dq:{${tube}}!log`, '*', 'e', 'of a later release');
    await pipeline.exec();
  });
  expect(await app.runtime.inspector.history(tube)).toMatchObject([{ id: 'old', outcome: 'done' }]);
});
