// What an embedded queue does when the disk of its file refuses, loses or hangs.
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqClaimStoreError } from '../../../lib/core/errors/connection.errors.js';
import { DqFileError } from '../../../lib/core/errors/file.errors.js';
import { DqQuorumError } from '../../../lib/core/errors/quorum.error.js';
import { EmbeddedApp, QueueFolder } from '../../support/embedded-app.js';
import { FaultyDisk } from '../../support/faulty-disk.js';
import { type Census, countResources, expectNoLeaks } from '../../support/leaks.js';
import { standStill, until } from '../../support/wait.js';

let before: Census;
let folder: QueueFolder;
let disk: FaultyDisk;
let app: EmbeddedApp;

beforeEach(() => {
  before = countResources();
  folder = new QueueFolder();
  disk = new FaultyDisk();
  app = new EmbeddedApp({ embedded: { file: folder.file }, commandDeadline: 200 }, { disk, leastBytes: 20_000 });
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

describe.each(['ENOSPC', 'EIO'])('a write that fails with %s', (code) => {
  it('rejects the calls that it concerns, keeps nothing of them, and all goes on when the disk does', async () => {
    await app.producer.delay('x', '1h', { id: 'kept' });
    disk.fail('write', code);
    const error = await refusal(app.producer.delay('x', '1h'));
    expect(error).toBeInstanceOf(DqQuorumError);
    expect(error).toMatchObject({ fate: 'withdrawn', nodes: [{ outcome: 'refused', code: 'DQ_FILE' }] });
    const { message } = error as Error;
    expect(message).toContain(
      `${code}: told to fail. Nothing is scheduled or started until it does: free space, or see to`,
    );
    expect(message.endsWith('No node has the job, so it will not run.')).toBe(true);
    expect(app.eventsOf('file-lost')).toHaveLength(1);

    const own = await refusal(app.producer.delay('x', '1h', { id: 'refused' }));
    expect(own).toBeInstanceOf(DqClaimStoreError);
    expect((own as Error).cause).toBeInstanceOf(DqFileError);

    disk.heal();
    await until(() => app.producer.delay('x', '1h', { id: 'later' }).catch(() => undefined));
    expect(app.eventsOf('file-back')).toHaveLength(1);
    expect(await found()).toEqual(['kept', 'later']);
  });
});

describe('an fsync that fails', () => {
  it('is not believed again: everything is written anew, and what was not told is told to be unknown', async () => {
    await app.producer.delay('x', '1h', { id: 'kept' });
    disk.fail('sync', 'EIO');
    const error = await refusal(app.producer.delay('x', '1h'));
    expect(error).toMatchObject({ code: 'DQ_QUORUM', fate: 'unknown', nodes: [{ outcome: 'unknown' }] });
    disk.heal();
    const renames = disk.calls.rename;
    await until(() => app.producer.delay('x', '1h', { id: 'later' }).catch(() => undefined));
    expect(disk.calls.rename).toBeGreaterThan(renames);
    expect(await found()).toEqual(['kept', 'later']);
  });
});

describe('a disk that hangs', () => {
  it('lets no call wait for ever', async () => {
    await app.producer.delay('x', '1h', { id: 'kept' });
    disk.hang('sync');
    expect(await refusal(app.producer.delay('x', '1h'))).toMatchObject({ code: 'DQ_QUORUM', fate: 'unknown' });
    expect(await refusal(app.producer.delay('x', '1h', { id: 'later' }))).toMatchObject({ code: 'DQ_QUORUM' });
    disk.heal();
  });
});

describe('an event loop that stood still for longer than the deadline', () => {
  it('is not taken for a disk that hangs, whatever was under way', async () => {
    app.start();
    await app.producer.delay('x', '1h');
    const first = app.producer.delay('x', '1h');
    standStill(300);
    expect(await first).toMatch(/^embedded\//);
    const second = app.producer.delay('x', '1h', { id: 'kept' });
    // The write is under way, and the fsync comes after it.
    await nextTurn();
    standStill(300);
    expect(await second).toMatch(/^embedded\//);
    expect(app.eventsOf('node-lost')).toEqual([]);
    expect(app.eventsOf('quorum-failed')).toEqual([]);
  });
});

describe('a job that is done', () => {
  it('is deleted only when the disk has its outcome', async () => {
    const kept = (): string => readFileSync(folder.file, 'latin1');
    let finish: () => void = () => undefined;
    app.start(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    await app.producer.delay('x', 0);
    await app.runs.next();
    const syncs = disk.calls.sync;
    disk.hang('sync');
    finish();
    await until(() => disk.calls.sync > syncs && kept().includes('"state":"done"'));
    // Many turns later the outcome is still all there is.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(kept()).not.toContain('["g",1]');
    disk.heal();
    await until(() => kept().includes('["g",1]'));
  });
});

describe('jobs that run while the disk refuses', () => {
  it('are settled when it is back, once', async () => {
    let finish: () => void = () => undefined;
    const finishing = new Promise<void>((resolve) => {
      finish = resolve;
    });
    app.start(() => finishing);
    await app.producer.delay('x', 0);
    await app.runs.next();
    disk.fail('write', 'ENOSPC');
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
    disk.fail('write', 'ENOSPC');
    await until(() => app.eventsOf('file-lost').length > 0);
    disk.heal();
    await app.runs.next();
    expect(app.eventsOf('file-back')).toHaveLength(1);
  });
});

describe.each([
  ['write', '.new', 'file-warning'],
  ['sync', '.new', 'file-warning'],
  ['rename', '', 'file-warning'],
  ['syncFolder', '', 'file-lost'],
] as const)('a rewrite whose %s fails', (operation, ending, event) => {
  it('leaves all as it was', async () => {
    const waiting = await app.producer.delay('x', '1h');
    app.start(undefined, { concurrency: 50 });
    disk.fail(operation, 'EIO', ending);
    const scheduled: Promise<unknown>[] = [];
    for (let round = 0; round < 20; round++) {
      for (let job = 0; job < 50; job++) {
        scheduled.push(until(() => app.producer.delay('x'.repeat(500), 0).catch(() => undefined)));
      }
      if (app.eventsOf(event).length > 0) disk.heal();
      await Promise.all(scheduled.splice(0, event === 'file-lost' ? 0 : Infinity));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => app.eventsOf(event).length > 0);
    disk.heal();
    await Promise.all(scheduled);
    await app.runs.next(20 * 50);
    await app.close();
    const next = new EmbeddedApp({ embedded: { file: folder.file } }).start();
    expect(await next.runtime.inspector.counts('work')).toMatchObject([{ scheduled: 1, ready: 0 }]);
    expect(await next.producer.revoke(waiting)).toBe('revoked');
    expect(next.runs.all).toEqual([]);
    await next.close();
  });
});
