// @ts-check
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyDashboardPage } from './dashboard-page.mjs';
import { fivebeansClient, fivebeansClientFile } from './fivebeans-client.mjs';
import { dataDir, root } from './root.mjs';

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {string} project the tsconfig that compiles it
 * @property {string} output the folder it is compiled into
 * @property {string} entry a file that a finished build has
 * @property {string[]} sources all that the result depends on
 * @property {boolean} [bare] code without comments: the declarations have them, and an installation would have them twice
 * @property {Record<string, () => string>} [replaced] compiled files that something else takes the place of
 * @property {(output: string) => void} [copied] puts files there that are not compiled
 */

const settings = ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json'];

/** It is CommonJS as it is written. */
const libraryFolderFile = 'core/base/library-folder.cjs';

/** @type {Target} */
export const library = {
  name: 'library',
  project: 'tsconfig.build.json',
  output: 'dist',
  entry: 'dist/index.js',
  sources: ['lib', 'scripts/fivebeans-client.mjs', 'scripts/dashboard-page.mjs', ...settings],
  bare: true,
  replaced: { [fivebeansClientFile]: fivebeansClient },
  copied: (output) => {
    copyFileSync(join(root, 'lib', libraryFolderFile), join(output, libraryFolderFile));
    copyDashboardPage(output);
  },
};

/** @type {Target} */
export const sampleApp = {
  name: 'sample-app',
  project: 'sample-app/tsconfig.json',
  output: 'sample-app/dist',
  entry: 'sample-app/dist/main.js',
  sources: ['sample-app', ...library.sources],
};

/**
 * Compiles into an emptied folder, so that nothing of an earlier build is published or run.
 *
 * @param {Target} target
 */
export function build(target) {
  rmSync(stampOf(target), { force: true });
  rmSync(join(root, target.output), { recursive: true, force: true });
  compile(target);
  if (target.bare === true) compile(target, '--removeComments', '--declaration', 'false');
  for (const [file, text] of Object.entries(target.replaced ?? {}))
    writeFileSync(join(root, target.output, file), text());
  target.copied?.(join(root, target.output));
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(stampOf(target), digest(target));
}

/**
 * @param {Target} target
 * @param {string[]} flags
 */
function compile(target, ...flags) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '-p', target.project, ...flags];
  const result = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (result.status === 0) return;
  throw new Error(
    `the ${target.name} does not compile:\n${result.error?.message ?? ''}${result.stdout}${result.stderr}`,
  );
}

/**
 * Builds unless the last build saw the very same sources: a process that runs from the output is then left in peace.
 *
 * @param {Target} target
 */
export function ensureBuilt(target) {
  const stamp = stampOf(target);
  const fresh =
    existsSync(join(root, target.entry)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest(target);
  if (!fresh) build(target);
}

/** @param {Target} target */
function stampOf({ name }) {
  return join(dataDir, `built-${name}`);
}

/** @param {Target} target */
function digest({ sources, output }) {
  const hash = createHash('sha256');
  for (const file of sources.flatMap((source) => filesBelow(source, output))) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @param {string} output left out: it is what the sources lead to
 * @returns {string[]}
 */
function filesBelow(path, output) {
  if (path === output || !existsSync(join(root, path))) return [];
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path))
    .toSorted()
    .flatMap((name) => filesBelow(`${path}/${name}`, output));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    build(library);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
