import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Beanstalkd, RedisServer } from '../../scripts/servers.mjs';

export interface ClusterOptions {
  /** How many beanstalkd; default 3. */
  readonly nodes?: number;
  /** Default true. */
  readonly redis?: boolean;
  /** Whether the nodes keep their jobs over a restart; default true. */
  readonly binlog?: boolean;
  /** More arguments for each beanstalkd, such as `-z 1000`. */
  readonly nodeArgs?: readonly string[];
  /** More arguments for Redis. */
  readonly redisArgs?: readonly string[];
}

/**
 * For tests that kill Redis: with `everysec` it answers before it writes while its disk is busy, and kill -9 then loses claims
 * that were acknowledged.
 */
export const EVERY_WRITE_KEPT: readonly string[] = ['--appendfsync', 'always'];

export interface TestCluster {
  readonly nodes: readonly Beanstalkd[];
  /** The node of that index, from 0; throws when there is none. */
  node(index: number): Beanstalkd;
  /** Throws when the cluster was started without Redis. */
  readonly redis: RedisServer;
  readonly endpoints: readonly string[];
  readonly redisUrl: string;
  /** Ends every server, paused ones too, and removes their data. */
  stop(): Promise<void>;
}

/** Real servers for one test file, in a temporary folder of their own. */
export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const { nodes: count = 3, redis: withRedis = true, binlog = true, nodeArgs = [], redisArgs = [] } = options;
  const dir = await mkdtemp(join(tmpdir(), 'nestjs-dq-'));
  const nodes = Array.from(
    { length: count },
    (_, index) => new Beanstalkd({ dir: join(dir, `node-${index + 1}`), binlog, args: [...nodeArgs] }),
  );
  const redis = withRedis ? new RedisServer({ dir: join(dir, 'redis'), args: [...redisArgs] }) : undefined;
  const servers = [...nodes, ...(redis ? [redis] : [])];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await rm(dir, { recursive: true, force: true });
  };

  // All are waited for, so that after a failure nothing is still starting while the rest is stopped.
  const starts = await Promise.allSettled(servers.map((server) => server.start()));
  const failed = starts.find((start) => start.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const presentRedis = () => {
    if (!redis) throw new Error('this cluster was started with redis: false');
    return redis;
  };
  return {
    nodes,
    node(index) {
      const node = nodes[index];
      if (!node) throw new Error(`this cluster has nodes 0 to ${count - 1}, and no node ${index}`);
      return node;
    },
    get redis() {
      return presentRedis();
    },
    endpoints: nodes.map((node) => node.endpoint),
    get redisUrl() {
      return presentRedis().url;
    },
    stop,
  };
}
