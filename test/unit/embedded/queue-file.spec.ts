// What a file keeps from one life of an embedded queue to the next.
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqFileDamagedError, DqFileError, DqFileInUseError } from '../../../lib/core/errors/file.errors.js';
import { DqGiveUp } from '../../../lib/core/consumer/outcome.js';
import { frameOf } from '../../../lib/embedded/file/frame.js';
import { fileLine } from '../../../lib/embedded/file/record.js';
import { EmbeddedApp, QueueFolder } from '../../support/embedded-app.js';
import { FaultyDisk } from '../../support/faulty-disk.js';
import { type Census, countResources, expectNoLeaks } from '../../support/leaks.js';
import { until } from '../../support/wait.js';

/** What a new file begins with. */
const HEAD = frameOf(fileLine(), 0).toString();

let before: Census;
let folder: QueueFolder;
let apps: EmbeddedApp[];

beforeEach(() => {
  before = countResources();
  folder = new QueueFolder();
  apps = [];
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  folder.remove();
  await expectNoLeaks(before);
});

function open(parts: ConstructorParameters<typeof EmbeddedApp>[1] = {}, file = folder.file): EmbeddedApp {
  const app = new EmbeddedApp({ embedded: { file }, shutdownDeadline: 0 }, parts);
  apps.push(app);
  return app;
}

/** As a kill would leave it: what is on the disk now, for a next process that finds the lock of a dead one. */
function killed(): void {
  writeFileSync(`${folder.file}.copy`, readFileSync(folder.file));
}

function backAsKilled(): void {
  writeFileSync(folder.file, readFileSync(`${folder.file}.copy`));
}

describe('a file of an embedded queue', () => {
  it('is private, and is made when the first job comes', async () => {
    const app = open();
    expect(existsSync(folder.file)).toBe(false);
    await app.producer.delay('x', '1h');
    expect(statSync(folder.file).mode & 0o777).toBe(0o600);
    expect(statSync(`${folder.file}.lock`).mode & 0o777).toBe(0o600);
    await app.close();
    expect(existsSync(`${folder.file}.lock`)).toBe(false);
  });

  it('keeps jobs that wait, and runs at once those whose time has passed', async () => {
    const first = open();
    await first.producer.delay({ text: 'ä€😀\n"' }, 30);
    await first.producer.delay(Buffer.from([0, 255, 10]), 30);
    await first.producer.delay('later', '1h');
    await first.close();
    const second = open().start();
    const runs = await second.runs.next(2);
    expect(runs.map(({ data }) => data)).toEqual(
      expect.arrayContaining([{ text: 'ä€😀\n"' }, Buffer.from([0, 255, 10])]),
    );
    const [counts] = await second.runtime.inspector.counts('work');
    expect(counts).toMatchObject({ scheduled: 1, ready: 0, dead: 0 });
  });

  it('keeps numbers and ids: a handle of an earlier life revokes its job, and no other', async () => {
    const first = open();
    const handle = await first.producer.delay('x', '1h', { id: 'mine' });
    const gone = await first.producer.delay('y', '1h');
    expect(await first.producer.revoke(gone)).toBe('revoked');
    await first.close();
    const second = open().start();
    await expect(second.producer.delay('x', '1h', { id: 'mine' })).rejects.toMatchObject({ code: 'DQ_DUPLICATE_ID' });
    const next = await second.producer.delay('z', '1h');
    expect(Number(next.split('/')[2]?.split(',')[0])).toBeGreaterThan(2);
    expect(await second.producer.revoke(gone)).toBe('revoked');
    expect(await second.producer.revoke(handle)).toBe('revoked');
    const [counts] = await second.runtime.inspector.counts('work');
    expect(counts).toMatchObject({ scheduled: 1 });
  });

  it('keeps dead letters, and that one was let go', async () => {
    const first = open().start(() => {
      throw new DqGiveUp('no');
    });
    await first.producer.delay('a', 0, { id: 'a' });
    await first.producer.delay('b', 0, { id: 'b' });
    await until(async () => (await first.runtime.inspector.dead('work')).length === 2);
    await first.close();

    const second = open();
    const letters = await second.runtime.inspector.dead('work');
    expect(letters.map(({ id, reason }) => `${id}: ${reason}`).toSorted()).toEqual([
      'a: the handler gave it up: no',
      'b: the handler gave it up: no',
    ]);
    expect(await second.runtime.inspector.retry('work', 'a')).toBe(true);
    await second.close();

    const third = open().start();
    expect(await third.runs.next()).toMatchObject([{ id: 'a', attempt: 1 }]);
    expect((await third.runtime.inspector.dead('work')).map(({ id }) => id)).toEqual(['b']);
  });

  it('runs a job again whose process died in the middle, as the next attempt, without waiting for its lease', async () => {
    const first = open().start(() => new Promise(() => {}), { lease: '1h' });
    await first.producer.delay('x', 0, { id: 'x' });
    await first.runs.next();
    killed();
    const second = open({}, `${folder.file}.copy`).start();
    expect(await second.runs.next()).toMatchObject([{ id: 'x', attempt: 2 }]);
  });

  it('runs none again that is done', async () => {
    const first = open().start();
    await first.producer.delay('x', 0);
    await first.runs.next();
    await until(async () => (await first.runtime.inspector.counts('work'))[0]?.running === 0);
    await first.close();
    const second = open().start();
    await second.producer.delay('y', 0);
    expect(await second.runs.next()).toMatchObject([{ data: 'y' }]);
    await second.close();
    expect(second.runs.all).toHaveLength(1);
  });

  it('is refused to a second queue, until the first is closed', async () => {
    const first = open();
    await first.producer.delay('x', '1h');
    const second = open();
    expect(() => second.start()).toThrow(DqFileInUseError);
    await expect(second.producer.delay('x', '1h')).rejects.toThrow(/embedded refused \(Expected to be the only one/);
    await expect(second.producer.delay('x', '1h', { id: 'own' })).rejects.toMatchObject({
      code: 'DQ_CLAIM_STORE',
      cause: expect.any(DqFileInUseError),
    });
    expect((await second.runtime.inspector.counts('work'))[0]).toMatchObject({ reachable: false });
    await first.close();
    await expect(open().producer.delay('x', '1h')).resolves.toMatch(/^embedded\/work\/2,/);
  });

  it('must be one of ours, in a folder that is there', async () => {
    writeFileSync(folder.file, 'my letters');
    await expect(open().producer.delay('x', '1h')).rejects.toThrow(/but it is another one/);
    expect(() => open({}, `${folder.file}-none/jobs`).start()).toThrow(DqFileError);
  });

  it('must not be a folder, also where no lock can be made beside it', () => {
    const wrong = open({}, folder.dir);
    expect(() => wrong.start()).toThrow(DqFileError);
    for (const path of [folder.dir, '/proc/self/fd'])
      expect(() => open({}, path).start()).toThrow(`got a folder. Name a file in it, such as ${path}/jobs.`);
    expect(existsSync(`${folder.dir}.lock`)).toBe(false);
  });
});

it('a disk that is full at the start is told with its error', () => {
  const disk = new FaultyDisk();
  disk.fail('writeNow', 'ENOSPC');
  const app = open({ disk });
  expect(() => app.runtime.start()).toThrow(DqFileError);
  expect(() => open({ disk }).start()).toThrow(/ENOSPC/);
  expect(existsSync(`${folder.file}.lock`)).toBe(false);
});

describe('what is no file of an embedded queue', () => {
  it.each([
    ['letters', Buffer.from('my letters')],
    ['a style sheet, which begins as a frame does', Buffer.from('@import "a.css";\n@media print {}\n')],
    ['a short one of these', Buffer.from('@x')],
    ['a part of the first frame, and something else', Buffer.from(`${HEAD.slice(0, 20)}?`)],
    ['a first frame of another format', Buffer.from(HEAD.replace('jobs', 'Jobs'))],
    ['more zeros than a file begins with', Buffer.alloc(HEAD.length + 1)],
  ])('is refused and left as it is: %s', (_, content) => {
    writeFileSync(folder.file, content);
    expect(() => open().start()).toThrow(DqFileDamagedError);
    expect(readFileSync(folder.file)).toEqual(content);
    expect(existsSync(folder.lock)).toBe(false);
  });

  it.each([
    ['a part of the first frame', Buffer.from(HEAD.slice(0, -1))],
    ['its sign alone', Buffer.from('@')],
    ['zeros in its place', Buffer.alloc(HEAD.length)],
  ])('is told from what a crash leaves of a new one: %s', async (_, content) => {
    writeFileSync(folder.file, content);
    const app = open();
    await app.producer.delay('x', '1h');
    expect(app.eventsOf('file-warning')).toMatchObject([{ reason: expect.stringContaining('unfinished') }]);
  });
});

describe('a torn end', () => {
  async function threeJobs(): Promise<void> {
    const app = open();
    for (const name of ['a', 'b', 'c']) await app.producer.delay(name, '1h', { id: name });
    killed();
    await app.close();
    backAsKilled();
  }

  it.each([
    ['half a frame', () => truncateSync(folder.file, statSync(folder.file).size - 20)],
    ['rubbish', () => appendFileSync(folder.file, 'x\n@y\n\0\0\0')],
    ['a frame of zeros', () => appendFileSync(folder.file, Buffer.alloc(5_000))],
    ['a frame with a flipped bit', () => flip(statSync(folder.file).size - 20)],
    ['a head that promises more than there is', () => appendFileSync(folder.file, '@00000000 999999999 0\n["g",1]')],
  ])('is cut off with a warning: %s', async (_, spoil) => {
    await threeJobs();
    spoil();
    const app = open();
    const counts = await app.runtime.inspector.counts('work');
    // The last record says that the id of c is taken for good; its job comes before that.
    expect(counts).toMatchObject([{ scheduled: 3 }]);
    expect(app.eventsOf('file-warning')).toMatchObject([
      { reason: expect.stringMatching(/last \d+ bytes were unfinished/) },
    ]);
    await app.close();
    const next = open();
    expect(await next.runtime.inspector.counts('work')).toMatchObject([{ scheduled: 3 }]);
    expect(next.eventsOf('file-warning')).toEqual([]);
  });

  it('may be anywhere: whatever length is left, it opens with a prefix of the jobs', async () => {
    await threeJobs();
    const whole = readFileSync(folder.file);
    let jobs = 3;
    for (let length = whole.length; length >= 0; length -= 7) {
      writeFileSync(folder.file, whole.subarray(0, length));
      const app = open();
      const scheduled = (await app.runtime.inspector.counts('work'))[0]?.scheduled ?? -1;
      await app.close();
      expect(scheduled).toBeLessThanOrEqual(jobs);
      jobs = scheduled;
    }
    expect(jobs).toBe(0);
  });

  it('is told from damage in the middle, which is refused and left as it is', async () => {
    await threeJobs();
    const size = statSync(folder.file).size;
    flip(Math.floor(size / 3));
    const damaged = readFileSync(folder.file);
    const app = open();
    expect(() => app.start()).toThrow(DqFileDamagedError);
    await expect(app.producer.delay('x', '1h')).rejects.toThrow(/damaged behind byte \d+.*truncate -s \d+/);
    expect(readFileSync(folder.file)).toEqual(damaged);
    // Nobody has it locked, so it can be mended.
    expect(existsSync(`${folder.file}.lock`)).toBe(false);
  });

  it('is damage, too, in a file that was closed in order', async () => {
    await threeJobs();
    const app = open();
    await app.producer.delay('d', '1h');
    await app.close();
    flip(statSync(folder.file).size - 60);
    expect(() => open().start()).toThrow(DqFileDamagedError);
  });
});

describe('rewriting', () => {
  it('keeps what counts, while jobs go on, and the file small', async () => {
    const app = open({ leastBytes: 20_000 }).start(undefined, { concurrency: 50 });
    const waiting: string[] = [];
    let sizes = 0;
    for (let round = 0; round < 40; round++) {
      // A rewrite is under way at some of these moments.
      const later = Array.from({ length: 20 }, () => app.producer.delay('later', '1h'));
      await Promise.all(Array.from({ length: 50 }, () => app.producer.delay('x'.repeat(500), 0)));
      waiting.push(...(await Promise.all(later)));
      await app.runs.next(50);
      sizes = Math.max(sizes, statSync(folder.file).size);
    }
    const written = 40 * 50 * 1_000;
    expect(sizes).toBeLessThan(written);
    expect(app.eventsOf('file-warning')).toEqual([]);
    await app.close();
    expect(existsSync(`${folder.file}.new`)).toBe(false);

    const next = open().start();
    expect(await next.runtime.inspector.counts('work')).toMatchObject([{ scheduled: 800, ready: 0, dead: 0 }]);
    expect(await Promise.all(waiting.map((handle) => next.producer.revoke(handle)))).toEqual(
      waiting.map(() => 'revoked'),
    );
    expect(next.runs.all).toEqual([]);
  });
});

function flip(at: number): void {
  const data = readFileSync(folder.file);
  data[at] = (data[at] ?? 0) ^ 1;
  writeFileSync(folder.file, data);
}
