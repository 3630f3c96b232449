// A disk that is full, or whose fsync fails, under the file of an embedded queue: with the errors of the real system calls.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { canShim, compileShim, ShimControl } from '../../faults/shim/shim.js';
import { AppProcess } from '../../harness/app-process.mjs';
import { root } from '../../scripts/root.mjs';
import { keepsFiles } from '../support/describe-file.js';
import { EmbeddedApp, QueueFolder } from '../support/embedded-app.js';
import { until } from '../support/wait.js';

let folder: QueueFolder;
let shim: ShimControl;
let app: AppProcess<{ readonly event?: string; readonly outcome?: string }>;

/** What became of a job. */
async function schedule(id: string): Promise<string> {
  const before = outcomes().length;
  app.tell(id);
  return app.told(() => outcomes()[before], { what: `the outcome of ${id}` });
}

const outcomes = (): string[] => app.messages.flatMap(({ outcome }) => outcome ?? []);
const events = (): string[] => app.messages.flatMap(({ event }) => event ?? []);

(canShim() && keepsFiles ? describe : describe.skip)('a disk under the file of an embedded queue', () => {
  beforeEach(async () => {
    folder = new QueueFolder();
    shim = new ShimControl(await compileShim(folder.dir), folder.dir, 'disk');
    const script = join(root, 'test', 'support', 'scheduling-script.ts');
    app = new AppProcess({ name: 'the process on a disk', script, args: [folder.file], env: shim.env });
  });

  afterEach(async () => {
    await app.kill();
    shim.close();
    folder.remove();
  });

  it.each([
    ['that is full refuses what has no room', () => shim.fillDisk(true), /got: database or disk is full/],
    ['whose writes fail refuses', () => shim.failWrites(true), /got: disk I\/O error/],
    ['whose fsync fails acknowledges nothing', () => shim.failSyncs(true), /got: disk I\/O error/],
  ])('%s, and all goes on when it is well again; kill -9 loses nothing', async (_, spoil, text) => {
    expect(await schedule('before')).toBe('kept');
    spoil();
    expect(await schedule('refused')).toMatch(text);
    expect(events()).toContain('file-lost');
    shim.healDisk();
    await until(async () => (await schedule('after')) === 'kept');
    expect(events()).toContain('file-back');
    await app.kill();

    const next = new EmbeddedApp({ embedded: { file: folder.file } });
    expect(await next.runtime.inspector.counts('work')).toMatchObject([{ scheduled: 2 }]);
    for (const id of ['before', 'after'])
      await expect(next.producer.delay('x', '1h', { id })).rejects.toMatchObject({ state: 'scheduled' });
    await next.close();
  });
});
