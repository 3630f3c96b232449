import { Redis, type RedisOptions } from 'ioredis';

/** Asks a Redis from outside, over a connection of its own that does not come back when it is lost. */
export async function askRedis<T>(
  url: string,
  use: (redis: Redis) => Promise<T>,
  options: RedisOptions = {},
): Promise<T> {
  const redis = new Redis(url, { retryStrategy: () => null, ...options });
  redis.on('error', () => undefined);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
