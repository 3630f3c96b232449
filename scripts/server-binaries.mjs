// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { findProgram, howToInstall } from '../lib/cli/cluster/server-program.js';

/** @typedef {import('../lib/cli/cluster/server-program.js').ProgramName} ServerName */

// A user's PATH often lacks the sbin folders; Homebrew and MacPorts have their own.
const usualFolders = [
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/bin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
  '/opt/local/bin',
];

/**
 * @param {string} name
 * @returns {string | undefined} the path of the program, if this machine has it
 */
export function findBinary(name) {
  return findProgram(name, searchPath());
}

/** The PATH, and where programs lie that a user's PATH often lacks. */
export function searchPath() {
  return [process.env.PATH ?? '', ...usualFolders].join(delimiter);
}

/**
 * @param {ServerName} name
 * @returns {string} the path of the program
 */
export function requireBinary(name) {
  const path = findBinary(name);
  if (!path) throw new Error(missing([name]));
  return path;
}

/**
 * Makes sure that the servers can be started here, and installs Debian's packages of them when it may.
 *
 * @param {ServerName[]} [names]
 */
export function ensureServerBinaries(names = ['beanstalkd', 'redis-server']) {
  const absent = names.filter((name) => !findBinary(name));
  if (absent.length === 0) return;
  const { done, output } = install(absent, 'their system services stay off');
  const stillAbsent = absent.filter((name) => !findBinary(name));
  if (!done || stillAbsent.length > 0)
    throw new Error(`${missing(stillAbsent)}${output && `\napt-get said:\n${output}`}`);
}

/** Debian's name of the browser, and that of others who build the same. */
const browsers = ['chromium', 'chromium-browser', 'google-chrome'];

/** @returns {string | undefined} the path of the browser that the specs of the dashboard's page drive */
export function findBrowser() {
  return browsers.map(findBinary).find((path) => path !== undefined);
}

/** Installs the browser where it may. Its specs are skipped, by name, where there is none. */
export function installBrowser() {
  if (!findBrowser()) install(['chromium'], 'for the specs of test/browser');
}

/**
 * @param {readonly string[]} packages of Debian
 * @param {string} remark
 */
function install(packages, remark) {
  const asRoot = rootPrefix();
  if (!asRoot) return { done: false, output: '' };
  console.log(`installing ${packages.join(', ')} with apt-get (${remark}) ...`);
  const [command = 'sh', ...rest] = [...asRoot, 'sh', '-c', installScript, 'sh', ...packages];
  const result = spawnSync(command, rest, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const output = `${result.error?.message ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`;
  return { done: result.status === 0, output };
}

/** What stands before a command to run it as root, or `undefined` where apt-get or the right to use it is missing. */
function rootPrefix() {
  if (!existsSync('/etc/debian_version') || !findBinary('apt-get')) return undefined;
  if (process.getuid?.() === 0) return [];
  return findBinary('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

// Debian starts a service when it is installed, unless policy-rc.d forbids. The shell's trap takes ours away again
// however the installation ends; one that stands there already is somebody else's and stays.
const installScript = `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' HUP INT TERM
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends "$@"
`;

/** @param {ServerName[]} names */
function missing(names) {
  return (
    `${howToInstall(names)}\n` +
    `\`npm start\` also takes servers of yours by DQ_BEANSTALKS=host:port,... and REDIS_URL=redis://host:port`
  );
}
