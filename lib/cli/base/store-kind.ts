import type { Clock } from '../../core/base/clock.js';
import { RedisConnection } from '../../core/redis/redis-connection.js';
import { readInfo } from '../../core/redis/redis-readings.js';
import { clusterAt, type RedisSource, uncheckedRedis } from '../../core/redis/redis-source.js';

/**
 * Redis as a runtime takes it. A URL cannot say that it names one node of a Redis Cluster, so the server is asked. One that does not say it in `ms`
 * milliseconds, or is away, is taken as it is named.
 */
export async function storeAt(url: string, ms: number, clock: Clock): Promise<RedisSource> {
  let onLost = (): void => {};
  const lost = new Promise<false>((resolve) => {
    onLost = () => resolve(false);
  });
  const connection = new RedisConnection(uncheckedRedis(url), ms, clock, ({ type }) => {
    if (type === 'store-lost') onLost();
  });
  try {
    const isCluster = readInfo(connection).then(
      (info) => info.field('cluster_enabled') === '1',
      () => false,
    );
    return (await Promise.race([isCluster, lost])) ? clusterAt(url) : url;
  } finally {
    await connection.close();
  }
}
