import type { RedisOptions } from 'ioredis';
import { DqOptionsError } from '../errors/argument.errors.js';

const SERVER = /^rediss?:\/\//i;
const SOCKET = /^(?:unix:\/\/)?(\/[^?]*)(?:\?(.*))?$/;
/** Options that are texts, whatever they look like. */
const TEXTS = /user|password|name|host|path|tag/i;

/** True for what begins as a URL of Redis does. */
export function isRedisUrl(text: string): boolean {
  return SERVER.test(text) || /^unix:\/\/\//i.test(text) || text.startsWith('/');
}

/**
 * The ioredis options that a URL stands for; numbers, `true` and `false` of its query as such.
 * @throws DqOptionsError when it cannot be read. Neither the error nor its cause shows anything of it: it may have a password.
 */
export function readRedisUrl(text: string): RedisOptions {
  if (!SERVER.test(text)) {
    const [, path, query] = SOCKET.exec(text.replace(/^unix:/i, 'unix:')) ?? [];
    return { ...readQuery(new URLSearchParams(query)), path };
  }
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw unreadable();
  }
  // A password with one of `/ ? #` ends the address early; what is left of it would be a host and a path.
  if (`${url.pathname}${url.search}${url.hash}`.includes('@') || url.hash !== '') throw unreadable();
  const database = url.pathname.replace(/^\//, '');
  if (!/^\d*$/.test(database)) {
    throw new DqOptionsError(
      'Expected the path of the Redis URL to be a database number, such as /0. Leave it out for 0.',
    );
  }
  return {
    ...readQuery(url.searchParams),
    ...(url.hostname === '' ? undefined : { host: url.hostname.replaceAll(/^\[|\]$/g, '') }),
    ...(url.port === '' ? undefined : { port: Number(url.port) }),
    ...(database === '' ? undefined : { db: Number(database) }),
    ...(url.username === '' && url.password === '' ? undefined : credentials(url)),
    ...(url.protocol === 'rediss:' ? { tls: {} } : undefined),
  };
}

function credentials({ username, password }: URL): RedisOptions {
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    throw unreadable();
  }
}

function readQuery(query: URLSearchParams): RedisOptions {
  return Object.fromEntries(
    [...query].map(([name, value]) => {
      if (TEXTS.test(name)) return [name, value];
      if (/^\d+$/.test(value)) return [name, Number(value)];
      return [name, value === 'true' ? true : value === 'false' ? false : value];
    }),
  ) as RedisOptions;
}

function unreadable(): DqOptionsError {
  return new DqOptionsError(
    'Expected a Redis URL such as redis://user:password@10.0.0.9:6379/0, got one that cannot be read; it is not shown, since it may have a ' +
      'password. Percent-encode user and password, as encodeURIComponent does: / is %2F, # is %23, ? is %3F, @ is %40, : is %3A, % is %25.',
  );
}
