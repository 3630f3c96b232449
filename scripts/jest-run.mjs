// @ts-check
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { dataDir, root } from './root.mjs';

/**
 * @typedef {object} Results
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numRuntimeErrorTestSuites
 * @property {{ name: string, assertionResults: { status: string }[] }[]} testResults
 */
/**
 * `code` is Jest's exit code; `skipped` names the specs with tests that were not run here.
 *
 * @typedef {{ code: number, passed: number, failed: number, skipped: string[], interrupted: boolean }} Outcome
 */

const patienceSeconds = 15;

/**
 * Runs Jest once, and counts.
 *
 * @param {string} node the Node that runs it, and all that its tests start
 * @param {readonly string[]} args
 * @returns {Promise<Outcome>}
 */
export async function runJest(node, args) {
  mkdirSync(dataDir, { recursive: true });
  const resultsFile = join(dataDir, `jest-${process.pid}.json`);
  const { code, interrupted } = await end(node, args, resultsFile);
  const results = readResults(resultsFile);
  const passed = results?.numPassedTests ?? 0;
  const counted = results ? results.numFailedTests + results.numRuntimeErrorTestSuites : 1;
  // Jest may fail without naming a test, for example when it had to be killed: that is a failure too.
  return {
    code,
    passed,
    failed: code !== 0 ? Math.max(counted, 1) : counted,
    skipped: skippedIn(results, args),
    interrupted,
  };
}

/**
 * What `-t` leaves out was left out on purpose.
 *
 * @param {Results | undefined} results
 * @param {readonly string[]} args
 */
function skippedIn(results, args) {
  if (args.some((argument) => argument.startsWith('-t') || argument.startsWith('--testNamePattern'))) return [];
  const files = results?.testResults ?? [];
  const skipped = files.filter(({ assertionResults }) => assertionResults.some(({ status }) => status === 'pending'));
  return skipped.map(({ name }) => relative(root, name)).toSorted();
}

/**
 * @param {string} node
 * @param {readonly string[]} args
 * @param {string} resultsFile
 * @returns {Promise<{ code: number, interrupted: boolean }>}
 */
function end(node, args, resultsFile) {
  const all = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    // A spec takes half of a core on average, since most wait for servers and leases. One more than two cores is as many as those that compute stand.
    '--maxWorkers=3',
    '--json',
    `--outputFile=${resultsFile}`,
    ...args,
  ];
  // A test that starts `npm` starts the `node` that is found first.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
  return new Promise((resolve, reject) => {
    const jest = spawn(node, all, { cwd: root, env, stdio: ['inherit', 'inherit', 'inherit'] });
    let interrupted = false;
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      interrupted = true;
      jest.kill(signal);
    };
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    const watchdog = endWhenStuck(jest, args, resultsFile);
    jest.once('error', reject);
    jest.once('exit', (code, signal) => {
      clearInterval(watchdog);
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      resolve({ code: code ?? 128 + constants.signals[signal ?? 'SIGKILL'], interrupted });
    });
  });
}

/**
 * A test that leaves a socket or a timer open keeps Jest alive after its results are written. That is a failure, and must
 * not hold up whoever waits for the result.
 *
 * @param {import('node:child_process').ChildProcess} jest
 * @param {readonly string[]} args
 * @param {string} resultsFile
 */
function endWhenStuck(jest, args, resultsFile) {
  const watching = args.some((argument) => argument.startsWith('--watch'));
  let seconds = 0;
  return setInterval(() => {
    if (watching || !existsSync(resultsFile)) return;
    seconds += 1;
    if (seconds !== patienceSeconds) return;
    console.error('Jest has finished and does not exit: a test has left something open (try --detectOpenHandles)');
    jest.kill('SIGKILL');
  }, 1000);
}

/**
 * @param {string} file
 * @returns {Results | undefined}
 */
function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  } finally {
    rmSync(file, { force: true });
  }
}
