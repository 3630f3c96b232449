// What an embedded queue does with a file that is not as it left it: another one, one of an earlier or later release, a damaged one.
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { DqFileDamagedError } from '../../../../lib/core/errors/file.errors.js';
import { describeFile } from '../../../support/describe-file.js';
import { AppsBed } from './apps-bed.js';

const bed = new AppsBed();

/** Runs SQL in the file, which nobody has open. */
function sql(text: string): void {
  // Not imported: the Node that skips this has no such module.
  const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite') as typeof import('node:sqlite');
  const db = new DatabaseSync(bed.folder.file);
  db.exec(text);
  db.close();
}

async function jobsIn(count: number): Promise<void> {
  const app = bed.open();
  await Promise.all(Array.from({ length: count }, () => app.producer.delay('x'.repeat(2_000), '1h')));
  await app.close();
}

function refused(text: RegExp): void {
  const content = readFileSync(bed.folder.file);
  for (const expected of [DqFileDamagedError, text]) expect(() => bed.open().start()).toThrow(expected);
  expect(readFileSync(bed.folder.file)).toEqual(content);
  // Nobody has it, so it can be seen to.
  expect(existsSync(bed.folder.holder)).toBe(false);
}

describeFile('what is no file of an embedded queue', () => {
  it.each([
    ['letters', Buffer.from('my letters')],
    ['zeros', Buffer.alloc(5_000)],
  ])('is refused and left as it is: %s', (_, content) => {
    writeFileSync(bed.folder.file, content);
    refused(/to be the file of an embedded queue, but it is another one\. Give it a file of its own\.$/);
  });

  it("is another one's database", () => {
    sql('CREATE TABLE meta (name TEXT, value INTEGER)');
    refused(/but it is another one/);
  });

  it('is not an empty file, which may be ours from now on', async () => {
    writeFileSync(bed.folder.file, '');
    await jobsIn(1);
  });
});

describeFile('a file of another release', () => {
  it('is refused by what it is when it is of the format before SQLite', () => {
    const frame = '@1b2c3d4e 29 0\n["f","nestjs-dq jobs",1]\n["n",7]\n';
    writeFileSync(bed.folder.file, frame);
    refused(/got one of an earlier release of nestjs-dq.* Let that release run what is in it, then remove it, or give/);
  });

  it('is read, and upgraded, when it is of the version before keys', async () => {
    await jobsIn(2);
    sql("DROP TABLE slots; UPDATE meta SET value = 1 WHERE name = 'version'");
    await jobsIn(1);
    // Only one of this version has such a table.
    sql("SELECT 1 / (value = 2) FROM meta WHERE name = 'version'; SELECT key FROM slots");
    expect(await bed.open().runtime.inspector.counts('work')).toMatchObject([{ scheduled: 3 }]);
  });

  it('is refused by its version when it is of a later one', async () => {
    await jobsIn(1);
    sql("UPDATE meta SET value = 7 WHERE name = 'version'");
    refused(/of a version that this release knows, got 7\. Use the release of nestjs-dq that wrote it/);
  });
});

describeFile('a damaged file', () => {
  it.each([
    [
      'a page that was written over',
      () => {
        const fd = openSync(bed.folder.file, 'r+');
        writeSync(fd, Buffer.alloc(4_096, 0x5a), 0, 4_096, 4_096 * 20);
        closeSync(fd);
      },
    ],
    [
      'room that is taken for free, and is not, of which no row tells',
      () => {
        sql('DELETE FROM jobs');
        const fd = openSync(bed.folder.file, 'r+');
        // Where the list of free pages begins.
        writeSync(fd, Buffer.from([0, 0, 0, 2]), 0, 4, 32);
        closeSync(fd);
      },
    ],
    ['a part that is missing', () => truncateSync(bed.folder.file, statSync(bed.folder.file).size / 2)],
  ])('is refused with what can be done, and left as it is: %s', async (_, spoil) => {
    await jobsIn(100);
    spoil();
    refused(/to be whole, but it is damaged: .*Put back a copy of it, or keep it aside.*\.recover/);
  });

  it('is not one that nothing happened to', async () => {
    await jobsIn(100);
    expect(await bed.open().runtime.inspector.counts('work')).toMatchObject([{ scheduled: 100 }]);
  });
});
