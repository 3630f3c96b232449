// @ts-check
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity.mjs';

/**
 * @typedef {object} Member one server of the cluster, as written down for later commands
 * @property {string} name `node-1` and so on, or `redis`: also its folder
 * @property {number} port
 * @property {number} pid
 * @property {string | undefined} identity tells the process from a later one with the same pid
 */

/**
 * The daemons that `npm run cluster` has started. Nothing is ended or taken for running by its pid alone.
 */
export class ClusterState {
  #dir;

  /** @param {string} dir */
  constructor(dir) {
    this.#dir = dir;
  }

  get #file() {
    return join(this.#dir, 'state.json');
  }

  /** @returns {Member[]} */
  read() {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')).members;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw new Error(`expected a cluster state in ${this.#file}; it cannot be read`, { cause: error });
    }
  }

  /** @param {Member[]} members */
  write(members) {
    mkdirSync(this.#dir, { recursive: true });
    // Renamed into place: a reader never meets half a file.
    writeFileSync(`${this.#file}.new`, `${JSON.stringify({ members }, undefined, 2)}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** @param {Member} member */
export function isAlive(member) {
  return member.identity !== undefined && processIdentity(member.pid) === member.identity;
}

/**
 * Ends a member: SIGTERM, and SIGKILL when five seconds were not enough.
 *
 * @param {Member} member
 * @returns {Promise<boolean>} false when it was not running
 */
export async function end(member) {
  if (!isAlive(member)) return false;
  process.kill(member.pid, 'SIGTERM');
  const patience = performance.now() + 5000;
  let killed = false;
  while (isAlive(member)) {
    if (!killed && performance.now() > patience) {
      process.kill(member.pid, 'SIGKILL');
      killed = true;
    }
    await sleep(20);
  }
  return true;
}
