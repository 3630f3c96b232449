import type { Cluster, Redis } from 'ioredis';

export function hasSentinels(client: Redis | Cluster): boolean {
  return !client.isCluster && Array.isArray((client as Redis).options.sentinels);
}

/** Where a client finds its Redis; undefined where that is not one place. Never with a password. */
export function redisAddress(client: Redis | Cluster): string | undefined {
  if (client.isCluster) return undefined;
  const { path, host, port, sentinels } = (client as Redis).options;
  if (Array.isArray(sentinels))
    return `sentinels ${sentinels.map((sentinel) => `${sentinel.host}:${sentinel.port}`).join(', ')}`;
  return path ?? `${host}:${port}`;
}

/** One who speaks TLS and one who does not wait for each other, or hang up. */
export function tlsAdvice(client: Redis | Cluster, text: string): string | undefined {
  if (client.isCluster || !/ETIMEDOUT|ECONNRESET|before it said/.test(text)) return undefined;
  return (client as Redis).options.tls
    ? 'Does it speak TLS at this port? If not, begin with redis://'
    : text.includes('ETIMEDOUT')
      ? undefined
      : 'Does it speak TLS at this port? Then begin with rediss://';
}
