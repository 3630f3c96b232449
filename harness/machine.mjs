// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { root } from '../scripts/root.mjs';
import { requireBinary } from '../scripts/server-binaries.mjs';

/** How many programs wanted a core when the bench began; a quiet machine has next to none. */
const [loadBefore = 0] = loadavg();

/** What else the machine was doing when the bench began, in words; undefined when it was quiet. */
export function otherWork() {
  if (loadBefore < 0.25 * cpus().length) return undefined;
  return (
    `the machine was busy with other work when the bench began (load ${loadBefore.toFixed(1)} on ${cpus().length} cores): ` +
    'rates are too low and lateness is too high on all sides; ratios and CPU time per job say more'
  );
}

/** What the figures were measured on and with, a line each. */
export function machine() {
  const [cpu] = cpus();
  const gib = Math.round(totalmem() / 1024 ** 3);
  return {
    Date: new Date().toISOString().slice(0, 10),
    Machine: `${cpus().length} x ${cpu?.model.trim() ?? 'unknown'}, ${gib} GiB, ${type()} ${release()}`,
    'Other work': otherWork() ?? 'none',
    Node: process.version,
    beanstalkd: said('beanstalkd', ['-v']).replace('beanstalkd ', ''),
    Redis: /v=(\S+)/.exec(said('redis-server', ['--version']))?.[1] ?? 'unknown',
    BullMQ: versionOf('bullmq'),
    ioredis: versionOf('ioredis'),
  };
}

/**
 * @param {import('../scripts/server-binaries.mjs').ServerName} name
 * @param {string[]} args
 */
function said(name, args) {
  return spawnSync(requireBinary(name), args, { encoding: 'utf8' }).stdout.trim();
}

/** @param {string} name */
function versionOf(name) {
  return String(JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version);
}
