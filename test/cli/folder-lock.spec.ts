// One data folder, and several processes that want it at the same moment.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FolderLock } from '../../lib/cli/cluster/folder-lock.js';
import { root } from '../../scripts/root.mjs';

const RUNS = 6;
const ROUNDS = 5;

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nestjs-dq-lock-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Takes the folder once all are ready, and says so; ends with its input. */
const TAKER = [
  `import { FolderLock } from ${JSON.stringify(join(root, 'lib/cli/cluster/folder-lock.ts'))};`,
  "import { existsSync } from 'node:fs';",
  'const [dir, start] = process.argv.slice(1);',
  'const lock = new FolderLock(dir);',
  "process.stdout.write('ready\\n');",
  'while (!existsSync(start));',
  "try { lock.take(); process.stdout.write('taken\\n'); } catch (error) { process.stdout.write(error.code === 'CLUSTER_FOLDER_IN_USE' ? 'refused\\n' : String(error)); }",
  'process.stdin.resume();',
].join('\n');

async function takers(): Promise<readonly string[]> {
  const start = join(dir, 'start');
  const all = Array.from({ length: RUNS }, () => {
    const loader = join(root, 'harness', 'typescript-loader.mjs');
    const child = spawn(process.execPath, ['--import', loader, '--input-type=module', '-e', TAKER, dir, start], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    const has = (line: RegExp): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => void (line.test(said) && resolve());
        child.stdout.on('data', look);
        look();
      });
    return { has, said: () => said, end: () => child.kill('SIGKILL') };
  });
  await Promise.all(all.map(({ has }) => has(/ready\n/)));
  writeFileSync(start, '');
  await Promise.all(all.map(({ has }) => has(/taken\n|refused\n/)));
  for (const { end } of all) end();
  rmSync(start);
  return all.map(({ said }) => said().replace('ready\n', '').trim());
}

describe('the lock of a data folder', () => {
  it('is taken by one of several processes that come at the same moment, also where a dead one has left its own', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const said = await takers();
      expect(said.toSorted()).toEqual([...Array.from({ length: RUNS - 1 }, () => 'refused'), 'taken']);
    }
  });

  it('is free again when it was released, and has no second holder in one process', () => {
    const [one, other] = [new FolderLock(dir), new FolderLock(dir)];
    one.take();
    expect(() => other.take()).toThrow(expect.objectContaining({ code: 'CLUSTER_FOLDER_IN_USE' }));
    one.release();
    other.take();
    other.release();
    expect(readdirSync(dir)).toEqual([]);
    expect(existsSync(dir)).toBe(true);
  });
});
