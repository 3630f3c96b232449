// The command as a process: what becomes of its answer where nobody takes it.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../scripts/root.mjs';

interface Ended {
  readonly code: number | null;
  readonly err: string;
}

/** Runs a command that asks no server. `hangUp`: nobody reads its standard error. */
function run(args: readonly string[], stdout: number | 'pipe', hangUp = false): Promise<Ended> {
  const loader = join(root, 'harness', 'typescript-loader.mjs');
  const main = join(root, 'lib', 'cli', 'main.ts');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', loader, main, ...args], {
      stdio: ['ignore', stdout, 'pipe'],
      env: { PATH: process.env['PATH'] },
    });
    let err = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
    if (hangUp) child.stderr?.destroy();
    child.on('close', (code) => resolve({ code, err }));
  });
}

/** A disk that is full, where there is one to try. */
const FULL = process.platform === 'linux' ? '/dev/full' : undefined;

describe('an answer', () => {
  (FULL === undefined ? it.skip : it)(
    'that cannot be written is said to be lost, and ends the command with 1',
    async () => {
      const full = openSync(FULL ?? '', 'w');
      try {
        const { code, err } = await run(['--version'], full);
        expect(code).toBe(1);
        expect(err).toContain('nestjs-dq: The answer could not be written: ENOSPC');
      } finally {
        closeSync(full);
      }
    },
  );

  it('that is an error ends the command as ever where nobody reads it', async () => {
    expect(await run(['counts'], 'pipe')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Expected the nodes'),
    });
    expect(await run(['counts'], 'pipe', true)).toMatchObject({ code: 2 });
  });
});
