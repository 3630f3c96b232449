import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { isFree } from '../../lib/cli/cluster/free-port.js';
import { freePort } from '../../scripts/free-port.mjs';
import { RedisServer } from '../../scripts/servers.mjs';
import { askRedis } from './ask-redis.js';
import { until } from './wait.js';

const MASTERS = 3;
const SLOTS = 16_384;
/** A master hears the others on a port that is so much higher. */
const BUS = 10_000;

/** A port whose bus is free too, and below those of outgoing connections, so that a master which was killed gets both again. */
async function masterPort(): Promise<number> {
  for (;;) {
    const port = (await freePort()) - BUS;
    if (await isFree(port)) return port;
  }
}

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
      (_, at) => new RedisServer({ dir: join(dir, `master-${at}`), args, pick: masterPort }),
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
        keys.map(async (key) => {
          // Asking, a master also shows the keys of a slot that moves to it.
          const replies = await redis.pipeline().asking().get(key).asking().pttl(key).exec();
          const [, value, , ttl] = (replies ?? []).map(([, reply]) => reply);
          return { master, value: (value as string | null) ?? '', ttl: ttl as number };
        }),
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

  /** Begins to move the slot of a tube's native jobs to the next master; no key moves yet. */
  async beginMove(tube: string): Promise<SlotMove> {
    const [slot = 0] = await this.#onAll((redis) => redis.cluster('KEYSLOT', `dq:{${tube}}:x`));
    const from = ownerOf(slot);
    const move = new SlotMove(slot, this.#servers[from]!, this.#servers[(from + 1) % MASTERS]!);
    await move.begin();
    return move;
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
      // Without an epoch of its own each would wait for an election. One that knows another already may not be given any.
      await redis.cluster('SET-CONFIG-EPOCH', at + 1);
    });
    await this.#onAll(async (redis, at) => {
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
    return Promise.all(this.#servers.map((server, at) => askRedis(server.url, (redis) => use(redis, at))));
  }
}

/** A slot on its way from one master to another, as an operator's tool moves it. */
export class SlotMove {
  constructor(
    readonly slot: number,
    readonly from: RedisServer,
    readonly to: RedisServer,
  ) {}

  async begin(): Promise<void> {
    const [source, target] = [await askRedis(this.from.url, myId), await askRedis(this.to.url, myId)];
    await askRedis(this.to.url, (redis) => redis.cluster('SETSLOT', this.slot, 'IMPORTING', source));
    await askRedis(this.from.url, (redis) => redis.cluster('SETSLOT', this.slot, 'MIGRATING', target));
  }

  /** Moves the keys that are on the old master now, or those among them that are wanted. A key that is on both is an error. */
  async moveKeys(wanted: (key: string) => boolean = () => true): Promise<readonly string[]> {
    return askRedis(this.from.url, async (redis) => {
      const keys = (await redis.cluster('GETKEYSINSLOT', this.slot, 10_000)).filter(wanted);
      const to = ['127.0.0.1', this.to.port, '', 0, 5_000] as const;
      if (keys.length > 0) await redis.call('MIGRATE', ...to, 'KEYS', ...keys);
      return keys;
    });
  }

  /** Keys of the slot on the old master, and on the new one. */
  async keys(): Promise<{ readonly from: readonly string[]; readonly to: readonly string[] }> {
    const on = (server: RedisServer) =>
      askRedis(server.url, (redis) => redis.cluster('GETKEYSINSLOT', this.slot, 10_000));
    return { from: await on(this.from), to: await on(this.to) };
  }

  /** Moves all that is left, and tells both masters whose the slot is now. */
  async finish(): Promise<void> {
    while ((await this.moveKeys()).length > 0);
    const target = await askRedis(this.to.url, myId);
    for (const server of [this.to, this.from])
      await askRedis(server.url, (redis) => redis.cluster('SETSLOT', this.slot, 'NODE', target));
  }

  /** Moves the slot back to where it was. */
  async undo(): Promise<void> {
    const back = new SlotMove(this.slot, this.to, this.from);
    await back.begin();
    await back.finish();
  }
}

function myId(redis: Redis): Promise<string> {
  return redis.cluster('MYID');
}

function ownerOf(slot: number): number {
  return Math.floor((slot * MASTERS) / SLOTS);
}
