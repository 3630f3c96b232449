// @ts-check
import { copyFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './root.mjs';

const page = join(root, 'lib', 'dashboard', 'page');
/** What only the sources need. */
const unpublished = new Set(['tsconfig.json', 'vendor.json']);

/** Files of other packages that the page loads, with their licences: by their names below `vendor/`, the paths here. */
export function vendorFiles() {
  const names = /** @type {Record<string, string>} */ (JSON.parse(readFileSync(join(page, 'vendor.json'), 'utf8')));
  return new Map(Object.entries(names).map(([name, file]) => [name, join(root, 'node_modules', file)]));
}

/**
 * The page is served as it is written: nothing of it is compiled.
 *
 * @param {string} output the folder of the compiled library
 */
export function copyDashboardPage(output) {
  const to = join(output, 'dashboard', 'page');
  cpSync(page, to, { recursive: true, filter: (file) => !unpublished.has(basename(file)) });
  mkdirSync(join(to, 'vendor'));
  for (const [name, file] of vendorFiles()) copyFileSync(file, join(to, 'vendor', name));
}
