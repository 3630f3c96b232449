import type { Redis } from 'ioredis';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../lib/core/base/clock.js';
import { RedisConnection } from '../../../lib/core/redis/redis-connection.js';
import { clusterAt } from '../../../lib/core/redis/redis-source.js';
import { HostileServer } from '../../support/hostile-server.js';
import { until } from '../../support/wait.js';

describe('a Redis Cluster by the URL of one node', () => {
  it('is connected to by the name that the URL has: a certificate is for that, not for its address', async () => {
    const server = await HostileServer.listen((_bytes, socket) => void socket.destroy());
    const connection = new RedisConnection(
      clusterAt(`rediss://localhost:${server.port}`),
      1_000,
      systemClock,
      () => {},
    );
    // TLS compares a certificate with the host of these options.
    const hosts: unknown[] = [];
    connection.client.on('+node', ({ options }: Redis) => hosts.push(options.host));
    try {
      connection.connect();
      await until(() => server.received.length > 0, { what: 'a client' });
      expect(hosts[0]).toBe('localhost');
    } finally {
      await connection.close();
      await server.close();
    }
  });
});
