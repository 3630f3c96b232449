import { generationOf, isNativeKey } from '../claims/claim-key.js';
import type { Clock } from '../base/clock.js';
import { DqClaimStoreError } from '../errors/connection.errors.js';
import type { RedisConnection } from './redis-connection.js';
import { isSplit, lacksRight, RedisForgot } from './redis-fault.js';
import { type ScriptName, SCRIPTS } from './script-table.js';

export type Argument = string | number;
/** Sends a script once more, with other keys, or another one. */
export type SendScript = (
  keys: readonly string[],
  parameters: readonly Argument[],
  other?: ScriptName,
) => Promise<unknown>;
type Script = (keys: number, ...parameters: Argument[]) => Promise<unknown>;

/** Lua's unpack ends near 8,000 values; one call must not hold Redis for long either. */
const MOST_KEYS = 1_000;

/** A slot whose keys could not be given together is taken to be on the move for so long. */
const MOVES_MS = 5_000;

/** What a claim shows Redis, to be granted nothing by one that has forgotten. */
export interface Mark {
  readonly key: string;
  readonly word: string;
  /** Of the connection it was read on. What is behind another one may know less, and have the same mark. */
  readonly epoch: number;
  /** Until then, of the monotonic clock, claims may be missing that others have yet to tell again. */
  readonly settlesAt: number;
}

/**
 * What claims of a tube have to pass: its pause and its mark. Their keys are the last two, and the mark's word is the last argument. Where they
 * cannot be given they are asked before; in a Cluster plain keys have no slot in common with them, and only the pause is asked.
 */
export interface Gate<Result> {
  readonly pause: string;
  readonly mark: Mark;
  /** The answer to each request while the tube is paused. */
  readonly paused: Result;
}

/** What is asked of a script for many jobs at once. */
export interface ScriptCall<Request, Result> {
  /** Arguments that are the same for all. */
  readonly head: readonly Argument[];
  /** Adds what is a request's own. */
  readonly push?: (request: Request, to: Argument[]) => void;
  /** Arguments that are the same for all, behind those that are each one's own. */
  readonly tail?: readonly Argument[];
  /** What the script's codes say to each request of one round trip. */
  readonly read: (codes: readonly Argument[], part: readonly Request[]) => readonly Result[];
  /** Requests whose own arguments are the same, which the script then takes once for all. */
  readonly alike?: (one: Request, other: Request) => boolean;
  /**
   * Another script that writes into a key of the tube too, the last of all, and its arguments, behind all others. Where that key cannot be given
   * beside the others, the script itself is called.
   */
  readonly logged?: {
    readonly name: ScriptName;
    readonly key: string;
    readonly tail: (part: readonly Request[]) => readonly Argument[];
  };
  /**
   * Of one request: another script, whose first key is a slot. Where that cannot be given beside the claim, the script itself is called, and
   * `apart` says what else there is to do; or `refused` is the answer.
   */
  readonly keyed?: {
    readonly name: ScriptName;
    readonly slot: string;
    readonly apart?: (result: Result) => Promise<unknown>;
    readonly refused?: Result;
  };
  readonly gate?: Gate<Result>;
  /**
   * The script may change the admissions of own ids too: of the requests that it `wants` them for, by default all. Where one cannot be
   * given, `holds` says for how long the id is to stay taken, in milliseconds.
   */
  readonly ids?: {
    readonly wants?: (request: Request) => boolean;
    readonly holds?: (request: Request, result: Result) => number | undefined;
  };
}

/** Requests of one round trip, and what the script said. */
interface Answered<Request> {
  readonly part: readonly Request[];
  readonly codes: readonly Argument[];
}

/** The claim scripts on one connection. */
export class RedisScripts {
  readonly #connection: RedisConnection;
  readonly #clock: Clock;
  readonly #defined: Readonly<Record<ScriptName, Script>>;
  /** Until when the keys of a slot go one by one, by the beginning that they share. */
  readonly #moves = new Map<string, number>();

  constructor(connection: RedisConnection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    const { client } = connection;
    for (const [name, { lua }] of Object.entries(SCRIPTS)) client.defineCommand(name, { lua });
    this.#defined = client as unknown as Record<ScriptName, Script>;
  }

  /** One round trip. `apart`: what is done instead where the keys cannot be given together; see {@link #oneByOne}. */
  call(
    name: ScriptName,
    keys: readonly string[],
    parameters: readonly Argument[],
    apart?: (send: SendScript) => Promise<unknown>,
  ): Promise<unknown> {
    const send = this.#sender(name);
    return this.#together(name, keys[0] ?? '', () => send(keys, parameters), apart && (() => apart(send)));
  }

  /** One round trip for as many calls of a script as `ask` sends in one turn. It is called when they can be sent. */
  together<T>(name: ScriptName, ask: (send: SendScript) => Promise<T>): Promise<T> {
    return this.#connection.call(SCRIPTS[name].operation, () => ask(this.#sender(name)));
  }

  /** The same of keys that this user of Redis may lack the right to: undefined then, and no loss. */
  async callIfAllowed(name: ScriptName, keys: readonly string[], parameters: readonly Argument[]): Promise<unknown> {
    const send = (): Promise<unknown> => this.#defined[name](keys.length, ...keys, ...parameters);
    try {
      return await this.#connection.call(SCRIPTS[name].operation, send, true);
    } catch (error) {
      if (error instanceof DqClaimStoreError && lacksRight(error.cause)) return undefined;
      throw error;
    }
  }

  /** One round trip for up to 1,000 jobs. In a Redis Cluster plain keys share no slot, so they go one by one. */
  async callMany<Request extends { readonly key: string }, Result>(
    name: ScriptName,
    requests: readonly Request[],
    call: ScriptCall<Request, Result>,
  ): Promise<readonly Result[]> {
    if (requests.length === 0) return [];
    const isApart = this.#isApart(requests);
    const { gate } = call;
    if (isApart && gate !== undefined) {
      // Before they are sent, and since the caller has asked: so no more is granted than in one step.
      const { operation } = SCRIPTS[name];
      if (await this.#connection.call(operation, () => this.#isPaused(gate))) return requests.map(() => gate.paused);
    }
    const size = isApart ? 1 : MOST_KEYS;
    if (requests.length <= size) return this.#callPart(name, requests, call);
    const parts: Promise<readonly Result[]>[] = [];
    for (let at = 0; at < requests.length; at += size) {
      parts.push(this.#callPart(name, requests.slice(at, at + size), call));
    }
    return (await Promise.all(parts)).flat();
  }

  /** In a Cluster, no two of them can be given together. */
  #isApart(requests: readonly { readonly key: string }[]): boolean {
    return this.#connection.isCluster && requests.some(({ key }) => !isNativeKey(key));
  }

  #sender(name: ScriptName): SendScript {
    return (keys, parameters, other = name) => this.#defined[other](keys.length, ...keys, ...parameters);
  }

  async #callPart<Request extends { readonly key: string }, Result>(
    name: ScriptName,
    part: readonly Request[],
    call: ScriptCall<Request, Result>,
  ): Promise<readonly Result[]> {
    const { gate, keyed } = call;
    let apart: readonly Answered<Request>[] | undefined;
    let answer: Result | undefined;
    const codes = await this.#together(
      name,
      part[0]?.key ?? '',
      () => this.#send(name, part, call, true),
      async () => {
        answer = keyed?.refused ?? (gate && !(await this.#passes(gate)) ? gate.paused : undefined);
        apart = answer === undefined ? await this.#oneByOne(name, part, call) : [];
        return [];
      },
    );
    if (apart === undefined) return call.read(codes, part);
    if (answer !== undefined) {
      const all = answer;
      return part.map(() => all);
    }
    const results = apart.flatMap((answered) => call.read(answered.codes, answered.part));
    await this.#holdIds(part, results, call);
    for (const result of results) await keyed?.apart?.(result);
    return results;
  }

  #together<T>(name: ScriptName, key: string, send: () => Promise<T>, apart?: () => Promise<T>): Promise<T> {
    const { operation } = SCRIPTS[name];
    if (apart === undefined || !this.#connection.isCluster) return this.#connection.call(operation, send);
    const slot = key.slice(0, key.indexOf('}') + 1);
    return this.#connection.call(operation, () => {
      if (this.#clock.monotonic() < (this.#moves.get(slot) ?? 0)) return apart();
      return send().catch((error: unknown) => {
        if (!isSplit(error)) throw error;
        this.#moves.set(slot, this.#clock.monotonic() + MOVES_MS);
        return apart();
      });
    });
  }

  /**
   * While a Cluster moves a slot, keys of it that are on two masters, or of which some are not there yet, cannot be given together. One
   * alone is always served, by the master that has it or else by the one that it would come to. So neither an admission nor the tube's pause
   * and mark can stand beside a claim then; these are read before.
   */
  async #oneByOne<Request extends { readonly key: string }, Result>(
    name: ScriptName,
    part: readonly Request[],
    call: ScriptCall<Request, Result>,
  ): Promise<readonly Answered<Request>[]> {
    return Promise.all(
      part.map(async (request) => ({ part: [request], codes: await this.#send(name, [request], call, false) })),
    );
  }

  /** False where the tube is paused. */
  async #passes<Result>(gate: Gate<Result>): Promise<boolean> {
    const { key, word, epoch } = gate.mark;
    const [mark, isPaused] = await Promise.all([this.#connection.client.get(key), this.#isPaused(gate)]);
    if (epoch !== this.#connection.epoch || mark?.startsWith(`dq1:M:${word}:`) !== true) throw new RedisForgot();
    return !isPaused;
  }

  async #isPaused({ pause }: Gate<unknown>): Promise<boolean> {
    return (await this.#connection.client.get(pause)) !== null;
  }

  async #holdIds<Request extends { readonly key: string }, Result>(
    part: readonly Request[],
    results: readonly Result[],
    { ids }: ScriptCall<Request, Result>,
  ): Promise<void> {
    const holds = ids?.holds;
    if (holds === undefined) return;
    await Promise.all(
      part.map(async (request, at) => {
        const ms = holds(request, results[at] as Result);
        const own = generationOf(request.key);
        if (ms === undefined || own === undefined) return;
        await this.call('dqHoldId', [own.admission], [own.generation, ms]);
      }),
    );
  }

  #send<Request extends { readonly key: string }, Result>(
    name: ScriptName,
    part: readonly Request[],
    { head, push, tail, alike, logged, keyed, gate, ids }: ScriptCall<Request, Result>,
    withOthers: boolean,
  ): Promise<readonly Argument[]> {
    const parameters: Argument[] = [];
    if (withOthers && keyed !== undefined) parameters.push(keyed.slot);
    for (const { key } of part) parameters.push(key);
    if (withOthers && ids !== undefined) {
      for (const request of part) {
        const own = generationOf(request.key);
        if (own !== undefined && ids.wants?.(request) !== false) parameters.push(own.admission);
      }
    }
    const besides = withOthers && !this.#isApart(part);
    const shown = besides ? gate?.mark : undefined;
    if (besides && gate !== undefined) parameters.push(gate.pause, gate.mark.key);
    const log = besides ? logged : undefined;
    if (log !== undefined) parameters.push(log.key);
    const keys = parameters.length;
    for (const argument of head) parameters.push(argument);
    const [first] = part;
    if (push !== undefined && first !== undefined) {
      if (alike !== undefined && part.every((request) => alike(first, request))) push(first, parameters);
      else for (const request of part) push(request, parameters);
    }
    if (tail !== undefined) parameters.push(...tail);
    if (shown !== undefined) {
      // It had to wait for this connection.
      if (shown.epoch !== this.#connection.epoch) return Promise.reject(new RedisForgot());
      parameters.push(shown.settlesAt > this.#clock.monotonic() ? `${shown.word}!` : shown.word);
    }
    if (log !== undefined) parameters.push(...log.tail(part));
    const script = withOthers ? (keyed?.name ?? log?.name) : undefined;
    return this.#defined[script ?? name](keys, ...parameters) as Promise<readonly Argument[]>;
  }
}
