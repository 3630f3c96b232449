// @ts-check
// fivebeans' client as the published package holds it. fivebeans is not among our dependencies, since it would bring 58 packages with it for a
// command line that nobody uses here, among them versions with published advisories. Its client alone is put into the build instead.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.mjs';

/** The compiled file that only hands on fivebeans' client. The build puts the client in its place. */
export const fivebeansClientFile = 'core/beanstalkd/fivebeans-client.js';

/** @type {(readonly [from: string, to: string, times: number])[]} what is changed in fivebeans/lib/client.js, and how often it is there */
const changes = [
  ["var\n\tevents = require('events'),\n\tnet    = require('net'),\n\tutil   = require('util'),\n", imports(), 1],
  // The YAML of `stats` is read by this package itself. fivebeans is never asked for it.
  ["\tyaml   = require('js-yaml')\n\t;\n", '', 1],
  ['yaml.load(body.toString())', 'body', 1],
  // Outside of node_modules, in an application made one file, Node warns of `new Buffer` (DEP0005).
  ['new Buffer(self.buffer.length + data.length)', 'Buffer.alloc(self.buffer.length + data.length)', 1],
  ['new Buffer(0)', 'Buffer.alloc(0)', 2],
  ['new Buffer(', 'Buffer.from(', 4],
  ['module.exports = FiveBeansClient;', 'export { FiveBeansClient as FivebeansClient };', 1],
];

/**
 * @returns {string} the client as an ES module that imports nothing but Node's own modules
 * @throws where fivebeans is not the one that the changes were written for
 */
export function fivebeansClient() {
  const version = JSON.parse(read('package.json')).version;
  let code = read('lib/client.js').replaceAll('\r\n', '\n');
  for (const [from, to, times] of changes) {
    const parts = code.split(from);
    if (parts.length - 1 !== times) {
      const found = `expected fivebeans ${version} to hold ${JSON.stringify(from)} ${times} times, found ${parts.length - 1}`;
      throw new Error(`${found}: see scripts/fivebeans-client.mjs`);
    }
    code = parts.join(to);
  }
  const left = /new Buffer|\brequire\(|\byaml\.|module\.exports/.exec(code);
  if (left) throw new Error(`fivebeans ${version} still holds "${left[0]}": see scripts/fivebeans-client.mjs`);
  return `${notice(version)}${code}`;
}

/** @param {string} file */
function read(file) {
  return readFileSync(join(root, 'node_modules', 'fivebeans', file), 'utf8');
}

function imports() {
  return "import events from 'node:events';\nimport net from 'node:net';\nimport util from 'node:util';\n";
}

/** @param {string} version */
function notice(version) {
  const lines = [
    `@license fivebeans ${version}, lib/client.js (https://www.npmjs.com/package/fivebeans)`,
    'Changed for nestjs-dq: an ES module, which reads no YAML, with Buffer.from and Buffer.alloc. All else is as it was.',
    '',
    ...read('LICENSE').trim().split('\n'),
  ];
  return `/*!\n${lines.map((line) => ` * ${line}`.trimEnd()).join('\n')}\n */\n`;
}
