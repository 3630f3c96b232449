import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis, RedisOptions } from 'ioredis';
import { REDIS } from '../../lib/cli/cluster/server-program.js';
import { RedisServer, ServerProcess } from '../../scripts/servers.mjs';
import { askRedis } from './ask-redis.js';
import { until } from './wait.js';

const NAME = 'claims';

/** Watches one master, and alone decides that it is gone. */
function sentinelOf(master: RedisServer, dir: string): ServerProcess {
  const argumentsFor = (port: number): string[] => {
    const file = join(dir, 'sentinel.conf');
    writeFileSync(
      file,
      [
        'bind 127.0.0.1',
        `port ${port}`,
        `dir ${dir}`,
        `sentinel monitor ${NAME} 127.0.0.1 ${master.port} 1`,
        `sentinel down-after-milliseconds ${NAME} 500`,
        `sentinel failover-timeout ${NAME} 3000`,
        '',
      ].join('\n'),
    );
    return [file, '--sentinel'];
  };
  return new ServerProcess({ ...REDIS, argumentsFor }, { dir });
}

/** A master, its replica, and a Sentinel that makes the replica the master when the master dies. */
export class RedisSentinel {
  readonly #dir: string;
  readonly #master: RedisServer;
  readonly #replica: RedisServer;
  readonly #sentinel: ServerProcess;

  private constructor(dir: string, master: RedisServer, replica: RedisServer) {
    this.#dir = dir;
    this.#master = master;
    this.#replica = replica;
    this.#sentinel = sentinelOf(master, join(dir, 'sentinel'));
  }

  static async start(): Promise<RedisSentinel> {
    const dir = await mkdtemp(join(tmpdir(), 'nestjs-dq-sentinel-'));
    const master = await RedisServer.start({ dir: join(dir, 'master') });
    const args = ['--replicaof', '127.0.0.1', String(master.port), '--repl-diskless-sync-delay', '0'];
    const group = new RedisSentinel(dir, master, new RedisServer({ dir: join(dir, 'replica'), args }));
    try {
      await group.#replica.start();
      await until(() => group.#replica.running && group.#asks(group.#replica, 'INFO', /master_link_status:up/));
      await group.#sentinel.start();
      await until(() => group.#asks(group.#sentinel, 'INFO', /slaves=1/), { what: 'the Sentinel to know the replica' });
    } catch (error) {
      await group.stop();
      throw error;
    }
    return group;
  }

  /** What `DqOptions.redis` takes. */
  get options(): RedisOptions {
    return { sentinels: [{ host: '127.0.0.1', port: this.#sentinel.port }], name: NAME };
  }

  /** Kills the master, once its replica has all it knows, and waits until the replica is the master. */
  async failOver(): Promise<void> {
    await askRedis(this.#master.url, (redis) => redis.wait(1, 5_000));
    await this.#master.kill();
    await until(() => this.#asks(this.#replica, 'INFO', /role:master/), { timeout: 30_000, what: 'a new master' });
  }

  /** The claims' values on the server that is the master after a failover. */
  async claims(): Promise<string[]> {
    return askRedis(this.#replica.url, async (redis) => {
      const keys = (await redis.keys('dq:{*')).toSorted();
      return keys.length === 0 ? [] : ((await redis.mget(keys)) as string[]);
    });
  }

  async stop(): Promise<void> {
    await Promise.all([this.#master, this.#replica, this.#sentinel].map((server) => server.kill()));
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #asks(server: ServerProcess, command: 'INFO', answer: RegExp): Promise<boolean> {
    const ask = (redis: Redis): Promise<unknown> => redis.call(command);
    // A Sentinel ends all connections of a server that it makes a master.
    const said = askRedis(`redis://${server.endpoint}`, ask, { enableReadyCheck: false }).catch(() => '');
    return answer.test(String(await said));
  }
}
