import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformFileSync } from '@swc/core';
import { ensureBuilt, library } from '../../scripts/build.mjs';
import { dataDir, root } from '../../scripts/root.mjs';

/** What worker processes are made of, besides the library. */
const WORKER_SOURCES = [
  'faults/worker',
  'harness/application',
  'harness/sabotage',
  'harness/replace.ts',
  'harness/history',
  'test/support/seeded-random.ts',
];

/**
 * Copies of the built library and of the workers' code, which no later edit or build touches: the processes of a run must all
 * run the same, and start fast. They lie inside the checkout, where they find their dependencies, and as the sources do: what a worker
 * imports from `lib` is what was built.
 */
export class Frozen {
  readonly #dir = join(dataDir, `faults-${process.pid}`);

  /** @param given a folder with a built library, instead of building this checkout */
  constructor(given: string | undefined) {
    mkdirSync(this.#dir, { recursive: true });
    if (given === undefined) {
      ensureBuilt(library);
      cpSync(join(root, 'dist'), join(this.#dir, 'lib'), { recursive: true });
    } else symlinkSync(resolve(given), join(this.#dir, 'lib'));
    for (const source of WORKER_SOURCES.flatMap((path) => filesBelow(path))) this.#compile(source);
  }

  /** For the processes of the run, which find there what they are to run. */
  get env(): Readonly<Record<string, string>> {
    return { DQ_FAULTS_WORKER: join(this.#dir, 'faults', 'worker', 'worker-script.js') };
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
