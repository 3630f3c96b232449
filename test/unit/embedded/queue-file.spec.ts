// What a file keeps from one life of an embedded queue to the next.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DqFileError, DqFileInUseError } from '../../../lib/core/errors/file.errors.js';
import { DqGiveUp } from '../../../lib/core/consumer/outcome.js';
import { FaultyDisk } from '../../support/faulty-disk.js';
import { until } from '../../support/wait.js';
import { AppsBed } from './apps-bed.js';

const bed = new AppsBed();

/** As a kill would leave it: what is on the disk now, for a next process that finds the lock of a dead one. */
function killed(): void {
  writeFileSync(`${bed.folder.file}.copy`, readFileSync(bed.folder.file));
}

describe('a file of an embedded queue', () => {
  it('is private, and is made when the first job comes', async () => {
    const app = bed.open();
    expect(existsSync(bed.folder.file)).toBe(false);
    await app.producer.delay('x', '1h');
    expect(statSync(bed.folder.file).mode & 0o777).toBe(0o600);
    expect(statSync(`${bed.folder.file}.lock`).mode & 0o777).toBe(0o600);
    await app.close();
    expect(existsSync(`${bed.folder.file}.lock`)).toBe(false);
  });

  it('keeps jobs that wait, and runs at once those whose time has passed', async () => {
    const first = bed.open();
    await first.producer.delay({ text: 'ä€😀\n"' }, 30);
    await first.producer.delay(Buffer.from([0, 255, 10]), 30);
    await first.producer.delay('later', '1h');
    await first.close();
    const second = bed.open().start();
    const runs = await second.runs.next(2);
    expect(runs.map(({ data }) => data)).toEqual(
      expect.arrayContaining([{ text: 'ä€😀\n"' }, Buffer.from([0, 255, 10])]),
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

  it('runs a job again whose process died in the middle, as the next attempt, without waiting for its lease', async () => {
    const first = bed.open().start(() => new Promise(() => {}), { lease: '1h' });
    await first.producer.delay('x', 0, { id: 'x' });
    await first.runs.next();
    killed();
    const second = bed.open({}, `${bed.folder.file}.copy`).start();
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

  it('is refused to a second queue, until the first is closed', async () => {
    const first = bed.open();
    await first.producer.delay('x', '1h');
    const second = bed.open();
    expect(() => second.start()).toThrow(DqFileInUseError);
    await expect(second.producer.delay('x', '1h')).rejects.toThrow(
      /embedded not written \(Expected to be the only one/,
    );
    await expect(second.producer.delay('x', '1h', { id: 'own' })).rejects.toMatchObject({
      code: 'DQ_CLAIM_STORE',
      cause: expect.any(DqFileInUseError),
    });
    expect((await second.runtime.inspector.counts('work'))[0]).toMatchObject({ reachable: false });
    await first.close();
    await expect(bed.open().producer.delay('x', '1h')).resolves.toMatch(/^embedded\/work\/2,/);
  });

  it('must be one of ours, in a folder that is there', async () => {
    writeFileSync(bed.folder.file, 'my letters');
    await expect(bed.open().producer.delay('x', '1h')).rejects.toThrow(/but it is another one/);
    expect(() => bed.open({}, `${bed.folder.file}-none/jobs`).start()).toThrow(DqFileError);
  });

  it('must not be a folder, also where no lock can be made beside it', () => {
    const wrong = bed.open({}, bed.folder.dir);
    expect(() => wrong.start()).toThrow(DqFileError);
    for (const path of [bed.folder.dir, '/proc/self/fd'])
      expect(() => bed.open({}, path).start()).toThrow(`got a folder. Name a file in it, such as ${path}/jobs.`);
    expect(existsSync(`${bed.folder.dir}.lock`)).toBe(false);
  });
});

it('a disk that is full at the start is told with its error', () => {
  const disk = new FaultyDisk();
  disk.fail('writeNow', 'ENOSPC');
  const app = bed.open({ disk });
  expect(() => app.runtime.start()).toThrow(DqFileError);
  expect(() => bed.open({ disk }).start()).toThrow(/ENOSPC/);
  expect(existsSync(`${bed.folder.file}.lock`)).toBe(false);
});

describe('rewriting', () => {
  it('keeps what counts, while jobs go on, and the file small', async () => {
    const app = bed.open({ leastBytes: 20_000 }).start(undefined, { concurrency: 50 });
    const waiting: string[] = [];
    let sizes = 0;
    for (let round = 0; round < 40; round++) {
      // A rewrite is under way at some of these moments.
      const later = Array.from({ length: 20 }, () => app.producer.delay('later', '1h'));
      await Promise.all(Array.from({ length: 50 }, () => app.producer.delay('x'.repeat(500), 0)));
      waiting.push(...(await Promise.all(later)));
      await app.runs.next(50);
      sizes = Math.max(sizes, statSync(bed.folder.file).size);
    }
    const written = 40 * 50 * 1_000;
    expect(sizes).toBeLessThan(written);
    expect(app.eventsOf('file-warning')).toEqual([]);
    await app.close();
    expect(readdirSync(bed.folder.dir)).toEqual(['jobs']);

    const next = bed.open().start();
    expect(await next.runtime.inspector.counts('work')).toMatchObject([{ scheduled: 800, ready: 0, dead: 0 }]);
    expect(await Promise.all(waiting.map((handle) => next.producer.revoke(handle)))).toEqual(
      waiting.map(() => 'revoked'),
    );
    expect(next.runs.all).toEqual([]);
  });
});
