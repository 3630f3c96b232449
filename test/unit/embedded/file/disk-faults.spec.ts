// What an embedded queue does when the disk of its file refuses, loses or hangs, or the thread that writes it ends.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { systemClock } from '../../../../lib/core/base/clock.js';
import { slotKey } from '../../../../lib/core/claims/claim-key.js';
import { DqClaimStoreError } from '../../../../lib/core/errors/connection.errors.js';
import { DqFileError } from '../../../../lib/core/errors/file.errors.js';
import { DqQuorumError } from '../../../../lib/core/errors/quorum.error.js';
import { resolveOptions } from '../../../../lib/core/options/resolve-options.js';
import { fileBackend } from '../../../../lib/embedded/file-backend.js';
import type { FileRows } from '../../../../lib/embedded/file/file-rows.js';
import { describeFile } from '../../../support/describe-file.js';
import { EmbeddedApp, QueueFolder } from '../../../support/embedded-app.js';
import { FaultyThreads } from '../../../support/faulty-threads.js';
import { type Census, countResources, expectNoLeaks } from '../../../support/leaks.js';
import { standStill, until } from '../../../support/wait.js';

let before: Census;
let folder: QueueFolder;
let disk: FaultyThreads;
let app: EmbeddedApp;

beforeEach(() => {
  before = countResources();
  folder = new QueueFolder();
  disk = new FaultyThreads();
  // Long enough that a busy machine does not spend half of it on a commit.
  app = new EmbeddedApp({ embedded: { file: folder.file }, commandDeadline: 2_000 }, { threads: disk });
});

afterEach(async () => {
  disk.heal();
  await app.close();
  folder.remove();
  await expectNoLeaks(before);
});

/** The names of the jobs that a new process finds. */
async function found(): Promise<string[]> {
  await app.close();
  const next = new EmbeddedApp({ embedded: { file: folder.file } });
  const names = [];
  for (const id of ['kept', 'refused', 'later']) {
    const outcome = await next.producer.delay('x', '1h', { id }).then(
      () => 'free',
      () => 'taken',
    );
    if (outcome === 'taken') names.push(id);
  }
  const [counts] = await next.runtime.inspector.counts('work');
  await next.close();
  expect(counts?.scheduled).toBe(3);
  return names;
}

async function refusal(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const scheduled = (id: string): Promise<string> =>
  until(() => app.producer.delay('x', '1h', { id }).catch(() => undefined));

describeFile.each(['full', 'write fails'] as const)('a disk whose answer is: %s', (how) => {
  it('rejects the calls that it concerns, keeps nothing of them, and all goes on when the disk does', async () => {
    await app.producer.delay('x', '1h', { id: 'kept' });
    disk.fail(how);
    const error = await refusal(app.producer.delay('x', '1h'));
    expect(error).toBeInstanceOf(DqQuorumError);
    expect(error).toMatchObject({ fate: 'withdrawn', nodes: [{ outcome: 'refused', code: 'DQ_FILE' }] });
    const { message } = error as Error;
    expect(message).toContain(
      `told to fail: ${how}. Nothing is scheduled or started until it does: free space, or see to`,
    );
    expect(message.endsWith('No node has the job, so it will not run.')).toBe(true);
    expect(app.eventsOf('file-lost')).toHaveLength(1);

    const own = await refusal(app.producer.delay('x', '1h', { id: 'refused' }));
    expect(own).toBeInstanceOf(DqClaimStoreError);
    expect((own as Error).cause).toBeInstanceOf(DqFileError);

    disk.heal();
    await scheduled('later');
    expect(app.eventsOf('file-back')).toHaveLength(1);
    expect(await found()).toEqual(['kept', 'later']);
  });
});

describeFile('an fsync that fails', () => {
  it('leaves the fate of a job unknown to its caller, and the job itself is taken out again', async () => {
    await app.producer.delay('x', '1h', { id: 'kept' });
    disk.fail('sync fails');
    const error = await refusal(app.producer.delay('x', '1h'));
    expect(error).toMatchObject({ code: 'DQ_QUORUM', fate: 'unknown', nodes: [{ outcome: 'unknown' }] });
    disk.heal();
    await scheduled('later');
    expect(app.eventsOf('file-back')).toHaveLength(1);
    expect(await found()).toEqual(['kept', 'later']);
  });
});

describeFile('a disk that hangs', () => {
  it('lets no call wait for ever', async () => {
    await app.producer.delay('x', '1h', { id: 'kept' });
    disk.hang();
    expect(await refusal(app.producer.delay('x', '1h'))).toMatchObject({ code: 'DQ_QUORUM', fate: 'unknown' });
    expect(await refusal(app.producer.delay('x', '1h', { id: 'later' }))).toMatchObject({ code: 'DQ_QUORUM' });
    disk.heal();
  });
});

describeFile('an event loop that stood still for longer than the deadline', () => {
  it('is not taken for a disk that hangs, whatever was under way', async () => {
    app.start();
    await app.producer.delay('x', '1h');
    const first = app.producer.delay('x', '1h');
    standStill(2_300);
    expect(await first).toMatch(/^embedded\//);
    const second = app.producer.delay('x', '1h', { id: 'kept' });
    await nextTurn();
    standStill(2_300);
    expect(await second).toMatch(/^embedded\//);
    expect(app.eventsOf('node-lost')).toEqual([]);
    expect(app.eventsOf('quorum-failed')).toEqual([]);
  });
});

/** Resolves when a transaction was asked for that has such rows, and hangs. */
const hung = (has: (rows: FileRows) => boolean): Promise<unknown> =>
  until(() => disk.hung > 0 && disk.commits.at(-1) !== undefined && has(disk.commits.at(-1) as FileRows));
const says = (word: string) => (rows: FileRows) =>
  rows.records.claim.set.some(([, , value]) => value.includes(`"${word}"`));
const running = says('running');
const done = says('done');

describeFile('what is told only when the disk has it', () => {
  it('is that a job is scheduled', async () => {
    await app.producer.delay('x', '1h');
    disk.hang();
    let told = false;
    const scheduling = app.producer.delay('x', '1h').then(() => (told = true));
    await hung(({ puts }) => puts.length === 1);
    await nextTurn();
    expect(told).toBe(false);
    disk.heal();
    await scheduling.catch(() => {});
  });

  it('is that a job was begun, before its handler is called', async () => {
    await app.producer.delay('x', 0);
    disk.hang();
    app.start();
    await hung(running);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(app.runs.all).toEqual([]);
    disk.heal();
    await app.runs.next();
  });

  it('is the outcome of a run: its copy is deleted only then', async () => {
    let finish: () => void = () => undefined;
    app.start(() => new Promise<void>((resolve) => (finish = resolve)));
    await app.producer.delay('x', 0);
    await app.runs.next();
    disk.hang();
    finish();
    await hung(done);
    const asked = disk.commits.length;
    // Many turns later the outcome is still all there is.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(disk.commits.slice(asked)).toEqual([]);
    disk.heal();
    await until(() => disk.commits.some(({ jobs }) => jobs.gone.includes(1)));
  });
});

describeFile('of calls on keys, what is told only when the disk has it', () => {
  const slot = slotKey('work', 'a key');
  const call = { slot, hash: 'same', policy: 'replace' } as const;

  it('is a commit, a postponement, a move and a cancel; a reservation is not', async () => {
    const options = resolveOptions({ embedded: { file: folder.file }, tubes: ['work'] });
    const { store } = fileBackend(folder.file, options, systemClock, () => {}, { threads: disk });
    await store.ping('work');
    disk.hang();
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
    await until(() => disk.hung > 0);
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(told).toEqual([]);
    disk.heal();
    await Promise.all(all);
    expect(await calls.postponement).toMatchObject([{ kind: 'postponed' }]);
    expect(await calls.cancel).toMatchObject({ kind: 'cancelled', previous: { dueMs: 3 } });
    await store.close();
  });
});

describeFile('jobs that run while the disk refuses', () => {
  it('are settled when it is back, once', async () => {
    let finish: () => void = () => undefined;
    const finishing = new Promise<void>((resolve) => (finish = resolve));
    app.start(() => finishing);
    await app.producer.delay('x', 0);
    await app.runs.next();
    disk.fail('full');
    finish();
    await until(() => app.eventsOf('file-lost').length > 0);
    disk.heal();
    await until(() => app.eventsOf('file-back').length > 0);
    await until(async () => (await app.runtime.inspector.counts('work'))[0]?.running === 0);
    await app.close();
    const next = new EmbeddedApp({ embedded: { file: folder.file } }).start();
    await next.producer.delay('y', 0);
    expect(await next.runs.next()).toMatchObject([{ data: 'y' }]);
    await next.close();
  });

  it('are not begun', async () => {
    app.start();
    await app.producer.delay('x', 300);
    disk.fail('full');
    await until(() => app.eventsOf('file-lost').length > 0);
    disk.heal();
    await app.runs.next();
    expect(app.eventsOf('file-back')).toHaveLength(1);
  });
});

describeFile('a thread that ends although nobody asked it to', () => {
  it('is a loss that is told once; calls are rejected, another one is started, and nothing is lost or doubled', async () => {
    await app.producer.delay('x', '1h', { id: 'kept' });
    disk.hang();
    const underWay = refusal(app.producer.delay('x', '1h'));
    await until(() => disk.hung > 0);
    await disk.crash();
    expect(await underWay).toMatchObject({ code: 'DQ_QUORUM', fate: 'unknown' });
    disk.heal();
    await scheduled('later');
    expect(disk.workers).toHaveLength(2);
    expect(app.eventsOf('file-lost')).toEqual([
      { type: 'file-lost', file: folder.file, reason: 'the thread that writes it ended.' },
    ]);
    expect(app.eventsOf('file-back')).toHaveLength(1);
    expect(await found()).toEqual(['kept', 'later']);
  });

  it('loses no outcome that was not written yet', async () => {
    let finish: () => void = () => undefined;
    app.start(() => new Promise<void>((resolve) => (finish = resolve)));
    await app.producer.delay('x', 0);
    await app.runs.next();
    disk.hang();
    finish();
    await hung(done);
    await disk.crash();
    disk.heal();
    await until(() => app.eventsOf('file-back').length > 0);
    await until(async () => (await app.runtime.inspector.counts('work'))[0]?.running === 0);
    await app.close();
    const next = new EmbeddedApp({ embedded: { file: folder.file } }).start();
    await next.producer.delay('y', 0);
    expect(await next.runs.next()).toMatchObject([{ data: 'y' }]);
    await next.close();
  });
});

describeFile('closing', () => {
  it('waits for what is under way, and writes what came behind it', async () => {
    await app.producer.delay('x', '1h', { id: 'kept' });
    disk.hang();
    const scheduling = app.producer.delay('x', '1h', { id: 'later' });
    await until(() => disk.hung > 0);
    let closed = false;
    const closing = app.close().then(() => (closed = true));
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(closed).toBe(false);
    disk.heal();
    await scheduling;
    await closing;
    expect(await found()).toEqual(['kept', 'later']);
  });

  it('ends, too, while the disk refuses', async () => {
    await app.producer.delay('x', '1h', { id: 'kept' });
    disk.fail('full');
    await refusal(app.producer.delay('x', '1h'));
    await app.close();
    expect(await found()).toEqual(['kept']);
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
    const commit = Promise.all(Array.from({ length: 50 }, () => app.producer.delay('x'.repeat(65_000), '1h')));
    await until(() => disk.commits.some(({ puts }) => puts.length >= 50));
    const turns = await turnsUntil(commit);
    // A commit in this thread would be over in one.
    expect(turns).toBeGreaterThan(10);
  });
});
