// What the journal of an embedded queue does with much at once, and with two reasons for a rewrite.
import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { goneLine } from '../../../lib/embedded/file/record.js';
import { QueueFolder } from '../../support/embedded-app.js';
import { type Census, countResources, expectNoLeaks } from '../../support/leaks.js';
import { until } from '../../support/wait.js';
import { QueueFileBed } from './queue-file-bed.js';

const MEGABYTE = 1_048_576;

let before: Census;
let folder: QueueFolder;
let beds: QueueFileBed[];

beforeEach(() => {
  before = countResources();
  folder = new QueueFolder();
  beds = [];
});

afterEach(async () => {
  jest.restoreAllMocks();
  for (const { disk, file } of beds) {
    disk.heal();
    await file.close();
  }
  folder.remove();
  await expectNoLeaks(before);
});

function open(leastBytes?: number): QueueFileBed {
  const bed = new QueueFileBed(folder.file, { leastBytes });
  bed.file.open();
  beds.push(bed);
  return bed;
}

/** A new file has its holder's mark in its name. */
function withoutNonce(what: string): string {
  return what.replace(/\.[0-9a-f]{16}\.new$/, '.new');
}

/** How many jobs the next process finds. */
async function found(bed: QueueFileBed): Promise<number> {
  await bed.file.close();
  return open().contents.size;
}

/** What can go on without the disk has gone on. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await nextTurn();
}

describe('what is put in one turn', () => {
  it('is written in pieces, however much it is', async () => {
    const bed = open();
    for (let job = 0; job < 12; job++) bed.put('x'.repeat(3 * MEGABYTE));
    expect(await bed.outcomes.next(12)).toEqual(Array.from({ length: 12 }, () => 'done'));
    expect(bed.disk.largest).toBeLessThan(12 * MEGABYTE);
    expect(await found(bed)).toBe(12);
  });

  it('is refused as a whole when the first piece cannot be written; what has happened stays in order', async () => {
    const bed = open();
    const journal = bed.file.open();
    bed.disk.fail('write', 'ENOSPC');
    const lines = Array.from({ length: 8 }, (_, at) => goneLine(1_000 + at));
    for (const line of lines) {
      bed.put('x'.repeat(3 * MEGABYTE));
      journal.append(line);
    }
    expect(await bed.outcomes.next(8)).toEqual(lines.map(() => 'refused'));
    journal.append(goneLine(2_000));
    bed.disk.heal();
    await journal.retry();
    const kept = readFileSync(folder.file, 'utf8').match(/^\["[^f].*\n/gm);
    expect(kept).toEqual([...lines, goneLine(2_000)]);
    bed.put('y');
    expect(await bed.outcomes.next()).toEqual(['done']);
    expect(await found(bed)).toBe(1);
  });

  it('is refused when it cannot even be made into a frame, or into a line', async () => {
    const bed = open();
    const tooLong = (): never => {
      throw new RangeError('Invalid string length');
    };
    jest.spyOn(Buffer, 'byteLength').mockImplementationOnce(tooLong);
    bed.put('x', 1);
    expect(await bed.outcomes.next()).toEqual(['refused']);
    await bed.file.open().retry();
    jest.spyOn(JSON, 'stringify').mockImplementationOnce(tooLong);
    bed.put('x', 1);
    expect(await bed.outcomes.next()).toEqual(['refused']);
    bed.put('x', 1);
    expect(await bed.outcomes.next()).toEqual(['done']);
    expect(await found(bed)).toBe(1);
  });
});

describe('a rewrite that the disk needs', () => {
  it('waits for one that is under way, which stops', async () => {
    const bed = open(1);
    const journal = bed.file.open();
    const ofNew = (): string[] => bed.disk.log.filter((what) => what.endsWith('.new')).map(withoutNonce);

    bed.disk.hang('write', '.new');
    // More than one frame of a new file.
    for (let job = 0; job < 3; job++) bed.put('x'.repeat(MEGABYTE));
    await bed.outcomes.next(3);
    await until(() => bed.disk.hung > 0);
    journal.append(goneLine(1_000));
    bed.disk.fail('sync', 'EIO', 'jobs');
    await expect(journal.synced()).rejects.toThrow('EIO');
    const retry = journal.retry();
    await turns();
    expect(ofNew()).toEqual(['open jobs.new', 'write jobs.new']);

    bed.disk.heal();
    await retry;
    expect(ofNew().slice(2)).toEqual([
      'close jobs.new',
      'open jobs.new',
      ...Array.from({ length: 3 }, () => 'write jobs.new'),
      'rename jobs.new',
    ]);
    expect(bed.events.map(({ type }) => type)).toEqual(['file-lost', 'file-back']);
    expect(await found(bed)).toBe(3);
  });
});

describe('closing', () => {
  it('waits for an fsync that follows the one under way, and for what it says', async () => {
    const bed = open();
    bed.disk.hang('sync');
    bed.put('x');
    await until(() => bed.disk.hung === 1);
    // Written during that fsync, so that it needs one of its own.
    bed.put('y');
    await until(() => bed.disk.calls.write === 2);
    const closing = bed.file.close();
    await turns();
    bed.disk.goOn();
    await until(() => bed.disk.hung > 0);
    await turns();
    // A last fsync beside it could be over first, and the file be closed under it.
    expect(bed.disk.hung).toBe(1);
    bed.disk.heal();
    await closing;
    expect([bed.outcomes.all, bed.events]).toEqual([['done', 'done'], []]);
    expect(await found(bed)).toBe(2);
  });
});
