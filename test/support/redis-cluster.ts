import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { RedisServer } from '../../scripts/servers.mjs';
import { until } from './wait.js';

const MASTERS = 3;
const SLOTS = 16_384;

/** A Redis Cluster of three masters without replicas, on this machine. */
export class RedisCluster {
  readonly #dir: string;
  readonly #servers: readonly RedisServer[];

  private constructor(dir: string, servers: readonly RedisServer[]) {
    this.#dir = dir;
    this.#servers = servers;
  }

  static async start(): Promise<RedisCluster> {
    const dir = await mkdtemp(join(tmpdir(), 'nestjs-dq-cluster-'));
    // A slot whose master is away is an error for its keys alone.
    const args = [
      '--cluster-enabled',
      'yes',
      '--cluster-node-timeout',
      '1000',
      '--cluster-require-full-coverage',
      'no',
    ];
    const servers = Array.from(
      { length: MASTERS },
      (_, at) => new RedisServer({ dir: join(dir, `master-${at}`), args }),
    );
    const cluster = new RedisCluster(dir, servers);
    try {
      await Promise.all(servers.map((server) => server.start()));
      await cluster.#join();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get nodes(): readonly { readonly host: string; readonly port: number }[] {
    return this.#servers.map(({ port }) => ({ host: '127.0.0.1', port }));
  }

  /** Every claim, with the master that has it. `ttl` is in milliseconds. */
  async claims(): Promise<{ readonly master: number; readonly value: string; readonly ttl: number }[]> {
    const each = await this.#onAll(async (redis, master) => {
      const keys = (await redis.keys('*')).filter((key) => !key.endsWith('#trial'));
      return Promise.all(
        keys.map(async (key) => ({ master, value: (await redis.get(key)) ?? '', ttl: await redis.pttl(key) })),
      );
    });
    return each.flat();
  }

  async flush(): Promise<void> {
    await this.#onAll((redis) => redis.flushall());
  }

  /** Which master has the claims of a tube's native jobs. */
  async masterOf(tube: string): Promise<number> {
    const [slot = 0] = await this.#onAll((redis) => redis.cluster('KEYSLOT', `dq:{${tube}}:x`));
    return ownerOf(slot);
  }

  /** That master takes commands and answers none. */
  async pause(master: number): Promise<void> {
    await this.#servers[master]?.pause();
  }

  resume(master: number): void {
    this.#servers[master]?.resume();
  }

  /** Kills the master that has the claims of a tube's native jobs. */
  async killMasterOf(tube: string): Promise<void> {
    await this.#servers[await this.masterOf(tube)]?.kill();
  }

  /** Starts what was killed, and waits until all agree again. */
  async restart(): Promise<void> {
    await Promise.all(this.#servers.filter(({ running }) => !running).map((server) => server.restart()));
    await this.#agreed();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.kill()));
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #join(): Promise<void> {
    const [first] = this.nodes;
    await this.#onAll(async (redis, at) => {
      const slots = Array.from({ length: SLOTS }, (_, slot) => slot).filter((slot) => ownerOf(slot) === at);
      await redis.cluster('ADDSLOTS', ...slots);
      // Without an epoch of its own each would wait for an election.
      await redis.cluster('SET-CONFIG-EPOCH', at + 1);
      if (at > 0 && first !== undefined) await redis.cluster('MEET', first.host, first.port);
    });
    await this.#agreed();
  }

  async #agreed(): Promise<void> {
    const agree = async (): Promise<boolean> => {
      const infos = await this.#onAll((redis) => redis.cluster('INFO'));
      return infos.every(
        (info) =>
          /cluster_state:ok/.test(info) && /cluster_slots_ok:16384/.test(info) && /cluster_known_nodes:3/.test(info),
      );
    };
    await until(agree, { timeout: 30_000, what: 'the masters to agree' });
  }

  /** Asks each master that runs, directly. */
  async #onAll<T>(use: (redis: Redis, at: number) => Promise<T>): Promise<T[]> {
    const asked = this.#servers.map(async (server, at) => {
      const redis = new Redis(server.url, { retryStrategy: () => null });
      try {
        return await use(redis, at);
      } finally {
        redis.disconnect();
      }
    });
    return Promise.all(asked);
  }
}

function ownerOf(slot: number): number {
  return Math.floor((slot * MASTERS) / SLOTS);
}
