// What an embedded queue does with a file that is not as it left it: another one, one with a torn end, a damaged one.
import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DqFileDamagedError } from '../../../lib/core/errors/file.errors.js';
import { frameOf } from '../../../lib/embedded/file/frame.js';
import { fileLine } from '../../../lib/embedded/file/record.js';
import { AppsBed } from './apps-bed.js';

/** What a new file begins with. */
const HEAD = frameOf(fileLine(), 0).toString();

const bed = new AppsBed();

describe('what is no file of an embedded queue', () => {
  it.each([
    ['letters', Buffer.from('my letters')],
    ['a style sheet, which begins as a frame does', Buffer.from('@import "a.css";\n@media print {}\n')],
    ['a short one of these', Buffer.from('@x')],
    ['a part of the first frame, and something else', Buffer.from(`${HEAD.slice(0, 20)}?`)],
    ['a first frame of another format', Buffer.from(HEAD.replace('jobs', 'Jobs'))],
    ['more zeros than a file begins with', Buffer.alloc(HEAD.length + 1)],
  ])('is refused and left as it is: %s', (_, content) => {
    writeFileSync(bed.folder.file, content);
    expect(() => bed.open().start()).toThrow(DqFileDamagedError);
    expect(readFileSync(bed.folder.file)).toEqual(content);
    expect(existsSync(bed.folder.lock)).toBe(false);
  });

  it.each([
    ['a part of the first frame', Buffer.from(HEAD.slice(0, -1))],
    ['its sign alone', Buffer.from('@')],
    ['zeros in its place', Buffer.alloc(HEAD.length)],
  ])('is told from what a crash leaves of a new one: %s', async (_, content) => {
    writeFileSync(bed.folder.file, content);
    const app = bed.open();
    await app.producer.delay('x', '1h');
    expect(app.eventsOf('file-warning')).toMatchObject([{ reason: expect.stringContaining('unfinished') }]);
  });
});

describe('a torn end', () => {
  async function threeJobs(): Promise<void> {
    const app = bed.open();
    for (const name of ['a', 'b', 'c']) await app.producer.delay(name, '1h', { id: name });
    // As a kill would leave it.
    const left = readFileSync(bed.folder.file);
    await app.close();
    writeFileSync(bed.folder.file, left);
  }

  it.each([
    ['half a frame', () => truncateSync(bed.folder.file, statSync(bed.folder.file).size - 20)],
    ['rubbish', () => appendFileSync(bed.folder.file, 'x\n@y\n\0\0\0')],
    ['a frame of zeros', () => appendFileSync(bed.folder.file, Buffer.alloc(5_000))],
    ['a frame with a flipped bit', () => flip(statSync(bed.folder.file).size - 20)],
    [
      'a head that promises more than there is',
      () => appendFileSync(bed.folder.file, '@00000000 999999999 0\n["g",1]'),
    ],
  ])('is cut off with a warning: %s', async (_, spoil) => {
    await threeJobs();
    spoil();
    const app = bed.open();
    const counts = await app.runtime.inspector.counts('work');
    // The last record says that the id of c is taken for good; its job comes before that.
    expect(counts).toMatchObject([{ scheduled: 3 }]);
    expect(app.eventsOf('file-warning')).toMatchObject([
      { reason: expect.stringMatching(/last \d+ bytes were unfinished/) },
    ]);
    await app.close();
    const next = bed.open();
    expect(await next.runtime.inspector.counts('work')).toMatchObject([{ scheduled: 3 }]);
    expect(next.eventsOf('file-warning')).toEqual([]);
  });

  it('may be anywhere: whatever length is left, it opens with a prefix of the jobs', async () => {
    await threeJobs();
    const whole = readFileSync(bed.folder.file);
    let jobs = 3;
    for (let length = whole.length; length >= 0; length -= 7) {
      writeFileSync(bed.folder.file, whole.subarray(0, length));
      const app = bed.open();
      const scheduled = (await app.runtime.inspector.counts('work'))[0]?.scheduled ?? -1;
      await app.close();
      expect(scheduled).toBeLessThanOrEqual(jobs);
      jobs = scheduled;
    }
    expect(jobs).toBe(0);
  });

  it('is told from damage in the middle, which is refused and left as it is', async () => {
    await threeJobs();
    const size = statSync(bed.folder.file).size;
    flip(Math.floor(size / 3));
    const damaged = readFileSync(bed.folder.file);
    const app = bed.open();
    expect(() => app.start()).toThrow(DqFileDamagedError);
    await expect(app.producer.delay('x', '1h')).rejects.toThrow(/damaged behind byte \d+.*truncate -s \d+/);
    expect(readFileSync(bed.folder.file)).toEqual(damaged);
    // Nobody has it locked, so it can be mended.
    expect(existsSync(`${bed.folder.file}.lock`)).toBe(false);
  });

  it('is damage, too, in a file that was closed in order', async () => {
    await threeJobs();
    const app = bed.open();
    await app.producer.delay('d', '1h');
    await app.close();
    flip(statSync(bed.folder.file).size - 60);
    expect(() => bed.open().start()).toThrow(DqFileDamagedError);
  });
});

function flip(at: number): void {
  const data = readFileSync(bed.folder.file);
  data[at] = (data[at] ?? 0) ^ 1;
  writeFileSync(bed.folder.file, data);
}
