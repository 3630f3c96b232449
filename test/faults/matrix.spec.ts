import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AppProcess } from '../../harness/app-process.mjs';
import { nameOf, type Scenario } from '../../faults/scenarios/scenario.js';
import { rows } from '../../faults/scenarios/scenarios.js';

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

/** A guard against hanging. Alone on two cores the rows take some two minutes, beside other specs five. */
const LONGEST_MS = 1_500_000;
/** Rows whose controls are played here; `npm run faults -- --short` plays all of them. */
const CONTROLLED = ['F1', 'F5/both', 'F11/killed', 'F13/nodes'];
/** That plays rows, one line of JSON for each. */
let playing: AppProcess | undefined;

/** Plays rows, and resolves to what was said of each, by its name. */
async function playShort(...options: readonly string[]): Promise<ReadonlyMap<string, RowLine>> {
  const script = join(import.meta.dirname, '..', '..', 'faults', 'run.ts');
  const args = ['--short', '--json', ...options];
  playing = new AppProcess({ name: 'the fault matrix', script, args, output: 'lines' });
  await playing.ended;
  const results = playing.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as RowLine);
  return new Map(results.map((result) => [result.variant ? `${result.row}/${result.variant}` : result.row, result]));
}

afterAll(() => playing?.kill());

const namesOf = (chosen: readonly Scenario[]): string[] => chosen.flatMap((row) => ['--row', nameOf(row)]);

function lineOf(lines: ReadonlyMap<string, RowLine>, name: string): RowLine {
  const line = lines.get(name);
  if (line === undefined) throw new Error(`row ${name} was not played; why stands above`);
  return line;
}

describe('the fault matrix, played small', () => {
  let lines: ReadonlyMap<string, RowLine>;
  beforeAll(async () => {
    lines = await playShort('--no-controls', '--parallel', '4', ...namesOf(rows));
  }, LONGEST_MS);

  // Figures of time are not looked at here: other tests run beside this one.
  it.each(rows.map((row) => [nameOf(row), row.title] as const))('%s: %s', (name) => {
    const { skipped, failure, broken, examples } = lineOf(lines, name);
    if (skipped !== undefined) return;
    expect({ failure, broken, examples: broken?.length ? examples : undefined }).toEqual({
      failure: undefined,
      broken: [],
      examples: undefined,
    });
  });
});

describe('the fault matrix, with a protection taken out', () => {
  let lines: ReadonlyMap<string, RowLine>;
  beforeAll(async () => {
    lines = await playShort('--parallel', '4', ...namesOf(rows.filter((row) => CONTROLLED.includes(nameOf(row)))));
  }, LONGEST_MS);

  it.each(CONTROLLED)('%s is not as expected any more', (name) => {
    expect(lineOf(lines, name).control).toMatchObject({ caught: true });
  });
});
