import { isNativeKey } from '../claims/claim-key.js';
import { identify } from '../claims/job-identity.js';
import { ask } from '../cluster/ask.js';
import type { Cluster } from '../cluster/cluster.js';
import type { NodeConnection } from '../cluster/node-connection.js';
import { DqHandleError } from '../errors/argument.errors.js';
import { DqConnectionError } from '../errors/connection.errors.js';
import { shown } from '../errors/shown.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { Envelope } from '../wire/envelope.js';
import type { Handle, HandleCopy } from '../wire/handle.js';

/** A copy that was read back and is the job's own. */
export interface FoundCopy {
  readonly connection: NodeConnection;
  readonly number: number;
  /** beanstalkd's word. */
  readonly state: string;
  readonly id: string;
  readonly key: string;
  /** Of its caller's own key. */
  readonly slot: string | undefined;
  readonly dueMs: number;
  readonly copies: number;
  readonly envelope: Envelope;
}

/** `absent`: its node has no such copy, or another job under that number. `unknown`: its node did not answer. */
export type Read = FoundCopy | 'absent' | 'unknown';

/**
 * The copies that a handle names, read back from the nodes that can be asked. A copy is known by its body: a node that was restarted
 * gives numbers out again, so a number alone may be another job's.
 */
export class CopySearch {
  readonly #handle: Handle;
  readonly #tube: TubeSettings;
  /** Of each copy in the order of the handle. */
  readonly reads: readonly Promise<Read>[];
  /** True when what stands for the id may be what is left of the endpoint of one more copy. */
  readonly #endsInEndpoint: boolean;
  /** Ids that nodes show where the handle has only the beginning of one, or none at all, and which nodes. */
  readonly #longer = new Map<string, Set<NodeConnection>>();

  constructor(handle: Handle, tube: TubeSettings, cluster: Cluster) {
    this.#handle = handle;
    this.#tube = tube;
    const named = new Set(handle.copies.map(({ endpoint }) => endpoint));
    this.#endsInEndpoint = cluster.nodes.some(
      ({ endpoint }) => handle.id !== undefined && !named.has(endpoint) && endpoint.startsWith(handle.id),
    );
    this.reads = handle.copies.map((copy) => this.#read(copy, cluster));
  }

  /** The first copy that is found; undefined once no node can show one. */
  first(): Promise<FoundCopy | undefined> {
    return this.#any(() => true);
  }

  /**
   * A copy of the plain job that a handle without an id means (dq's have none), or `'absent'` when every node says that it is gone. Two
   * nodes have to show the same job: one alone may have given the number out again. One alone that shows nothing says as little: its
   * number may have been cut off.
   * @throws DqConnectionError when a node that did not answer might have shown it; DqHandleError when they show different jobs
   */
  async agreed(): Promise<FoundCopy | 'absent'> {
    const shownBy = new Map<string, NodeConnection>();
    const copy = await this.#any(({ key, connection }) => {
      // A handle of a native job has its id.
      if (isNativeKey(key)) return false;
      const other = shownBy.get(key);
      shownBy.set(key, connection);
      return other !== undefined && other !== connection;
    });
    if (copy !== undefined) return copy;
    const all = await this.all();
    if (all.length > 1 && all.every((read) => read === 'absent')) return 'absent';
    if (all.includes('unknown')) throw notAgreed();
    throw new DqHandleError(
      'Expected two nodes to show the job that this handle of dq means, but they do not: a number alone may be another job after a ' +
        'node was restarted. Use the handle that delay() returned, with its id.',
    );
  }

  /**
   * Refuses a handle whose id is only the beginning of the one that its nodes have shown, or of an endpoint: it was cut off, by a column that is
   * too short. Two have to agree where it names two, since one alone may have given the number out again.
   * @throws DqHandleError
   */
  refuseCutOff(): void {
    const enough = Math.min(2, this.#handle.copies.length);
    if (![...this.#longer.values()].some(({ size }) => size >= enough)) return;
    throw new DqHandleError(
      'Expected the handle as delay() returned it, got one whose end is cut off: of the id that its nodes show, or of an endpoint, it has ' +
        `only ${shown(this.#handle.id)}. Nothing was done. Is the column that it is kept in long enough?`,
    );
  }

  async allAbsent(): Promise<boolean> {
    return (await this.all()).every((read) => read === 'absent');
  }

  /**
   * Deletes each copy as soon as its node has shown it, on the connection that read it: of the job with this claim's key, or, undefined, of
   * whatever the handle's id names. Resolves, when every node has answered, to one of them and how many are gone; to undefined where nothing
   * was found.
   */
  async delete(key: string | undefined): Promise<{ readonly copy: FoundCopy; readonly gone: number } | undefined> {
    let gone = 0;
    let seen: FoundCopy | undefined;
    const deleting = this.reads.map(async (read) => {
      const copy = await read;
      if (typeof copy !== 'object' || copy.key !== (key ?? copy.key)) return;
      seen = copy;
      const { kind } = await ask(copy.connection, (to, done) => to.delete(copy.number, done));
      if (kind === 'DELETED') gone++;
    });
    await Promise.all(deleting);
    return seen && { copy: seen, gone };
  }

  all(): Promise<readonly Read[]> {
    return Promise.all(this.reads);
  }

  async #any(fits: (copy: FoundCopy) => boolean): Promise<FoundCopy | undefined> {
    const fitting = this.reads.map(async (read) => {
      const copy = await read;
      if (typeof copy !== 'object' || !fits(copy)) throw new Error('not this one');
      return copy;
    });
    try {
      return await Promise.any(fitting);
    } catch {
      return undefined;
    }
  }

  #read({ endpoint, number }: HandleCopy, cluster: Cluster): Promise<Read> {
    const node = cluster.node(endpoint);
    if (node === undefined || node.health.rest > 0) return Promise.resolve('unknown');
    const connection = node.writer();
    return new Promise((resolve) => {
      let elsewhere = false;
      let state = '';
      // A body does not say its tube, and an id of the caller's own may name a job of another one too. It costs no round trip more.
      connection.statsJob(number, (reply) => {
        if (reply.kind !== 'JOB_STATS') return;
        ({ state } = reply.stats);
        elsewhere = reply.stats.tube !== this.#tube.name;
      });
      connection.peek(number, (reply) => {
        if (elsewhere) resolve('absent');
        else if (reply.kind === 'FOUND') resolve(this.#recognise({ connection, number, state }, reply.body));
        else resolve(reply.kind === 'NOT_FOUND' ? 'absent' : 'unknown');
      });
    });
  }

  #recognise(at: Pick<FoundCopy, 'connection' | 'number' | 'state'>, body: Buffer): FoundCopy | 'absent' {
    try {
      const { id, key, slot, copies, envelope } = identify(this.#tube.name, body);
      if (this.#handle.id !== undefined && id !== this.#handle.id) {
        if (this.#endsInEndpoint || id.startsWith(this.#handle.id))
          this.#longer.set(id, (this.#longer.get(id) ?? new Set()).add(at.connection));
        return 'absent';
      }
      return { ...at, id, key, slot, dueMs: envelope.dueMs, copies, envelope };
    } catch {
      return 'absent';
    }
  }
}

/** Nodes that would be needed to say what a handle without an id means do not answer. */
export function notAgreed(): DqConnectionError {
  return new DqConnectionError(
    'Expected two nodes to show the job that this handle of dq means, but not all of its nodes answered. Try again.',
  );
}
