// A Redis that knows less has taken the place of the one that was there. What it has forgotten is told to it again.
import { cp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { testBed } from '../support/test-bed.js';
import { until } from '../support/wait.js';
import { LosingScene, names } from './losing-scene.js';

const bed = testBed();

/** What Redis knows now, for `putBack`. */
const keep = (): Promise<void> => cp(bed.cluster.redis.dir, `${bed.cluster.redis.dir}-before`, { recursive: true });

/** Ends Redis, which will know no more than that when it is restarted. */
async function putBack(): Promise<void> {
  const { dir } = bed.cluster.redis;
  await bed.cluster.redis.kill();
  await rm(dir, { recursive: true });
  await rename(`${dir}-before`, dir);
}

describe('a Redis that comes back with what it knew before', () => {
  it('is told again what it has forgotten: jobs that ended, that began, and that were tried again meanwhile', async () => {
    const scene = new LosingScene(bed);
    await scene.begun(['warm', ...names('long', 5)]);
    await until(async () => (await scene.states()).D === 1);
    const late = [...names('quick', 30), ...names('retried', 5), ...names('long later', 5)];
    await scene.written(late);
    await bed.cluster.node(2).pause();
    await keep();
    await until(() => scene.runs.length === 6 + 30 + 10 + 5, { timeout: 20_000 });
    await until(async () => ((await scene.states()).D ?? 0) === 1 + 35);
    await putBack();
    // The control: it had all that to forget.
    const { dir } = bed.cluster.redis;
    const kept = (await readdir(dir, { recursive: true })).filter((file) => file.endsWith('.aof'));
    const logs = await Promise.all(kept.map((file) => readFile(join(dir, file), 'latin1')));
    const known = logs
      .join('')
      .split(/flushall/i)
      .at(-1)!;
    expect([known.includes('dq1:D:1:'), known.includes('dq1:D:2:')]).toEqual([true, false]);
    expect(known.match(/dq1:D:/g)!.length).toBeLessThan(10);
    await bed.cluster.redis.restart();
    bed.cluster.node(2).resume();
    await until(
      async () => {
        const { R = 0, D = 0 } = await scene.states();
        return R === 10 && D === 36;
      },
      { timeout: 20_000 },
    );
    await until(async () => (await bed.copies(2, scene.tube)).ready === 0);
    scene.gate.open();
    await bed.drained();
    expect(scene.runs).toHaveLength(6 + 30 + 10 + 5);
    expect(scene.doubled).toEqual([]);
  });
});

describe('a second attempt that Redis has forgotten to have granted', () => {
  it.each([
    ['while Redis was away for long', 2_500],
    ['a moment before it is back', 0],
  ])('and that ended %s, is settled, and does not run again', async (_when, ms) => {
    const scene = new LosingScene(bed);
    await scene.begun(['warm', 'retried long']);
    await until(async () => (await scene.states()).W === 1);
    await keep();
    await until(() => scene.runs.length === 3);
    // It knows that the first one failed, and is away when the second one ends, which it has granted since.
    await putBack();
    scene.gate.open();
    await sleep(ms);
    await bed.cluster.redis.restart();
    await bed.drained();
    expect(scene.runs.toSorted()).toEqual(['retried long', 'retried long', 'warm']);
    expect(scene.refused).toEqual([]);
    expect((await scene.states()).D).toBe(2);
  });
});
