import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformFileSync } from '@swc/core';
import { ensureBuilt, library } from '../../scripts/build.mjs';
import { dataDir, root } from '../../scripts/root.mjs';

/** What worker processes are made of, besides the library. */
const WORKER_SOURCES = [
  'faults/worker',
  'faults/library',
  'harness/sabotage',
  'harness/replace.ts',
  'harness/history',
  'test/support/seeded-random.ts',
];

/**
 * Copies of the built library and of the workers' code, which no later edit or build touches: the processes of a run must all
 * run the same, and start fast. They lie inside the checkout, where they find their dependencies.
 */
export class Frozen {
  readonly #dir = join(dataDir, `faults-${process.pid}`);
  readonly #library: string;

  /** @param given a folder with a built library, instead of building this checkout */
  constructor(given: string | undefined) {
    this.#library = given === undefined ? join(this.#dir, 'dist') : resolve(given);
    mkdirSync(this.#dir, { recursive: true });
    if (given === undefined) {
      ensureBuilt(library);
      cpSync(join(root, 'dist'), this.#library, { recursive: true });
    }
    for (const source of WORKER_SOURCES.flatMap((path) => filesBelow(path))) this.#compile(source);
  }

  /** For the processes of the run, which find there what they are to run. */
  get env(): Readonly<Record<string, string>> {
    return {
      DQ_FAULTS_LIBRARY: this.#library,
      DQ_FAULTS_WORKER: join(this.#dir, 'faults', 'worker', 'worker-script.js'),
    };
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #compile(source: string): void {
    const target = join(this.#dir, source.replace(/\.ts$/, '.js'));
    const { code } = transformFileSync(join(root, source), { sourceMaps: 'inline', module: { type: 'es6' } });
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
}

function filesBelow(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(join(root, path)).map((name) => `${path}/${name}`);
}
