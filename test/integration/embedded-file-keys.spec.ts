// Keys in the file of an embedded queue, of a process that is killed (SIGKILL) while it speaks words on them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { AppProcess } from '../../harness/app-process.mjs';
import { systemClock } from '../../lib/core/base/clock.js';
import { slotKey } from '../../lib/core/claims/claim-key.js';
import { resolveOptions } from '../../lib/core/options/resolve-options.js';
import { fileBackend } from '../../lib/embedded/file-backend.js';
import { describeFile } from '../support/describe-file.js';
import { QueueFolder } from '../support/embedded-app.js';
import type { KeySetup, KeyWord } from '../support/key-script.js';
import { until } from '../support/wait.js';

const ROUNDS = 4;
const TUBE = 'work';
let folder: QueueFolder;
let record: string;
let running: AppProcess | undefined;

beforeEach(() => {
  folder = new QueueFolder();
  record = join(folder.dir, 'record');
});
afterEach(async () => {
  await running?.kill();
  running = undefined;
  folder.remove();
});

const words = (): KeyWord[] =>
  (existsSync(record) ? readFileSync(record, 'utf8') : '')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [line.split(' ') as unknown as KeyWord]));

async function killInRounds(forgets: boolean): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const script = join(import.meta.dirname, '../support/key-script.ts');
    const process = new AppProcess({ name: 'the process with keys', script });
    running = process;
    process.tell({ file: folder.file, record, round: `r${round}`, forgets } satisfies KeySetup);
    await process.told(() => process.messages.includes('running'), { what: 'being at work' });
    const before = words().length;
    await until(() => words().length > before + 200, { timeout: 20_000 });
    await sleep(Math.random() * 100);
    await process.kill();
  }
}

/** Keys of which the file says neither what was answered last, nor what was asked for last. */
async function forgotten(): Promise<string[]> {
  const last = new Map<string, { answered: string; asked: string }>();
  for (const [said, key, id, due] of words())
    last.set(key, { ...{ answered: '- -', asked: '- -' }, ...last.get(key), [said]: `${id} ${due}` });
  const options = resolveOptions({ embedded: { file: folder.file }, tubes: [TUBE] });
  const { store } = fileBackend(folder.file, options, systemClock, () => {});
  const wrong: string[] = [];
  for (const [key, { answered, asked }] of last) {
    const standing = await store.findKey(TUBE, slotKey(TUBE, key));
    const stands = standing === undefined ? '- -' : `${standing.id} ${standing.dueMs}`;
    if (stands !== answered && stands !== asked) wrong.push(`${key}: ${stands}, and not ${answered} or ${asked}`);
  }
  await store.close();
  return wrong;
}

describeFile('keys in the file of an embedded queue', () => {
  it('keep the last word that was answered, whatever it was', async () => {
    await killInRounds(false);
    expect(await forgotten()).toEqual([]);
    const answered = words().filter(([said]) => said === 'answered');
    expect(answered.length).toBeGreaterThan(ROUNDS * 50);
  }, 60_000);

  it('would have forgotten it without the file (control)', async () => {
    await killInRounds(true);
    expect((await forgotten()).length).toBeGreaterThan(0);
  }, 60_000);
});
