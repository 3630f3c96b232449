// What an embedded queue tells, and begins, only when the disk of its file has it; and that nothing else waits for the disk.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { systemClock } from '../../../../lib/core/base/clock.js';
import { slotKey } from '../../../../lib/core/claims/claim-key.js';
import { resolveOptions } from '../../../../lib/core/options/resolve-options.js';
import { fileBackend } from '../../../../lib/embedded/file-backend.js';
import { describeFile } from '../../../support/describe-file.js';
import { until } from '../../../support/wait.js';
import { DiskBed, says } from './disk-bed.js';

const bed = new DiskBed();

describeFile('what is told only when the disk has it', () => {
  it('is that a job is scheduled', async () => {
    await bed.app.producer.delay('x', '1h');
    bed.disk.hang();
    let told = false;
    const scheduling = bed.app.producer.delay('x', '1h').then(() => (told = true));
    await bed.hung(({ puts }) => puts.length === 1);
    await nextTurn();
    expect(told).toBe(false);
    bed.disk.heal();
    await scheduling.catch(() => {});
  });

  it('is that a job was begun, before its handler is called', async () => {
    await bed.app.producer.delay('x', 0);
    bed.disk.hang();
    bed.app.start();
    await bed.hung(says('running'));
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(bed.app.runs.all).toEqual([]);
    bed.disk.heal();
    await bed.app.runs.next();
  });

  it('is the outcome of a run: its copy is deleted only then', async () => {
    const gate = await bed.running();
    bed.disk.hang();
    gate.open();
    await bed.hung(says('done'));
    const asked = bed.disk.commits.length;
    // Many turns later the outcome is still all there is.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(bed.disk.commits.slice(asked)).toEqual([]);
    bed.disk.heal();
    await until(() => bed.disk.commits.some(({ jobs }) => jobs.gone.includes(1)));
  });
});

describeFile('of calls on keys, what is told only when the disk has it', () => {
  const slot = slotKey('work', 'a key');
  const call = { slot, hash: 'same', policy: 'replace' } as const;

  it('is a commit, a postponement, a move and a cancel; a reservation is not', async () => {
    const options = resolveOptions({ embedded: { file: bed.folder.file }, tubes: ['work'] });
    const { store } = fileBackend(bed.folder.file, options, systemClock, () => {}, { threads: bed.disk });
    await store.ping('work');
    bed.disk.hang();
    const [first] = await store.reserveKeys('work', [{ ...call, id: 'one', dueMs: 1 }]);
    if (first?.kind !== 'reserved') throw new Error('the key is free');
    const reserved = { ...first, ...call };
    const told: string[] = [];
    const calls = {
      commit: store.commitKeys('work', [{ slot, id: 'one', dueMs: 1, handle: 'h', reserved }]),
      postponement: store.reserveKeys('work', [{ ...call, id: 'two', dueMs: 2 }]),
      move: store.moveKey('work', slot, 3),
      cancel: store.cancelKey('work', slot),
    };
    const all = Object.entries(calls).map(([name, answered]) => answered.then(() => told.push(name)));
    await until(() => bed.disk.hung > 0);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(told).toEqual([]);
    bed.disk.heal();
    await Promise.all(all);
    expect(await calls.postponement).toMatchObject([{ kind: 'postponed' }]);
    expect(await calls.cancel).toMatchObject({ kind: 'cancelled', previous: { dueMs: 3 } });
    await store.close();
  });
});

async function turnsUntil(end: Promise<unknown>): Promise<number> {
  let turns = 0;
  const over = end.then(() => true);
  while (!(await Promise.race([over, nextTurn(false)]))) turns++;
  return turns;
}

describeFile('a commit', () => {
  it('does not block the event loop, however much it has', async () => {
    const commit = Promise.all(Array.from({ length: 50 }, () => bed.app.producer.delay('x'.repeat(65_000), '1h')));
    await until(() => bed.disk.commits.some(({ puts }) => puts.length >= 50));
    const turns = await turnsUntil(commit);
    // A commit in this thread would be over in one.
    expect(turns).toBeGreaterThan(10);
  });
});
