// An embedded queue with a file, in a process that is killed (SIGKILL) at any moment while it schedules, runs and revokes.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { describeFile } from '../support/describe-file.js';
import { EmbeddedApp } from '../support/embedded-app.js';
import { EmbeddedProcess } from '../support/embedded-process.js';
import { until } from '../support/wait.js';

const ROUNDS = 6;
let dir: string;
let file: string;
let record: string;
let running: EmbeddedProcess | undefined;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dq-file-'));
  file = join(dir, 'jobs');
  record = join(dir, 'record');
});

afterEach(async () => {
  await running?.kill();
  running = undefined;
  rmSync(dir, { recursive: true, force: true });
});

/** What all processes have written so far, one line each. */
const lines = (): string[][] =>
  (existsSync(record) ? readFileSync(record, 'utf8') : '')
    .split('\n')
    .flatMap((line) => (line ? [line.split(' ')] : []));

const named = (word: string): string[] => lines().flatMap(([first, id = '']) => (first === word ? [id] : []));

async function start(round: string, quiet: boolean, forgets = false): Promise<EmbeddedProcess> {
  running = await EmbeddedProcess.start({ file, record, round, quiet, forgets });
  return running;
}

async function killInRounds(forgets = false): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const process = await start(`r${round}`, false, forgets);
    const before = named('end').length;
    await until(() => named('end').length > before + 20, { timeout: 20_000 });
    await sleep(Math.random() * 300);
    await process.kill();
  }
}

/** Acknowledged jobs that did not end, and that nobody tried to take back. */
function missing(): string[] {
  const over = new Set([...named('end'), ...named('revoking')]);
  return named('kept').filter((id) => !over.has(id));
}

/** Jobs that were begun although they were over for certain. */
function begunAgain(): string[] {
  const over = new Set<string>();
  return lines().flatMap(([word, id = '']) => {
    if (word === 'settled' || word === 'revoked') over.add(id);
    return word === 'start' && over.has(id) ? [id] : [];
  });
}

describeFile('an embedded queue with a file', () => {
  it('loses no job to kill -9, and runs none again whose outcome was kept', async () => {
    await killInRounds();
    const last = await start('last', true);
    await until(() => missing().length === 0, { timeout: 60_000 }).catch(() => expect(missing()).toEqual([]));
    await last.close();
    expect(named('kept').length).toBeGreaterThan(ROUNDS * 20);
    expect(named('settled').length).toBeGreaterThan(ROUNDS * 20);
    expect(named('revoked').length).toBeGreaterThan(0);
    expect(begunAgain()).toEqual([]);
    expect(named('dead')).toEqual([]);
    // In order it ends with nothing of its own beside the file.
    expect(readdirSync(dir).toSorted()).toEqual(['jobs', 'record']);
  }, 120_000);

  it('would lose some without the file', async () => {
    await killInRounds(true);
    const last = await start('last', true, true);
    await sleep(1_000);
    await last.close();
    expect(missing().length).toBeGreaterThan(0);
  }, 120_000);

  it('belongs to one process at a time, and to the next one when that was killed', async () => {
    const first = await start('first', true);
    const second = EmbeddedProcess.start({ file, record, round: 'second', quiet: true }, 'ignore');
    await expect(second).rejects.toThrow('ended without');
    const here = new EmbeddedApp({ embedded: { file } });
    expect(() => here.start()).toThrow(new RegExp(`but process \\d+ on ${hostname()} has it. Stop that one`));
    await here.close();
    await first.kill();
    await (await start('third', true)).close();
  }, 60_000);
});
