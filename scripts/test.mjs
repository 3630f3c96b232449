// @ts-check
// npm test: the whole test suite, on servers of its own, and then what depends on Node again on the other Nodes that are promised.
// Arguments go on to Jest, for example `npm test -- claims -t revoke`, and then only this Node runs them, or those of `--node=22,26`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, library } from './build.mjs';
import { runJest } from './jest-run.mjs';
import { nodeBinary, nodeLines } from './node-binaries.mjs';
import { ensurePackages } from './packages.mjs';
import { root } from './root.mjs';

/** What runs on every Node: promises of the API, the package as it is published, and all that is no matter of minutes. */
const everywhere = ['test/unit', 'test/nest', 'test/testing', 'test/package'];
/** What this Node may have to skip, and the others run: the file of an embedded queue, which Node 20 cannot keep. */
const ofTheFile = [
  'test/promises/embedded-file.spec.ts',
  'test/integration/embedded-file.spec.ts',
  'test/integration/embedded-file-keys.spec.ts',
  'test/cron/embedded-file.spec.ts',
  'test/faults/full-file-disk.spec.ts',
];
/** What runs on the newest one beside it. What else there is takes minutes, and stays with the Node that runs this, or with `--node=26`. */
const onTheNewest = [
  'test/promises',
  'sample-app',
  // Of the command line and the dashboard, what depends on Node: processes and terminals, HTTP and what is served.
  'test/cli/program.spec.ts',
  'test/cli/installed.spec.ts',
  'test/cli/cluster.spec.ts',
  'test/cli/cluster-down.spec.ts',
  'test/dashboard/page.spec.ts',
  'test/dashboard/live.spec.ts',
];

const ownLine = Number(process.versions.node.split('.')[0]);
const newestLine = Math.max(...nodeLines);
const nodeFlag = process.argv.slice(2).find((argument) => argument.startsWith('--node='));
const args = process.argv.slice(2).filter((argument) => argument !== nodeFlag);

/** What was run where, for the lines at the end. @type {string[]} */
const summary = [];
let passed = 0;
let failed = 0;
let code = 0;
let interrupted = false;

/** Some tests use the package as it is published. A library that does not compile is one failure; the others still run. */
function buildFailures() {
  try {
    ensureBuilt(library);
    return 0;
  } catch (error) {
    console.error(textOf(error));
    return 1;
  }
}

/**
 * @param {{ path: string, version: string }} node
 * @param {readonly string[]} jestArgs
 */
async function testOn(node, jestArgs) {
  const outcome = await runJest(node.path, jestArgs);
  passed += outcome.passed;
  failed += outcome.failed;
  interrupted = outcome.interrupted;
  if (outcome.code !== 0) code ||= outcome.code;
  const what = jestArgs.length === 0 ? 'all tests' : jestArgs.join(' ');
  summary.push(`Node ${node.version} (${what}): ${outcome.failed} of ${outcome.passed + outcome.failed} failed`);
  if (outcome.skipped.length > 0) {
    summary.push(`!!! NOT TESTED ON NODE ${node.version}: in whole or in part: ${outcome.skipped.join(', ')}`);
  }
}

/** @param {number} line */
async function testOnLine(line) {
  const folders = [...everywhere, ...ofTheFile, ...(line === newestLine ? onTheNewest : [])];
  const jestArgs = args.length > 0 ? args : folders.filter((folder) => existsSync(join(root, folder)));
  if (line === ownLine) {
    await testOn(ownNode(), jestArgs);
    return;
  }
  /** @type {import('./node-binaries.mjs').NodeBinary} */
  let node;
  try {
    node = nodeBinary(line);
  } catch (error) {
    const untested = `!!! NOT TESTED ON NODE ${line}: ${textOf(error)}`;
    summary.push(untested);
    console.error(`\n${untested}\n`);
    return;
  }
  console.log(`\n== Node ${node.version}: ${jestArgs.join(' ')}\n`);
  await testOn(node, jestArgs);
}

function ownNode() {
  return { path: process.execPath, version: process.versions.node };
}

/** @param {unknown} error */
function textOf(error) {
  return error instanceof Error ? error.message : String(error);
}

try {
  ensurePackages();
  // It is partly TypeScript, and what loads that has just been installed.
  await import('../harness/typescript-loader.mjs');
  const { ensureServerBinaries, installBrowser } = await import('./server-binaries.mjs');
  ensureServerBinaries();
  if (args.length === 0 || args.some((argument) => argument.includes('browser'))) installBrowser();
  failed += buildFailures();
  /** @type {number[]} */
  let lines = [];
  if (nodeFlag !== undefined) lines = nodeFlag.slice('--node='.length).split(',').map(Number);
  else {
    await testOn(ownNode(), args);
    if (args.length === 0) lines = nodeLines.filter((line) => line !== ownLine);
  }
  // One after the other: two at once would measure each other.
  for (const line of lines) if (!interrupted) await testOnLine(line);
} catch (error) {
  console.error(textOf(error));
  failed += 1;
}
if (summary.length > 1) console.log(`\n${summary.join('\n')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = code !== 0 ? code : Number(failed > 0 || passed === 0);
