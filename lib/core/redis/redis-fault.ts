import { textOf } from '../errors/shown.js';

/** What ioredis says of bytes that are no answer of a Redis; it asks to report them, as if they came from one. */
const NO_REDIS = /^(?:Unknown RESP type|Protocol error)/;
const REMEDY = / Please report this\.?$/;

/** The text of an error of ioredis, without a full stop: it becomes a part of others' sentences. */
export function redisFault(error: unknown): string {
  const text = textOf(error).replace(REMEDY, '').replace(/\.+$/, '');
  return NO_REDIS.test(text) ? `what answers is no Redis: ${text}` : text;
}

/**
 * True when a Redis Cluster moves a slot, and keys that were given together are not all on one master. ioredis asks again, here and there,
 * and tells what it heard last.
 */
export function isSplit(error: unknown): boolean {
  return /\bTRYAGAIN\b|^Too many Cluster redirections/.test(textOf(error));
}
