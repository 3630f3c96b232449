// @ts-check
// Every Node that package.json promises to work on, for the tests: as npm's registry has it, unpacked below .data and kept.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { arch, platform } from 'node:process';
import { join } from 'node:path';
import { dataDir } from './root.mjs';

/** @typedef {{ line: number, version: string, path: string }} NodeBinary */

/** The release lines of Node that are tested: those that `engines` names. */
export const nodeLines = [20, 22, 24, 26];

const folder = join(dataDir, 'node');
const windows = platform === 'win32';
// A registry that does not answer is told of, and not waited for.
const registryPatienceMs = 120_000;

/**
 * The newest Node of a line: that of the registry, or where that does not answer the newest that an earlier run has left here.
 *
 * @param {number} line such as 22
 * @returns {NodeBinary}
 * @throws with what was tried, where this machine cannot have one
 */
export function nodeBinary(line) {
  const name = `node-${windows ? 'win' : platform}-${arch}`;
  const kept = keptVersions(line);
  /** @type {string} */
  let version;
  try {
    version = newestVersion(name, line);
  } catch (error) {
    const last = kept.at(-1);
    if (last === undefined) throw error;
    console.log(`${textOf(error)}; Node ${last} of an earlier run is taken`);
    version = last;
  }
  const path = binaryOf(version);
  if (!runs(path, version)) unpack(name, version);
  if (!runs(path, version)) throw new Error(`${name}@${version} was unpacked and does not run on this machine`);
  for (const old of kept) if (old !== version) rmSync(join(folder, old), { recursive: true, force: true });
  return { line, version, path };
}

/** @param {number} line */
function keptVersions(line) {
  const found = existsSync(folder) ? readdirSync(folder) : [];
  return found.filter((name) => name.startsWith(`${line}.`)).toSorted(byVersion);
}

/**
 * @param {string} name
 * @param {number} line
 */
function newestVersion(name, line) {
  const told = npm(['view', `${name}@${line}`, 'version', '--json']);
  /** @type {string | string[]} one version, or all of the line in no order */
  const versions = told.trim() === '' ? [] : JSON.parse(told);
  const newest = [versions].flat().toSorted(byVersion).at(-1);
  if (newest === undefined) throw new Error(`the registry has no ${name}@${line}`);
  return newest;
}

/**
 * @param {string} left
 * @param {string} right
 */
function byVersion(left, right) {
  return left.localeCompare(right, 'en', { numeric: true });
}

/** @param {string} version */
function binaryOf(version) {
  return join(folder, version, 'bin', windows ? 'node.exe' : 'node');
}

/**
 * @param {string} path
 * @param {string} version
 */
function runs(path, version) {
  return existsSync(path) && spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim() === `v${version}`;
}

/**
 * @param {string} name
 * @param {string} version
 */
function unpack(name, version) {
  console.log(`unpacking ${name}@${version} into .data/node ...`);
  mkdirSync(folder, { recursive: true });
  const taken = mkdtempSync(join(folder, 'unpacking-'));
  try {
    npm(['pack', `${name}@${version}`, '--pack-destination', taken]);
    const tarball = readdirSync(taken).find((file) => file.endsWith('.tgz')) ?? '';
    run('tar', ['-xzf', tarball, 'package/bin'], taken);
    rmSync(join(folder, version), { recursive: true, force: true });
    renameSync(join(taken, 'package'), join(folder, version));
  } finally {
    rmSync(taken, { recursive: true, force: true });
  }
}

/** @param {string[]} args */
function npm(args) {
  return run('npm', [...args, '--loglevel=error', '--ignore-scripts'], dataDir);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
function run(command, args, cwd) {
  mkdirSync(cwd, { recursive: true });
  // npm is a script on Windows.
  const shell = windows && command === 'npm';
  const result = spawnSync(command, args, { cwd, shell, encoding: 'utf8', timeout: registryPatienceMs });
  if (result.status === 0) return result.stdout;
  const words = `${result.error?.message ?? ''} ${result.stderr ?? ''}`.trim().split('\n').slice(0, 3).join(' ');
  throw new Error(`${command} ${args.slice(0, 2).join(' ')} failed: ${words}`);
}

/** @param {unknown} error */
function textOf(error) {
  return error instanceof Error ? error.message : String(error);
}
