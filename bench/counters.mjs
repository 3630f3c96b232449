// @ts-check
import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { openSocket } from './queues/plain-socket.mjs';

/** @typedef {import('../scripts/servers.mjs').Beanstalkd} Beanstalkd */

/** What /proc counts in: a hundredth of a second on every Linux. */
const TICK_MS = 10;
const counted = ['reserve', 'reserve-with-timeout', 'delete', 'release', 'bury', 'touch'];

/**
 * What all nodes together have counted since they started: commands of consumers, and the copies they hold.
 *
 * @param {readonly Beanstalkd[]} nodes
 */
export async function nodeCounts(nodes) {
  const all = await Promise.all(nodes.filter((node) => node.running).map((node) => statsOf(node.endpoint)));
  const sum = (/** @type {readonly string[]} */ names) =>
    all.reduce((total, stats) => total + names.reduce((part, name) => part + (stats.get(name) ?? 0), 0), 0);
  return {
    commands: sum(counted.map((name) => `cmd-${name}`)),
    copies: sum(['ready', 'reserved', 'delayed', 'buried'].map((state) => `current-jobs-${state}`)),
  };
}

/**
 * @param {string} endpoint
 * @returns {Promise<Map<string, number>>}
 */
async function statsOf(endpoint) {
  const socket = await openSocket(endpoint);
  const text = await new Promise((resolve, reject) => {
    let reply = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      reply += chunk;
      const [head, size] = /^OK (\d+)\r\n/.exec(reply) ?? [];
      if (head !== undefined && reply.length >= head.length + Number(size) + 2) resolve(reply);
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`${endpoint} closed the connection`)));
    socket.write('stats\r\n');
  });
  socket.destroy();
  return new Map([...text.matchAll(/^([\w-]+): (\d+)$/gm)].map(([, name, value]) => [name ?? '', Number(value)]));
}

/**
 * Calls of Lua scripts that a Redis has served since it started.
 *
 * @param {string} url
 */
export async function scriptCalls(url) {
  const info = await redisInfo(url, 'commandstats');
  return [...info.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}

/**
 * Bytes that Redis has allocated for its data.
 *
 * @param {string} url
 */
export async function redisMemory(url) {
  return Number(/^used_memory:(\d+)/m.exec(await redisInfo(url, 'memory'))?.[1]);
}

/**
 * @param {string} url
 * @param {string} section
 */
async function redisInfo(url, section) {
  const client = new Redis(url);
  try {
    return await client.info(section);
  } finally {
    client.disconnect();
  }
}

/**
 * Resident memory of processes, in bytes. NaN where there is no /proc.
 *
 * @param {readonly number[]} pids
 */
export function residentMemory(pids) {
  return sumOf(pids, 'status', (text) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024);
}

/**
 * CPU time that processes have used so far, in milliseconds. NaN where there is no /proc.
 *
 * @param {readonly number[]} pids
 */
export function cpuTime(pids) {
  return sumOf(pids, 'stat', (text) => {
    // The second field is the command in brackets and may hold blanks; user and system time are the 14th and 15th.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  });
}

/**
 * @param {readonly number[]} pids
 * @param {string} file
 * @param {(text: string) => number} read
 */
function sumOf(pids, file, read) {
  try {
    return pids.reduce((sum, pid) => sum + read(readFileSync(`/proc/${pid}/${file}`, 'utf8')), 0);
  } catch {
    return Number.NaN;
  }
}
