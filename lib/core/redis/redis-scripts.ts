import { isNativeKey } from '../claims/claim-key.js';
import { type RedisConnection, TRIAL } from './redis-connection.js';
import { RedisForgot } from './redis-fault.js';
import type { Mark } from './redis-memory.js';
import { ACCOUNT } from './scripts/account.js';
import { ADMIT } from './scripts/admit.js';
import { CLAIM } from './scripts/claim.js';
import { CONCLUDE } from './scripts/conclude.js';
import { LOOK } from './scripts/look.js';
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
  dqLook: { lua: LOOK, operation: TRIAL },
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
  /** Arguments that are the same for all, behind those that are each one's own. */
  readonly tail?: readonly Argument[];
  /** What the script's codes say to each request of one round trip. */
  readonly read: (codes: readonly number[], part: readonly Request[]) => readonly Result[];
  /** Requests whose own arguments are the same, which the script then takes once for all. */
  readonly alike?: (one: Request, other: Request) => boolean;
  /** Of the tube; its key is the last, and its word the last argument. In a Cluster it has no slot in common with plain keys. */
  readonly mark?: Mark;
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

  /** One round trip, whose parameters are asked for when it is sent. */
  callLate(name: ScriptName, keys: number, parameters: () => readonly Argument[]): Promise<unknown> {
    return this.#connection.call(SCRIPTS[name].operation, () => this.#defined[name](keys, ...parameters()));
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
    { head, push, tail, read, alike, mark }: ScriptCall<Request, Result>,
  ): Promise<readonly Result[]> {
    const parameters: Argument[] = [];
    for (const { key } of part) parameters.push(key);
    const marked = mark !== undefined && !(this.#connection.isCluster && part.some(({ key }) => !isNativeKey(key)));
    if (marked) parameters.push(mark.key);
    for (const argument of head) parameters.push(argument);
    const [first] = part;
    if (push !== undefined && first !== undefined) {
      if (alike !== undefined && part.every((request) => alike(first, request))) push(first, parameters);
      else for (const request of part) push(request, parameters);
    }
    if (tail !== undefined) parameters.push(...tail);
    if (marked) parameters.push(mark.settlesAt > 0 ? `${mark.word}!` : mark.word);
    const codes = await this.#connection.call(SCRIPTS[name].operation, () => {
      // It had to wait for this connection.
      if (marked && mark.epoch !== this.#connection.epoch) return Promise.reject(new RedisForgot());
      return this.#defined[name](marked ? part.length + 1 : part.length, ...parameters);
    });
    return read(codes as readonly number[], part);
  }
}
