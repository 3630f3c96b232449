import { parseArgs } from 'node:util';

export interface Arguments {
  readonly rows: readonly string[];
  readonly short: boolean;
  readonly controls: boolean;
  readonly json: boolean;
  readonly write: boolean;
  readonly seed: number;
  readonly parallel: number;
  /** A folder with a built library, instead of building this checkout. */
  readonly library: string | undefined;
  readonly keep: string | undefined;
}

const DEFAULT_SEED = 20_261_123;

export const usage = `npm run faults -- [options]
  --row F4           only this row, or one variant of it (F9/empty); may be given more than once
  --short            small loads and short faults: all rows in a few minutes
  --no-controls      without the runs that have a protection taken out
  --json             one JSON object a row on stdout
  --write            puts the table into docs/evidence/results/reliability.md; with --row only the lines of those rows
  --seed N           default ${DEFAULT_SEED}
  --parallel N       rows at once, default 1, with --short 6; figures of time are only good with 1
  --library DIR      tests this built library instead of building the checkout
  --keep DIR         keeps the history of each run there, one JSON line an event`;

/** Reads the command line, or throws with what is wrong with it. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      row: { type: 'string', multiple: true, default: [] },
      short: { type: 'boolean', default: false },
      'no-controls': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(DEFAULT_SEED) },
      parallel: { type: 'string' },
      library: { type: 'string' },
      keep: { type: 'string' },
    },
  });
  return {
    rows: values.row,
    short: values.short,
    controls: !values['no-controls'],
    json: values.json,
    write: values.write,
    seed: whole('seed', values.seed),
    parallel: whole('parallel', values.parallel ?? (values.short ? '6' : '1')),
    library: values.library,
    keep: values.keep,
  };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`expected --${name} to be a whole number from 1, got ${text}`);
  return value;
}
