// A file of an embedded queue that is named by a link.
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqFileError, DqFileInUseError } from '../../../lib/core/errors/file.errors.js';
import { realPath } from '../../../lib/embedded/file/real-path.js';
import { EmbeddedApp, QueueFolder } from '../../support/embedded-app.js';
import { until } from '../../support/wait.js';

let folder: QueueFolder;
let apps: EmbeddedApp[];
/** Where the file is. */
let target: string;

beforeEach(() => {
  folder = new QueueFolder();
  apps = [];
  mkdirSync(join(folder.dir, 'disk'));
  target = join(folder.dir, 'disk', 'kept');
});

afterEach(async () => {
  await Promise.all(apps.map((app) => app.close()));
  folder.remove();
});

function open(file: string): EmbeddedApp {
  const app = new EmbeddedApp({ embedded: { file } }, { leastBytes: 20_000 });
  apps.push(app);
  return app;
}

describe.each([
  ['a link', () => symlinkSync(target, folder.file)],
  ['a link that does not name the root', () => symlinkSync('disk/kept', folder.file)],
  [
    'a link to a link',
    () => {
      symlinkSync('kept', join(folder.dir, 'disk', 'second'));
      symlinkSync('disk/second', folder.file);
    },
  ],
])('%s', (_, link) => {
  beforeEach(link);

  it('may name a file that is still to be made, and is no second way to it', async () => {
    await open(folder.file).producer.delay('x', '1h');
    expect(lstatSync(target).isFile()).toBe(true);
    expect(existsSync(`${target}.lock`)).toBe(true);
    expect(readdirSync(folder.dir).toSorted()).toEqual(['disk', 'jobs']);
    expect(() => open(target).start()).toThrow(DqFileInUseError);
  });

  it('is still there after a rewrite, and the file where it was', async () => {
    const app = open(folder.file).start(undefined, { concurrency: 50 });
    const waiting = await app.producer.delay('later', '1h');
    const first = lstatSync(target).ino;
    await until(async () => {
      await Promise.all(Array.from({ length: 50 }, () => app.producer.delay('x'.repeat(500), 0)));
      await app.runs.next(50);
      return lstatSync(target).ino !== first;
    });
    expect(lstatSync(folder.file).isSymbolicLink()).toBe(true);
    await app.close();
    expect(await open(target).producer.revoke(waiting)).toBe('revoked');
  });
});

it('a folder may be a link, too', async () => {
  symlinkSync('disk', join(folder.dir, 'linked'));
  await open(join(folder.dir, 'linked', 'kept')).producer.delay('x', '1h');
  expect(existsSync(`${target}.lock`)).toBe(true);
  expect(() => open(target).start()).toThrow(DqFileInUseError);
});

it('a link is followed as the system does it', () => {
  mkdirSync(join(folder.dir, 'disk', 'deep'));
  symlinkSync('disk/deep', join(folder.dir, 'linked'));
  symlinkSync('linked/../kept', folder.file);
  expect(realPath(folder.file)).toBe(realPath(target));
});

it('a link that leads nowhere, or in a circle, is an error that says so', () => {
  symlinkSync('none/kept', folder.file);
  expect(() => open(folder.file).start()).toThrow(/ENOENT.*Make the folder/);
  const circle = join(folder.dir, 'circle');
  symlinkSync('circle', circle);
  expect(() => open(circle).start()).toThrow(DqFileError);
  expect(() => open(circle).start()).toThrow(/ELOOP/);
  expect(readlinkSync(circle)).toBe('circle');
});
