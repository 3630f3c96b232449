import { join } from 'node:path';
import { ensureBuilt, library } from '../../scripts/build.mjs';
import { root } from '../../scripts/root.mjs';
import { output } from './project.js';

/** The package as it is published. */
export interface Tarball {
  readonly path: string;
  /** The files in it. */
  readonly files: readonly string[];
}

/** Packs the library into a file in `dir`. */
export async function packInto(dir: string): Promise<Tarball> {
  ensureBuilt(library);
  const args = ['pack', '--ignore-scripts', '--json', '--loglevel=error', '--pack-destination', dir];
  const [report] = JSON.parse(await output('npm', args, { cwd: root })) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  return { path: join(dir, report.filename), files: report.files.map(({ path }) => path) };
}
