// What an embedded queue does when another process has its file, and how another one gets it from a process that stood still.
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DqFileInUseError } from '../../../lib/core/errors/file.errors.js';
import type { FileBackendParts } from '../../../lib/embedded/file-backend.js';
import { systemDisk } from '../../../lib/embedded/file/disk.js';
import { EmbeddedApp, QueueFolder } from '../../support/embedded-app.js';
import { FaultyDisk } from '../../support/faulty-disk.js';
import { type Census, countResources, expectNoLeaks } from '../../support/leaks.js';
import { ManualClock } from '../../support/manual-clock.js';
import { until } from '../../support/wait.js';
import { QueueFileBed } from './queue-file-bed.js';

const OTHERS = JSON.stringify({ pid: 7, host: hostname(), place: 'another', start: '', nonce: 'another' });

/** Two seconds go by between any two looks, and no timer is called. */
class BusyClock extends ManualClock {
  #passed = 0;

  override monotonic(): number {
    this.#passed += 2_000;
    return this.#passed;
  }
}

let before: Census;
let folder: QueueFolder;
let disk: FaultyDisk;
let apps: EmbeddedApp[];

beforeEach(() => {
  before = countResources();
  folder = new QueueFolder();
  disk = new FaultyDisk();
  apps = [];
});

afterEach(async () => {
  disk.heal();
  await Promise.all(apps.map((app) => app.close()));
  folder.remove();
  await expectNoLeaks(before);
});

function open(parts: FileBackendParts = {}): EmbeddedApp {
  const app = new EmbeddedApp({ embedded: { file: folder.file }, shutdownDeadline: 0 }, { disk, ...parts });
  apps.push(app);
  return app;
}

const kept = (): Buffer => readFileSync(folder.file);
/** Where another process writes the file anew. */
const othersNew = (): string => `${folder.file}.0123456789abcdef.new`;

describe('a queue whose lock another process has', () => {
  it('writes nothing any more, and says so', async () => {
    const app = open();
    await app.producer.delay('x', '1h');
    writeFileSync(folder.lock, OTHERS);
    const left = kept();
    await expect(app.producer.delay('y', '1h')).rejects.toThrow(/another process has taken its lock/);
    await expect(app.producer.delay('y', '1h', { id: 'own' })).rejects.toMatchObject({ code: 'DQ_CLAIM_STORE' });
    expect(app.eventsOf('file-lost')).toEqual([
      { type: 'file-lost', file: folder.file, reason: 'another process has taken its lock.' },
    ]);
    await app.close();
    expect(kept()).toEqual(left);
    expect(readFileSync(folder.lock, 'utf8')).toBe(OTHERS);
  });

  it('acknowledges nothing that it wrote before it knew', async () => {
    const app = open();
    await app.producer.delay('x', '1h');
    disk.hang('sync');
    const late = app.producer.delay('y', '1h');
    await until(() => disk.hung > 0);
    writeFileSync(folder.lock, OTHERS);
    disk.heal();
    await expect(late).rejects.toMatchObject({ code: 'DQ_QUORUM', fate: 'unknown' });
  });

  it('starts no job that it claimed before it knew', async () => {
    const app = open();
    await app.producer.delay('x', 0);
    disk.hang('write');
    app.start();
    await until(() => disk.hung > 0);
    writeFileSync(folder.lock, OTHERS);
    disk.heal();
    await until(() => app.eventsOf('file-lost').length > 0);
    await app.close();
    expect(app.runs.all).toEqual([]);
  });

  it('cuts nothing off when a write fails', async () => {
    const app = open();
    await app.producer.delay('x', '1h');
    disk.hang('write');
    disk.fail('write', 'ENOSPC');
    const late = app.producer.delay('y', '1h');
    await until(() => disk.hung > 0);
    writeFileSync(folder.lock, OTHERS);
    disk.heal();
    await expect(late).rejects.toMatchObject({ code: 'DQ_QUORUM', fate: 'unknown' });
    expect(disk.calls.truncate).toBe(0);
  });

  it('cuts nothing off when it tries the disk again', async () => {
    const bed = new QueueFileBed(folder.file);
    const journal = bed.file.open();
    bed.disk.fail('write', 'ENOSPC');
    bed.put('x');
    expect(await bed.outcomes.next()).toEqual(['refused']);
    bed.disk.heal();
    const { truncate } = bed.disk.calls;
    writeFileSync(folder.lock, OTHERS);
    await expect(journal.retry()).rejects.toThrow(/another process has taken its lock/);
    expect(bed.disk.calls.truncate).toBe(truncate);
    await bed.file.close();
  });

  it('does not end its file as one that was closed in order', async () => {
    const app = open();
    await app.producer.delay('x', '1h');
    const left = kept();
    writeFileSync(folder.lock, OTHERS);
    await app.close();
    expect(kept()).toEqual(left);
  });

  it('leaves alone what the other one writes beside the file', async () => {
    const bed = new QueueFileBed(folder.file);
    const journal = bed.file.open();
    bed.disk.fail('sync', 'EIO');
    bed.put('x');
    expect(await bed.outcomes.next()).toEqual(['unknown']);
    bed.disk.heal();
    writeFileSync(folder.lock, OTHERS);
    writeFileSync(othersNew(), 'of the other one');
    await expect(journal.retry()).rejects.toThrow(/another process has taken its lock/);
    expect(journal.trouble?.message).toMatch(/another process has taken its lock/);
    await bed.file.close();
    expect(readFileSync(othersNew(), 'utf8')).toBe('of the other one');
  });

  it('does not take the new file of the other one away when it gives up its own', async () => {
    const bed = new QueueFileBed(folder.file, { leastBytes: 1 });
    bed.file.open();
    bed.disk.hang('write', '.new');
    bed.put('x');
    await until(() => bed.disk.hung > 0);
    writeFileSync(folder.lock, OTHERS);
    const others = systemDisk.open(othersNew(), true);
    others.writeNow(Buffer.from('of the other one'), 0);
    bed.disk.heal();
    await bed.file.close();
    expect(bed.disk.log).toContainEqual(expect.stringMatching(/^close jobs\..*\.new$/));
    others.closeNow();
    expect(readFileSync(othersNew(), 'utf8')).toBe('of the other one');
  });

  it('goes on when the lock was only moved aside for a moment', async () => {
    const app = open();
    await app.producer.delay('x', '1h');
    renameSync(folder.lock, `${folder.lock}.aside`);
    await expect(app.producer.delay('y', '1h')).rejects.toThrow(/its lock was removed/);
    renameSync(`${folder.lock}.aside`, folder.lock);
    await until(() => app.producer.delay('z', '1h').catch(() => undefined));
    expect(app.eventsOf('file-back')).toHaveLength(1);
    await app.close();
    expect(await open().runtime.inspector.counts('work')).toMatchObject([{ scheduled: 2 }]);
  });
});

describe('a file whose holder is silent', () => {
  const elsewhere: FileBackendParts['lock'] = { place: 'elsewhere', sleep: () => {} };

  it('is taken over, and what that one still writes when it wakes up is nowhere', async () => {
    const first = open();
    await first.producer.delay('x', '1h');
    // As one that stands still in the moment before a write.
    const late = openSync(folder.file, 'r+');
    const second = open({ lock: elsewhere });
    expect(await second.runtime.inspector.counts('work')).toMatchObject([{ scheduled: 1 }]);
    expect(second.eventsOf('file-warning')).toMatchObject([
      { reason: expect.stringMatching(/^process \d+ on .* cannot be seen from here.* 10 s\.$/) },
    ]);
    await second.producer.delay('y', '1h');
    const left = kept();
    writeSync(late, 'from an earlier life', 0);
    closeSync(late);
    expect(kept()).toEqual(left);
    await expect(first.producer.delay('z', '1h')).rejects.toThrow(/another process has taken its lock/);
    await first.close();
    await second.close();
    expect(await open().runtime.inspector.counts('work')).toMatchObject([{ scheduled: 2 }]);
  });

  it('is taken over, too, when there is no room for a copy, with a warning', async () => {
    await open().producer.delay('x', '1h');
    disk.fail('writeNow', 'ENOSPC', '.new');
    const second = open({ lock: elsewhere });
    expect(await second.runtime.inspector.counts('work')).toMatchObject([{ scheduled: 1 }]);
    expect(second.eventsOf('file-warning').at(-1)?.reason).toMatch(/could not be copied.*ENOSPC.*runs no more/);
    await second.producer.delay('y', '1h');
  });

  it('is not taken while that one gives signs of life', async () => {
    const first = open();
    await first.producer.delay('x', '1h');
    const left = kept();
    const second = open({
      lock: { place: 'elsewhere', sleep: () => writeFileSync(folder.lock, readFileSync(folder.lock)) },
    });
    expect(() => second.start()).toThrow(DqFileInUseError);
    expect(kept()).toEqual(left);
    await first.producer.delay('y', '1h');
  });

  it('is not silent while it reads a large file', async () => {
    const bed = new QueueFileBed(folder.file);
    bed.file.open();
    bed.put('x');
    await bed.outcomes.next();
    await bed.file.close();
    const clock = new BusyClock();
    const next = new QueueFileBed(folder.file, { clock });
    next.file.open();
    expect(statSync(folder.lock).mtimeMs).toBe(clock.now());
    await next.file.close();
    expect(clock.timers).toBe(0);
  });

  it('may be let go by hand', async () => {
    await open().producer.delay('x', '1h');
    rmSync(folder.lock);
    const second = open();
    expect(await second.runtime.inspector.counts('work')).toMatchObject([{ scheduled: 1 }]);
    expect(second.eventsOf('file-warning')).toEqual([]);
  });
});
