import { identify } from '../claims/job-identity.js';
import type { ClaimStore, DeadClaim } from '../claims/claim-store.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Node } from '../cluster/node.js';
import type { Reply } from '../cluster/node-connection.js';
import { DqHandlerError, DqJobIdError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { wholeNumber } from '../options/option-checks.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { DqDeadLetter } from './dead-letter.js';
import { DeadScan, type FoundLetter } from './dead-scan.js';
import { type DqNodeState, NodeStates } from './node-state.js';
import { countOf, parseStats } from './stats.js';

/** A tube's copies on one node, by beanstalkd's states. Three copies are one job. */
export interface DqTubeCounts {
  readonly tube: string;
  readonly node: string;
  /** False when the node did not answer; the counts are then 0. */
  readonly reachable: boolean;
  readonly scheduled: number;
  readonly ready: number;
  /** Held by a consumer: running, or about to. */
  readonly running: number;
  readonly dead: number;
}

const MOST_LETTERS = 100_000;
const USUAL_LETTERS = 100;

/** Looks into the nodes and the claim store, and decides on dead letters. Made for operators' tools; it takes no part in the work. */
export class DqInspector {
  readonly #tubes: ReadonlyMap<string, TubeSettings>;
  readonly #cluster: Cluster;
  readonly #store: ClaimStore;
  readonly #states = new NodeStates();

  /** Made by the module; inject it rather than calling this. */
  constructor(tubes: ReadonlyMap<string, TubeSettings>, cluster: Cluster, store: ClaimStore) {
    this.#tubes = tubes;
    this.#cluster = cluster;
    this.#store = store;
  }

  /** The state of every node. Resolves even when some do not answer. */
  nodes(): Promise<readonly DqNodeState[]> {
    return Promise.all(this.#cluster.nodes.map((node) => this.#states.read(node)));
  }

  /** Copies per tube and node; of one tube, or of all that are declared. */
  async counts(tube?: string): Promise<readonly DqTubeCounts[]> {
    const tubes = tube === undefined ? [...this.#tubes.keys()] : [this.#settings(tube).name];
    return Promise.all(tubes.flatMap((name) => this.#cluster.nodes.map((node) => this.#count(name, node))));
  }

  /** The job of a tube that is due next, or undefined when none waits. */
  async next(tube: string): Promise<{ readonly id: string; readonly dueAt: Date } | undefined> {
    const { name } = this.#settings(tube);
    const replies = await Promise.all(
      this.#cluster.nodes.flatMap((node) => [this.#peek(node, name, 'ready'), this.#peek(node, name, 'delayed')]),
    );
    let next: { id: string; dueAt: Date } | undefined;
    for (const reply of replies) {
      if (reply.kind !== 'FOUND') continue;
      const found = tryIdentify(name, reply.body);
      if (found !== undefined && (next === undefined || found.dueAt < next.dueAt)) next = found;
    }
    return next;
  }

  /**
   * The dead letters of a tube, each job once, at most `limit` per node. While it reads them they are held, for moments.
   * Copies of jobs that are over in truth are cleared away on the way.
   */
  async dead(
    tube: string,
    { limit = USUAL_LETTERS }: { readonly limit?: number } = {},
  ): Promise<readonly DqDeadLetter[]> {
    const settings = this.#settings(tube);
    wholeNumber(limit, 'limit', 1, MOST_LETTERS);
    const letters: DqDeadLetter[] = [];
    await this.#scan(settings, limit, async (found, claims) => {
      for (const letter of found) {
        const claim = claimOf(letter, claims);
        if (claim?.kind !== 'over' && claim?.kind !== 'alive') letters.push(this.#letter(settings, letter, claim));
      }
      return { how: 'keep', of: new Set() };
    });
    return letters;
  }

  /** Lets a dead letter run again, with all its attempts. Resolves to false when there is none with this id. */
  async retry(tube: string, id: string): Promise<boolean> {
    return (await this.#resolve(tube, checkLetterId(id), 'retry')) > 0;
  }

  /**
   * Lets all dead letters of a tube run again. Resolves to how many. Bodies that are no jobs stay where they are, and so do
   * letters that may have run before ({@link DqDeadLetter.mayHaveRun}), unless `mayHaveRun` is true.
   */
  retryAll(tube: string, { mayHaveRun = false }: { readonly mayHaveRun?: boolean } = {}): Promise<number> {
    return this.#resolve(tube, undefined, 'retry', mayHaveRun);
  }

  /** Deletes a dead letter for good. Resolves to false when there is none with this id. */
  async delete(tube: string, id: string): Promise<boolean> {
    return (await this.#resolve(tube, checkLetterId(id), 'drop')) > 0;
  }

  /** Deletes all dead letters of a tube for good, bodies that are no jobs too. Resolves to how many. */
  deleteAll(tube: string): Promise<number> {
    return this.#resolve(tube, undefined, 'drop');
  }

  async #resolve(tube: string, id: string | undefined, how: 'retry' | 'drop', unsure = true): Promise<number> {
    const settings = this.#settings(tube);
    let count = 0;
    await this.#scan(settings, MOST_LETTERS, async (found, claims) => {
      const chosen = found.filter(
        (letter) => (id === undefined || letter.id === id) && (unsure || !mayHaveRun(claimOf(letter, claims))),
      );
      const jobs = chosen.filter((letter) => letter.key !== undefined);
      const resolved = await this.#store.resolveDead(
        settings.name,
        jobs.map((letter) => letter.key as string),
        how,
      );
      const of = new Set(jobs.filter((_, at) => resolved[at] === true));
      // A body that is no job would only be buried again.
      if (how === 'drop') for (const letter of chosen) if (letter.key === undefined) of.add(letter);
      count = of.size;
      return { how: how === 'retry' ? 'release' : 'delete', of };
    });
    return count;
  }

  /** Opens a scan, lets `decide` look, and sends everything where it belongs, also when `decide` fails. */
  async #scan(
    settings: TubeSettings,
    limit: number,
    decide: (
      found: readonly FoundLetter[],
      claims: ReadonlyMap<string, DeadClaim>,
    ) => Promise<{ readonly how: 'keep' | 'release' | 'delete'; readonly of: ReadonlySet<FoundLetter> }>,
  ): Promise<void> {
    const scan = new DeadScan(settings.name);
    const claims = new Map<string, DeadClaim>();
    let decision: Awaited<ReturnType<typeof decide>> = { how: 'keep', of: new Set() };
    try {
      await scan.open(this.#cluster.nodes, limit);
      const found = [...scan.letters.values()];
      const keys = found.flatMap(({ key }) => (key === undefined ? [] : [key]));
      const known = await this.#store.describeDead(settings.name, keys);
      keys.forEach((key, at) => claims.set(key, known[at] as DeadClaim));
      decision = await decide(found, claims);
    } finally {
      await scan.close((letter) => {
        if (decision.of.has(letter)) return decision.how;
        const claim = claimOf(letter, claims);
        if (claim?.kind === 'over') return 'delete';
        return claim?.kind === 'alive' ? 'release' : 'keep';
      });
    }
  }

  #letter({ name, codec }: TubeSettings, letter: FoundLetter, claim: DeadClaim | undefined): DqDeadLetter {
    const { id, identity, body, fault, copies } = letter;
    const envelope = identity?.envelope;
    const dead = claim?.kind === 'dead' || claim?.kind === 'expired' ? claim : undefined;
    return {
      id,
      tube: name,
      reason: fault ?? (dead?.reason || 'unknown: the claim store has no record of it'),
      attempts: dead?.attempts ?? 0,
      mayHaveRun: mayHaveRun(claim),
      dueAt: envelope === undefined ? undefined : new Date(envelope.dueMs),
      data: envelope === undefined ? body : dataOf(codec, envelope),
      headers: envelope?.format === 'native' ? (envelope.header.headers ?? {}) : {},
      copies: copies.map(({ node, number }) => ({ node: node.endpoint, number })),
    };
  }

  #count(tube: string, node: Node): Promise<DqTubeCounts> {
    return new Promise((resolve) => {
      node.writer().statsTube(tube, (reply) => {
        const fields = reply.kind === 'OK' ? parseStats(reply.body) : new Map<string, string>();
        resolve({
          tube,
          node: node.endpoint,
          // A tube that nobody uses does not exist.
          reachable: reply.kind === 'OK' || reply.kind === 'NOT_FOUND',
          scheduled: countOf(fields, 'current-jobs-delayed'),
          ready: countOf(fields, 'current-jobs-ready'),
          running: countOf(fields, 'current-jobs-reserved'),
          dead: countOf(fields, 'current-jobs-buried'),
        });
      });
    });
  }

  #peek(node: Node, tube: string, state: 'ready' | 'delayed'): Promise<Reply> {
    return new Promise((resolve) => {
      node.writer().peekFirst(tube, state, resolve);
    });
  }

  #settings(tube: string): TubeSettings {
    const settings = this.#tubes.get(tube);
    if (settings !== undefined) return settings;
    throw new DqHandlerError(
      `Expected a declared tube, got "${tube}". Add it to tubes, or declare it with DqModule.forFeature.`,
    );
  }
}

function claimOf(letter: FoundLetter, claims: ReadonlyMap<string, DeadClaim>): DeadClaim | undefined {
  return letter.key === undefined ? undefined : claims.get(letter.key);
}

function mayHaveRun(claim: DeadClaim | undefined): boolean {
  return claim?.kind === 'expired' || claim?.kind === 'forgotten';
}

/** An id that is missing must not come to mean all of them. */
function checkLetterId(id: unknown): string {
  if (typeof id === 'string' && id.length > 0) return id;
  throw new DqJobIdError(
    `Expected the id of a dead letter, got ${shown(id)}. Use retryAll or deleteAll for all of the tube.`,
  );
}

function tryIdentify(tube: string, body: Buffer): { id: string; dueAt: Date } | undefined {
  try {
    const { id, envelope } = identify(tube, body);
    return { id, dueAt: new Date(envelope.dueMs) };
  } catch {
    return undefined;
  }
}

function dataOf(codec: TubeSettings['codec'], envelope: NonNullable<FoundLetter['identity']>['envelope']): unknown {
  if (envelope.format === 'native' && envelope.header.raw === true) return envelope.payload;
  try {
    return codec.decode(envelope.payload);
  } catch {
    return envelope.payload;
  }
}
