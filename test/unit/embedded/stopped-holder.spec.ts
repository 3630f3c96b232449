// A holder that came to a stop in the very moment in which it put a rewritten file in place, while another took the file over.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { QueueFolder } from '../../support/embedded-app.js';
import { type Census, countResources, expectNoLeaks } from '../../support/leaks.js';
import { until } from '../../support/wait.js';
import { QueueFileBed, type QueueFileBedParts } from './queue-file-bed.js';

const ELSEWHERE = { place: 'elsewhere', sleep: () => {} };

let before: Census;
let folder: QueueFolder;

beforeEach(() => {
  before = countResources();
  folder = new QueueFolder();
});

afterEach(async () => {
  folder.remove();
  await expectNoLeaks(before);
});

/** It has looked at its lock a last time, and only the rename is left to do. */
async function stopped(): Promise<QueueFileBed> {
  const bed = new QueueFileBed(folder.file, { leastBytes: 1 });
  bed.file.open();
  bed.disk.hang('rename');
  bed.put('of the first');
  await until(() => bed.disk.hung > 0);
  return bed;
}

/** Another one, elsewhere, that has taken the file over, has put a job, and, where it rewrites, has just begun to. */
async function next(parts: QueueFileBedParts = {}): Promise<QueueFileBed> {
  const bed = new QueueFileBed(folder.file, { lock: ELSEWHERE, ...parts });
  bed.file.open();
  bed.disk.hang('write', '.new');
  bed.put('of the second');
  expect(await bed.outcomes.next()).toEqual(['done']);
  return bed;
}

async function wakeUp(bed: QueueFileBed): Promise<void> {
  bed.disk.heal();
  await bed.file.close();
}

describe('a holder that was stopped before it put a rewritten file in place', () => {
  it('does not put it over what the next one has written', async () => {
    const first = await stopped();
    const second = await next();
    const left = readFileSync(folder.file);
    await wakeUp(first);
    expect(readFileSync(folder.file)).toEqual(left);
    await second.file.close();
  });

  it("does not put the next one's half file in place, which would hide what that one keeps from then on", async () => {
    const first = await stopped();
    const second = await next({ leastBytes: 1 });
    await until(() => second.disk.hung > 0);
    await wakeUp(first);
    second.disk.heal();
    await until(() => second.disk.log.some((what) => what.startsWith('rename')));
    second.put('another');
    expect(await second.outcomes.next()).toEqual(['done']);
    await second.file.close();
    const third = new QueueFileBed(folder.file);
    third.file.open();
    expect(third.contents.size).toBe(3);
    await third.file.close();
  });

  it('leaves nothing behind that a later one would not remove', async () => {
    writeFileSync(`${folder.file}.0123456789abcdef.new`, 'of one that was killed');
    const others = ['jobs.mine.new', 'jobs.new', 'jobs2.0123456789abcdef.new'];
    for (const name of others) writeFileSync(join(folder.dir, name), 'of somebody else');
    const bed = new QueueFileBed(folder.file);
    bed.file.open();
    await bed.file.close();
    expect(readdirSync(folder.dir).toSorted()).toEqual(['jobs', ...others].toSorted());
  });
});
