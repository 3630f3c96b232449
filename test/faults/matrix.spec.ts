import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { nameOf } from '../../faults/rows/row.js';
import { rows } from '../../faults/rows/rows.js';
import { deathPrefix } from '../../scripts/death-prefix.mjs';
import { root } from '../../scripts/root.mjs';

/** What `npm run faults -- --json` says of a row; see faults/cli/json.ts. */
interface RowLine {
  readonly row: string;
  readonly variant?: string;
  readonly skipped?: string;
  readonly failure?: string;
  readonly broken?: readonly string[];
  readonly examples?: unknown;
  readonly control?: { readonly what: string; readonly damage: readonly string[]; readonly caught: boolean };
}

const LONGEST_MS = 300_000;
const lines = new Map<string, RowLine>();
const run = { words: '', end: (): void => {} };

function playShort(): Promise<void> {
  const loader = join(root, 'test', 'support', 'typescript-loader.mjs');
  const script = join(root, 'faults', 'run.ts');
  const [command, ...args] = [...deathPrefix(), process.execPath, '--import', loader, script, '--short', '--json'];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    run.end = () => child.kill('SIGKILL');
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (run.words += piece));
    child.once('error', reject);
    child.once('close', () => {
      for (const line of text.split('\n').filter((line) => line.startsWith('{'))) {
        const result = JSON.parse(line) as RowLine;
        lines.set(result.variant === undefined ? result.row : `${result.row}/${result.variant}`, result);
      }
      resolve();
    });
  });
}

describe('the fault matrix, played small', () => {
  beforeAll(async () => {
    await playShort();
  }, LONGEST_MS);

  afterAll(() => run.end());

  // Figures of time are not looked at here: other tests run beside this one.
  it.each(rows.map((row) => [nameOf(row), row.title] as const))('%s: %s', (name) => {
    const line = lines.get(name);
    if (line === undefined) throw new Error(`row ${name} was not played:\n${run.words.slice(-4_000)}`);
    if (line.skipped !== undefined) return;
    expect({
      failure: line.failure,
      broken: line.broken,
      examples: line.broken?.length ? line.examples : undefined,
    }).toEqual({
      failure: undefined,
      broken: [],
      examples: undefined,
    });
    if (line.control !== undefined) expect(line.control).toMatchObject({ caught: true });
  });
});
