import { describe, expect, it } from '@jest/globals';
import { Redis, type RedisOptions } from 'ioredis';
import { hasSentinels, redisAddress } from '../../../lib/core/redis/redis-source.js';

describe('where a client finds its Redis', () => {
  const addressOf = (source: string | RedisOptions): string | undefined => {
    const own = { lazyConnect: true } as const;
    const client = typeof source === 'string' ? new Redis(source, own) : new Redis({ ...source, ...own });
    client.disconnect();
    return redisAddress(client);
  };

  it('is shown without its password', () => {
    expect(addressOf('redis://user:hunter2@10.0.0.9:6380/3')).toBe('10.0.0.9:6380');
    expect(addressOf('redis://10.0.0.9')).toBe('10.0.0.9:6379');
    expect(addressOf('/run/redis.sock')).toBe('/run/redis.sock');
    const sentinels = [
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ];
    expect(addressOf({ sentinels, name: 'm', sentinelPassword: 'hunter2' })).toBe('sentinels a:1, b:2');
  });

  it('is behind sentinels only when there are some', () => {
    const client = new Redis({ lazyConnect: true });
    expect(hasSentinels(client)).toBe(false);
    client.disconnect();
  });
});
