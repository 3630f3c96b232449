import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type SabotageName, sabotages } from '../../harness/sabotage/sabotages.js';
import type { Mode } from '../plan/plan.js';

export interface Arguments {
  readonly seeds: number;
  readonly seed: number;
  readonly modes: readonly Mode[];
  readonly bug: SabotageName | undefined;
  readonly workers: number;
  readonly json: boolean;
  readonly history: boolean;
  readonly shrink: boolean;
}

const MODES: readonly Mode[] = ['safety', 'liveness'];

export const usage = `npm run simulate -- [options]
  --seeds N          how many seeds to play, each once in each mode; default 100
  --seed S           the first seed, default 1; alone: this seed only
  --mode MODE        safety or liveness; default both
  --bug NAME         with a protection taken out: ${Object.keys(sabotages).join(', ')}
  --workers N        processes at once; default one a core
  --history          prints the history, also of what did not fail
  --no-shrink        prints a failing plan as it is
  --json             one JSON object on stdout`;

/** Reads the command line, or throws with what is wrong with it. */
export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string' },
      seed: { type: 'string' },
      mode: { type: 'string' },
      bug: { type: 'string' },
      workers: { type: 'string' },
      json: { type: 'boolean', default: false },
      history: { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
    },
  });
  const { seeds = values.seed === undefined ? '100' : '1', seed = '1', mode, bug } = values;
  if (mode !== undefined && !isMode(mode)) throw new Error(`expected --mode safety or liveness, got ${mode}`);
  if (bug !== undefined && !isBug(bug)) throw new Error(`expected --bug to be the name of a bug, got ${bug}`);
  return {
    seeds: whole('seeds', seeds),
    seed: whole('seed', seed),
    modes: mode === undefined ? MODES : [mode],
    bug,
    workers: whole('workers', values.workers ?? String(availableParallelism())),
    json: values.json,
    history: values.history,
    shrink: !values['no-shrink'],
  };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`expected --${name} to be a whole number from 1, got ${text}`);
  return value;
}

function isMode(mode: string): mode is Mode {
  return mode === 'safety' || mode === 'liveness';
}

function isBug(bug: string): bug is SabotageName {
  return Object.hasOwn(sabotages, bug);
}
