// What a file keeps from one life of an embedded queue to the next.
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { DqGiveUp } from '../../../../lib/core/consumer/outcome.js';
import { DqFileError, DqFileInUseError } from '../../../../lib/core/errors/file.errors.js';
import { describeFile } from '../../../support/describe-file.js';
import { EmbeddedApp } from '../../../support/embedded-app.js';
import { until } from '../../../support/wait.js';
import { AppsBed } from './apps-bed.js';

const bed = new AppsBed();

/**
 * What a kill would leave, under another name. By another process: to close the file in this one would let go of its lock.
 */
function killed(): string {
  const copy = `${bed.folder.file}.copy`;
  execFileSync('cp', [bed.folder.file, copy]);
  execFileSync('cp', [`${bed.folder.file}-wal`, `${copy}-wal`]);
  return copy;
}

describeFile('a file of an embedded queue', () => {
  it('is private, and is made when the first job comes', async () => {
    const app = bed.open();
    expect(existsSync(bed.folder.file)).toBe(false);
    await app.producer.delay('x', '1h');
    for (const name of readdirSync(bed.folder.dir))
      expect(statSync(join(bed.folder.dir, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(bed.folder.dir).toSorted()).toEqual(['jobs', 'jobs-wal', 'jobs.holder']);
    await app.close();
    expect(readdirSync(bed.folder.dir)).toEqual(['jobs']);
  });

  it('keeps jobs that wait, and runs at once those whose time has passed', async () => {
    const first = bed.open();
    await first.producer.delay({ text: 'ä€😀\n"\0' }, 30);
    await first.producer.delay(Buffer.from([0, 255, 10]), 30);
    await first.producer.delay('later', '1h');
    await first.close();
    const second = bed.open().start();
    const runs = await second.runs.next(2);
    expect(runs.map(({ data }) => data)).toEqual(
      expect.arrayContaining([{ text: 'ä€😀\n"\0' }, Buffer.from([0, 255, 10])]),
    );
    const [counts] = await second.runtime.inspector.counts('work');
    expect(counts).toMatchObject({ scheduled: 1, ready: 0, dead: 0 });
  });

  it('keeps numbers and ids: a handle of an earlier life revokes its job, and no other', async () => {
    const first = bed.open();
    const handle = await first.producer.delay('x', '1h', { id: 'mine' });
    const gone = await first.producer.delay('y', '1h');
    expect(await first.producer.revoke(gone)).toBe('revoked');
    await first.close();
    const second = bed.open().start();
    await expect(second.producer.delay('x', '1h', { id: 'mine' })).rejects.toMatchObject({ code: 'DQ_DUPLICATE_ID' });
    const next = await second.producer.delay('z', '1h');
    expect(Number(next.split('/')[2]?.split(',')[0])).toBeGreaterThan(2);
    expect(await second.producer.revoke(gone)).toBe('revoked');
    expect(await second.producer.revoke(handle)).toBe('revoked');
    const [counts] = await second.runtime.inspector.counts('work');
    expect(counts).toMatchObject({ scheduled: 1 });
  });

  it('keeps dead letters, and that one was let go', async () => {
    const first = bed.open().start(() => {
      throw new DqGiveUp('no');
    });
    await first.producer.delay('a', 0, { id: 'a' });
    await first.producer.delay('b', 0, { id: 'b' });
    await until(async () => (await first.runtime.inspector.dead('work')).length === 2);
    await first.close();

    const second = bed.open();
    const letters = await second.runtime.inspector.dead('work');
    expect(letters.map(({ id, reason }) => `${id}: ${reason}`).toSorted()).toEqual([
      'a: the handler gave it up: no',
      'b: the handler gave it up: no',
    ]);
    expect(await second.runtime.inspector.retry('work', 'a')).toBe(true);
    await second.close();

    const third = bed.open().start();
    expect(await third.runs.next()).toMatchObject([{ id: 'a', attempt: 1 }]);
    expect((await third.runtime.inspector.dead('work')).map(({ id }) => id)).toEqual(['b']);
  });

  it('keeps that a tube is paused, through a kill too, until it is resumed', async () => {
    const first = bed.open().start();
    const paused = await first.runtime.inspector.pause('work', { reason: 'moving' });
    await first.producer.delay('x', 0);
    const copy = killed();
    await first.close();
    const second = bed.open({}, copy).start();
    expect(await second.runtime.inspector.paused()).toEqual([paused]);
    expect(await second.runtime.inspector.counts('work')).toMatchObject([{ ready: 1, paused: true }]);
    expect(await second.runtime.inspector.resume('work')).toBe(true);
    await second.runs.next();
    expect([first.runs.all, second.runs.all]).toMatchObject([[], [{ data: 'x', attempt: 1 }]]);
    await second.close();
    // The control: what was resumed is not paused in the next life.
    expect(await bed.open({}, copy).runtime.inspector.paused()).toEqual([]);
  });

  it('runs a job again whose process died in the middle, as the next attempt, without waiting for its lease', async () => {
    const first = bed.open().start(() => new Promise(() => {}), { lease: '1h' });
    await first.producer.delay('x', 0, { id: 'x' });
    await first.runs.next();
    const second = bed.open({}, killed()).start();
    expect(await second.runs.next()).toMatchObject([{ id: 'x', attempt: 2 }]);
  });

  it('runs none again that is done', async () => {
    const first = bed.open().start();
    await first.producer.delay('x', 0);
    await first.runs.next();
    await until(async () => (await first.runtime.inspector.counts('work'))[0]?.running === 0);
    await first.close();
    const second = bed.open().start();
    await second.producer.delay('y', 0);
    expect(await second.runs.next()).toMatchObject([{ data: 'y' }]);
    await second.close();
    expect(second.runs.all).toHaveLength(1);
  });

  it('uses the room of what is over again', async () => {
    const app = bed.open().start(undefined, { concurrency: 50 });
    const handles = await Promise.all(Array.from({ length: 20 }, () => app.producer.delay('later', '1h')));
    for (let round = 0; round < 40; round++) {
      await Promise.all(Array.from({ length: 50 }, () => app.producer.delay('x'.repeat(5_000), 0)));
      await app.runs.next(50);
    }
    await app.close();
    const written = 40 * 50 * 5_000;
    expect(statSync(bed.folder.file).size).toBeLessThan(written / 4);

    const next = bed.open().start();
    expect(await next.runtime.inspector.counts('work')).toMatchObject([{ scheduled: 20, ready: 0, dead: 0 }]);
    expect(await Promise.all(handles.map((handle) => next.producer.revoke(handle)))).toEqual(
      handles.map(() => 'revoked'),
    );
    expect(next.runs.all).toEqual([]);
  });
});

describeFile('what is forgotten', () => {
  it('is taken out of the file, too', async () => {
    const app = new EmbeddedApp({ embedded: { file: bed.folder.file }, doneRetention: '1s' }).start();
    const run = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 300 }, () => app.producer.delay('x', 0)));
      await app.runs.next(300);
    };
    await run();
    // Told a second after the copies were deleted, and kept for one more.
    await sleep(2_500);
    await run();
    await app.close();
    const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite') as typeof import('node:sqlite');
    const db = new DatabaseSync(bed.folder.file);
    const counted = db.prepare('SELECT count(*) AS count FROM claims').get();
    db.close();
    expect(counted?.['count']).toBeGreaterThanOrEqual(300);
    expect(counted?.['count']).toBeLessThan(400);
  });
});

describeFile('the path of a file', () => {
  it('must not be a folder, nor be in one that is not there', () => {
    for (const path of [bed.folder.dir, `${bed.folder.file}-none/jobs`]) {
      expect(() => bed.open({}, path).start()).toThrow(DqFileError);
      expect(() => bed.open({}, path).start()).toThrow(/got: unable to open database file. Make the folder/);
    }
  });

  it.each(['a link', 'a link to a link'])(
    'may be %s to a file that is still to be made, and is no second way to it',
    async (what) => {
      const { dir, file } = bed.folder;
      const target = join(dir, 'disk', 'kept');
      mkdirSync(join(dir, 'disk'));
      symlinkSync(what === 'a link' ? 'disk/kept' : 'disk/second', file);
      if (what !== 'a link') symlinkSync('kept', join(dir, 'disk', 'second'));
      await bed.open().producer.delay('x', '1h');
      expect(lstatSync(target).isFile()).toBe(true);
      expect(() => bed.open({}, target).start()).toThrow(DqFileInUseError);
    },
  );
});
