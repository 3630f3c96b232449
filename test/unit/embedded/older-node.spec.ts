// The file of an embedded queue on a Node without SQLite, and on one with it.
import { existsSync, readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqOptionsError } from '../../../lib/core/errors/argument.errors.js';
import { keepsFiles } from '../../support/describe-file.js';
import { EmbeddedApp, QueueFolder } from '../../support/embedded-app.js';

let folder: QueueFolder;

beforeEach(() => {
  folder = new QueueFolder();
});

afterEach(() => folder.remove());

describe('the file of an embedded queue', () => {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

  it('can be kept by Node 22.13 and later', () => {
    expect(keepsFiles).toBe(major > 22 || (major === 22 && minor >= 13));
  });

  it('is refused by an older one before anything is opened, and taken by the others', async () => {
    const open = (): EmbeddedApp => new EmbeddedApp({ embedded: { file: folder.file } });
    if (keepsFiles) {
      await open().start().close();
      expect(existsSync(folder.file)).toBe(true);
      return;
    }
    expect(open).toThrow(DqOptionsError);
    expect(open).toThrow(
      `Expected Node 22.13 or later with embedded: { file }, which is kept with node:sqlite, got ${process.versions.node}. Update Node; ` +
        'or leave out file, and jobs end with this process; or use servers.',
    );
    expect(readdirSync(folder.dir)).toEqual([]);
  });

  it('is no matter of a queue in memory', async () => {
    const app = new EmbeddedApp().start();
    await app.producer.delay('x', 0);
    await app.runs.next();
    await app.close();
  });
});
