import type { Cluster, Redis } from 'ioredis';
import { textOf } from '../errors/shown.js';

/** What ioredis says of bytes that are no answer of a Redis; it asks to report them, as if they came from one. */
const NO_REDIS = /^(?:Unknown RESP type|Protocol error)/;
const REMEDY = / Please report this\.?$/;

/** The text of an error of ioredis, without a full stop: it becomes a part of others' sentences. */
export function redisFault(error: unknown): string {
  const text = textOf(error).replace(REMEDY, '').replace(/\.+$/, '');
  return NO_REDIS.test(text) ? `what answers is no Redis: ${text}` : text;
}

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
