// Looking at dead letters, and deciding on them, on real nodes.
import { describe, expect, it } from '@jest/globals';
import { DqGiveUp } from '../../lib/core/consumer/outcome.js';
import { nativePrefix } from '../../lib/core/wire/envelope.js';
import type { App } from '../support/app.js';
import type { RawClient } from '../support/raw-client.js';
import { testBed } from '../support/test-bed.js';

const bed = testBed();

/** Puts bodies into the tube and buries them, as somebody else's consumer would. */
async function bury(node: number, tube: string, bodies: readonly string[]): Promise<void> {
  await bed.raw(node, async (client: RawClient) => {
    for (const body of bodies) await client.put(body, { tube, ttr: 5 });
    await client.command(`watch ${tube}`);
    for (const _ of bodies) {
      const { line } = await client.command('reserve-with-timeout 0');
      await client.bury(Number(line.split(' ')[1]));
    }
  });
}

const body = (id: string, generation?: string): string => `${nativePrefix(Date.now(), id, 3, generation)}"it"`;
const buried = async (tube: string): Promise<number[]> => (await bed.copiesOnEach(tube)).map((copies) => copies.buried);

/** An application whose handler gives each job up until it is told to go on. */
function reluctant(tube: string): { readonly app: App; readonly goOn: () => void } {
  let willing = false;
  const app = bed.app({ tubes: [tube] });
  app.handle(tube, () => (willing ? undefined : new DqGiveUp('not yet'))).start();
  return { app, goOn: () => void (willing = true) };
}

describe('a dead letter', () => {
  it('is shown, retried from its first attempt, and done', async () => {
    const tube = bed.tube();
    const { app, goOn } = reluctant(tube);
    await app.producer(tube).delay('x', 0, { id: 'mine' });
    await app.producer(tube).delay('y', 0, { id: 'another' });
    await app.event('copy-buried', 6);
    const { inspector } = app.runtime;
    const letters = await inspector.dead(tube);
    expect(new Set(letters.map(({ id, copies }) => `${id} ${copies.length}`))).toEqual(
      new Set(['mine 3', 'another 3']),
    );
    expect(letters[0]).toMatchObject({ attempts: 1, reason: 'the handler gave it up: not yet', mayHaveRun: false });

    goOn();
    // The two calls are at the same letters at the same time.
    const [, retried] = await Promise.all([inspector.dead(tube), inspector.retry(tube, 'mine')]);
    expect(retried).toBe(true);
    await app.runs.next(3);
    expect(app.runs.all.filter(({ id }) => id === 'mine').map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(await buried(tube)).toEqual([1, 1, 1]);
    expect(await inspector.retry(tube, 'mine')).toBe(false);
    expect(await inspector.delete(tube, 'another')).toBe(true);
    await bed.drained();
  });

  it('is not lost to a look when a copy of an earlier write of its id was left over', async () => {
    const tube = bed.tube();
    await bury(0, tube, [body('mine', 'earlier')]);
    await bed.redis((redis) => redis.set(`dq:{${tube}}:mine#earlier`, 'dq1:D:1:somebody:3:2', 'PX', 60_000));
    const { app } = reluctant(tube);
    await app.producer(tube).delay('x', 0, { id: 'mine' });
    await app.event('copy-buried', 3);
    expect(await buried(tube)).toEqual([2, 1, 1]);
    const letters = await app.runtime.inspector.dead(tube);
    expect(letters).toMatchObject([{ id: 'mine', data: 'x', copies: [{}, {}, {}] }]);
    expect(await buried(tube)).toEqual([1, 1, 1]);
    expect(await app.runtime.inspector.deleteAll(tube)).toBe(1);
    await bed.drained();
  });
});

describe('many dead letters', () => {
  it('are gone through once, in more than one pass', async () => {
    const tube = bed.tube();
    const ids = Array.from({ length: 1_100 }, (_, at) => `letter-${at}`);
    await bury(
      0,
      tube,
      ids.map((id) => body(id)),
    );
    const { inspector } = bed.app({ tubes: [tube] }).runtime;
    const letters = await inspector.dead(tube, { limit: 2_000 });
    expect(letters.map(({ id }) => id)).toEqual(ids);
    expect(await buried(tube)).toEqual([1_100, 0, 0]);
    expect(await inspector.retryAll(tube)).toBe(0);
    expect(await inspector.retryAll(tube, { mayHaveRun: true })).toBe(1_100);
    expect((await bed.copies(0, tube)).ready).toBe(1_100);
    await bed.wipe();
  });

  it('stay buried when one of them is decided on', async () => {
    const tube = bed.tube();
    const ids = Array.from({ length: 60 }, (_, at) => `letter-${at}`);
    for (const node of [0, 1, 2])
      await bury(
        node,
        tube,
        ids.map((id) => body(id)),
      );
    const { inspector } = bed.app({ tubes: [tube] }).runtime;
    expect(await inspector.delete(tube, 'letter-40')).toBe(true);
    expect(await inspector.delete(tube, 'letter-40')).toBe(false);
    expect(await buried(tube)).toEqual([59, 59, 59]);
    expect(await inspector.deleteAll(tube)).toBe(59);
    await bed.drained();
  });
});
