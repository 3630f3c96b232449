import { isNativeKey } from '../claims/claim-key.js';
import type { RedisConnection } from './redis-connection.js';
import { ACCOUNT } from './scripts/account.js';
import { ADMIT } from './scripts/admit.js';
import { CLAIM } from './scripts/claim.js';
import { CONCLUDE } from './scripts/conclude.js';
import { RENEW } from './scripts/renew.js';
import { RESOLVE_DEAD } from './scripts/resolve-dead.js';
import { REVOKE } from './scripts/revoke.js';
import { SETTLE } from './scripts/settle.js';

type ScriptName = keyof typeof SCRIPTS;
type Argument = string | number;
type Script = (keys: number, ...parameters: Argument[]) => Promise<unknown>;

/** `operation`: how errors name it. */
const SCRIPTS = {
  dqClaim: { lua: CLAIM, operation: 'a claim' },
  dqSettle: { lua: SETTLE, operation: 'the outcome of a run' },
  dqRenew: { lua: RENEW, operation: 'a renewal of leases' },
  dqAccount: { lua: ACCOUNT, operation: 'an account of copies' },
  dqRevoke: { lua: REVOKE, operation: 'a revoke' },
  dqResolveDead: { lua: RESOLVE_DEAD, operation: 'a decision on dead letters' },
  dqAdmit: { lua: ADMIT, operation: 'the admission of an id' },
  dqConclude: { lua: CONCLUDE, operation: 'the end of an admission' },
} as const;

/** Lua's unpack ends near 8,000 values; one call must not hold Redis for long either. */
const MOST_KEYS = 1_000;

/** What is asked of a script for many jobs at once. */
interface ScriptCall<Request, Result> {
  /** Arguments that are the same for all. */
  readonly head: readonly Argument[];
  /** Adds what is a request's own. */
  readonly push?: (request: Request, to: Argument[]) => void;
  /** What the script's codes say to each request of one round trip. */
  readonly read: (codes: readonly number[], part: readonly Request[]) => readonly Result[];
  /** Requests whose own arguments are the same, which the script then takes once for all. */
  readonly alike?: (one: Request, other: Request) => boolean;
}

/** The claim scripts on one connection. */
export class RedisScripts {
  readonly #connection: RedisConnection;
  readonly #defined: Readonly<Record<ScriptName, Script>>;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
    const { client } = connection;
    for (const [name, { lua }] of Object.entries(SCRIPTS)) client.defineCommand(name, { lua });
    this.#defined = client as unknown as Record<ScriptName, Script>;
  }

  /** One round trip. */
  call(name: ScriptName, keys: number, parameters: readonly Argument[]): Promise<unknown> {
    return this.#connection.call(SCRIPTS[name].operation, () => this.#defined[name](keys, ...parameters));
  }

  /** One round trip for up to 1,000 jobs. In a Redis Cluster plain keys share no slot, so they go one by one. */
  async callMany<Request extends { readonly key: string }, Result>(
    name: ScriptName,
    requests: readonly Request[],
    call: ScriptCall<Request, Result>,
  ): Promise<readonly Result[]> {
    if (requests.length === 0) return [];
    const size = this.#connection.isCluster && requests.some(({ key }) => !isNativeKey(key)) ? 1 : MOST_KEYS;
    if (requests.length <= size) return this.#callPart(name, requests, call);
    const parts: Promise<readonly Result[]>[] = [];
    for (let at = 0; at < requests.length; at += size) {
      parts.push(this.#callPart(name, requests.slice(at, at + size), call));
    }
    return (await Promise.all(parts)).flat();
  }

  async #callPart<Request extends { readonly key: string }, Result>(
    name: ScriptName,
    part: readonly Request[],
    { head, push, read, alike }: ScriptCall<Request, Result>,
  ): Promise<readonly Result[]> {
    const parameters: Argument[] = [];
    for (const { key } of part) parameters.push(key);
    for (const argument of head) parameters.push(argument);
    const [first] = part;
    if (push !== undefined && first !== undefined) {
      if (alike !== undefined && part.every((request) => alike(first, request))) push(first, parameters);
      else for (const request of part) push(request, parameters);
    }
    return read((await this.call(name, part.length, parameters)) as readonly number[], part);
  }
}
