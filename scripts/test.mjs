// @ts-check
// npm test: the whole test suite, on servers of its own. Arguments go on to Jest, for example `npm test -- claims -t revoke`.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, library } from './build.mjs';
import { ensurePackages } from './packages.mjs';
import { dataDir, root } from './root.mjs';
import { ensureServerBinaries } from './server-binaries.mjs';

/** @typedef {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number }} Results */

const resultsFile = join(dataDir, `jest-${process.pid}.json`);

/** Some tests use the package as it is published. A library that does not compile is one failure; the others still run. */
function buildFailures() {
  try {
    ensureBuilt(library);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

/** @returns {Promise<number>} Jest's exit code */
function runJest() {
  mkdirSync(dataDir, { recursive: true });
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
    // Tests measure time and run servers: more workers than cores would only make them wait for each other.
    '--maxWorkers=2',
    '--json',
    `--outputFile=${resultsFile}`,
    ...process.argv.slice(2),
  ];
  return new Promise((resolve, reject) => {
    const jest = spawn(process.execPath, args, { cwd: root, stdio: ['inherit', 'inherit', 'inherit'] });
    const forward = (/** @type {NodeJS.Signals} */ signal) => jest.kill(signal);
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    const watchdog = endWhenStuck(jest);
    jest.once('error', reject);
    jest.once('exit', (code, signal) => {
      clearInterval(watchdog);
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']);
    });
  });
}

/**
 * A test that leaves a socket or a timer open keeps Jest alive after its results are written. That is a failure, and must
 * not hold up whoever waits for the result.
 *
 * @param {import('node:child_process').ChildProcess} jest
 */
function endWhenStuck(jest) {
  const patienceSeconds = 15;
  const watching = process.argv.some((argument) => argument.startsWith('--watch'));
  let seconds = 0;
  return setInterval(() => {
    if (watching || !existsSync(resultsFile)) return;
    seconds += 1;
    if (seconds !== patienceSeconds) return;
    console.error('Jest has finished and does not exit: a test has left something open (try --detectOpenHandles)');
    jest.kill('SIGKILL');
  }, 1000);
}

/** @returns {Results | undefined} */
function readResults() {
  try {
    return JSON.parse(readFileSync(resultsFile, 'utf8'));
  } catch {
    return undefined;
  } finally {
    rmSync(resultsFile, { force: true });
  }
}

try {
  ensurePackages();
  ensureServerBinaries();
  const unbuilt = buildFailures();
  const code = await runJest();
  const results = readResults();
  const passed = results?.numPassedTests ?? 0;
  const counted = (results ? results.numFailedTests + results.numRuntimeErrorTestSuites : 1) + unbuilt;
  // Jest may fail without naming a test, for example when it had to be killed: that is a failure too.
  const failed = code !== 0 ? Math.max(counted, 1) : counted;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = code !== 0 ? code : Number(failed > 0 || passed === 0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
