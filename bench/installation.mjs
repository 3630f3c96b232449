// @ts-check
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataDir, root } from '../scripts/root.mjs';
import { Beanstalkd, RedisServer } from '../scripts/servers.mjs';

// A rewrite of the append-only file in the middle of a measurement would be noise; the same for both sides.
const redisArgs = ['--auto-aof-rewrite-percentage', '0'];

/** @type {Set<Installation>} */
const installations = new Set();
/** @type {Installation[]} */
const created = [];

process.once('exit', () => {
  // What an interrupted start may have made again; its servers have been killed by now.
  for (const installation of created) installation.removeData();
});

/** Ends the servers of every installation and removes their data. */
export async function stopInstallations() {
  await Promise.all([...installations].map((installation) => installation.stop()));
}

/**
 * The servers of one run, all on this machine: three beanstalkd with a binlog and their default fsync, a Redis for this
 * package's claims and one for BullMQ, both with an append-only file that is synced every second.
 */
export class Installation {
  #dir = mkdtempSync(join(tmpdir(), 'nestjs-dq-bench-'));
  /** A copy: a build while the bench runs must not change what is measured. Inside the checkout, to find its packages. */
  #copy;
  nodes = ['node-1', 'node-2', 'node-3'].map((name) => new Beanstalkd({ dir: join(this.#dir, name) }));
  claims = new RedisServer({ dir: join(this.#dir, 'claims'), args: redisArgs });
  bullmq = new RedisServer({ dir: join(this.#dir, 'bullmq'), args: redisArgs });

  /** @param {{ dist?: string }} [options] dist: the build to measure, by default the checkout's own */
  constructor({ dist = join(root, 'dist') } = {}) {
    this.dist = dist;
    mkdirSync(dataDir, { recursive: true });
    this.#copy = mkdtempSync(join(dataDir, 'bench-'));
    installations.add(this);
    created.push(this);
  }

  get #servers() {
    return [...this.nodes, this.claims, this.bullmq];
  }

  async start() {
    cpSync(this.dist, this.#copy, { recursive: true });
    await Promise.all(this.#servers.map((server) => server.start()));
  }

  /**
   * @param {import('./side.mjs').SideName} side
   * @returns {import('./queues/queue.mjs').Target}
   */
  target(side) {
    return {
      endpoints: this.nodes.map((node) => node.endpoint),
      redisUrl: side === 'bullmq' ? this.bullmq.url : this.claims.url,
      dist: this.#copy,
    };
  }

  /** @param {import('./side.mjs').SideName} side */
  serversOf(side) {
    return side === 'bullmq' ? [this.bullmq] : [...this.nodes, this.claims];
  }

  /**
   * Kills the servers of a side and starts them again, on the same ports and without data.
   *
   * @param {import('./side.mjs').SideName} side
   */
  async empty(side) {
    await Promise.all(
      this.serversOf(side).map(async (server) => {
        await server.kill();
        rmSync(server.dir, { recursive: true, force: true });
        await server.start();
      }),
    );
  }

  async stop() {
    installations.delete(this);
    await Promise.all(this.#servers.map((server) => server.kill()));
    this.removeData();
  }

  removeData() {
    rmSync(this.#dir, { recursive: true, force: true });
    rmSync(this.#copy, { recursive: true, force: true });
  }
}
