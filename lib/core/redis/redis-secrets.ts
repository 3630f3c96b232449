import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { DqError } from '../errors/dq.error.js';
import { withoutCredentials } from '../errors/shown.js';

const HIDDEN = '***';
/** A shorter one would be found in half of all words. It is in no message that this package has seen, but for that of a URL. */
const SHORTEST = 3;

/** What must not be shown of a client's options, and the texts of others without it. */
export class RedisSecrets {
  readonly #patterns: readonly RegExp[];

  constructor(client: Redis | Cluster) {
    const secrets = secretsOf(client).filter((secret) => secret.length >= SHORTEST);
    // The longer first, which may contain another.
    const spellings = [...new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]))];
    spellings.sort((one, other) => other.length - one.length);
    this.#patterns = spellings.map((spelling) => new RegExp(bounded(spelling), 'g'));
  }

  hide(text: string): string {
    let hidden = withoutCredentials(text);
    for (const pattern of this.#patterns) hidden = hidden.replaceAll(pattern, HIDDEN);
    return hidden;
  }

  /** An error to be the cause of one of ours. Those of ioredis have the arguments of the command, be it AUTH. */
  bare(error: unknown): unknown {
    if (error instanceof DqError || !(error instanceof Error)) return error;
    const bare = new Error(this.hide(error.message));
    bare.name = error.name;
    const { code } = error as Partial<NodeJS.ErrnoException>;
    return code === undefined ? bare : Object.assign(bare, { code });
  }
}

function secretsOf(client: Redis | Cluster): readonly string[] {
  const options: readonly Partial<RedisOptions>[] = client.isCluster
    ? [(client as Cluster).options.redisOptions ?? {}, ...startupNodes(client as Cluster)]
    : [(client as Redis).options];
  return options
    .flatMap(({ username, password, sentinelUsername, sentinelPassword }) => [
      password,
      sentinelPassword,
      username === 'default' ? undefined : username,
      sentinelUsername,
    ])
    .filter((secret) => typeof secret === 'string');
}

/** They are private there, and may have passwords of their own. URLs among them are hidden by their form. */
function startupNodes(cluster: Cluster): readonly Partial<RedisOptions>[] {
  const { startupNodes: nodes } = cluster as unknown as { readonly startupNodes?: readonly unknown[] };
  return (nodes ?? []).filter((node): node is Partial<RedisOptions> => typeof node === 'object' && node !== null);
}

/** As a word of its own, where it begins or ends like one: a user `app` is not found in `happens`. */
function bounded(text: string): string {
  const escaped = text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return `${/^\w/.test(text) ? '(?<!\\w)' : ''}${escaped}${/\w$/.test(text) ? '(?!\\w)' : ''}`;
}
