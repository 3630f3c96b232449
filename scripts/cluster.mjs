// @ts-check
// npm run cluster -- up | down | status: three beanstalkd and one Redis for development, on free ports of 127.0.0.1.
import { join } from 'node:path';
import { ClusterState, end, isAlive } from './cluster-state.mjs';
import { processIdentity } from './process-identity.mjs';
import { dataDir } from './root.mjs';
import { ensureServerBinaries } from './server-binaries.mjs';
import { Beanstalkd, RedisServer } from './servers.mjs';

/** @typedef {import('./cluster-state.mjs').Member} Member */

const home = join(dataDir, 'cluster');
const names = ['node-1', 'node-2', 'node-3', 'redis'];
const state = new ClusterState(home);

/** Starts what does not run. Data and ports of earlier days are kept, so that what was exported once stays true. */
async function up() {
  ensureServerBinaries();
  /** @type {Member[]} */
  let members = state.read();
  for (const name of names) {
    const known = members.find((member) => member.name === name);
    if (known && isAlive(known)) continue;
    const member = await launch(name, known?.port);
    // Written after each start: a failure with the next one leaves no server that `down` does not know.
    members = [...members.filter((other) => other.name !== name), member];
    state.write(members);
  }
  printExports(members);
}

/**
 * @param {string} name
 * @param {number} [port]
 * @returns {Promise<Member>}
 */
async function launch(name, port) {
  const options = { dir: join(home, name), port, outlives: true };
  const server = name === 'redis' ? await RedisServer.start(options) : await Beanstalkd.start(options);
  return { name, port: server.port, pid: server.pid, identity: processIdentity(server.pid) };
}

async function down() {
  const members = state.read();
  const ended = await Promise.all(members.map(end));
  // The file stays, with its ports, and the data too: `up` goes on where `down` stopped.
  console.log(`stopped ${ended.filter(Boolean).length} of ${members.length} servers; data is kept in ${home}`);
}

function status() {
  const members = state.read();
  for (const name of names) {
    const member = members.find((candidate) => candidate.name === name);
    const alive = member !== undefined && isAlive(member);
    console.log(`${name}  ${alive ? `up    127.0.0.1:${member.port}  pid ${member.pid}` : 'down'}`);
  }
  const complete = names.every((name) => members.some((member) => member.name === name && isAlive(member)));
  if (complete) printExports(members);
  else process.exitCode = 1;
}

/** @param {Member[]} members */
function printExports(members) {
  const endpoint = (/** @type {string} */ name) => `127.0.0.1:${members.find((member) => member.name === name)?.port}`;
  const nodes = names.filter((name) => name !== 'redis').map(endpoint);
  console.log(`export DQ_BEANSTALKS=${nodes.join(',')} REDIS_URL=redis://${endpoint('redis')}`);
}

const commands = { up, down, status };
const asked = process.argv[2] ?? '';
if (asked === 'up' || asked === 'down' || asked === 'status') {
  try {
    await commands[asked]();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
} else {
  console.error(`usage: npm run cluster -- up | down | status; got ${asked === '' ? 'nothing' : asked}`);
  process.exitCode = 2;
}
