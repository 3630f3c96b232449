import { nativeClaimKey } from '../claims/claim-key.js';
import type { ClaimStore, RevokeVerdict } from '../claims/claim-store.js';
import { identify } from '../claims/job-identity.js';
import type { Clock } from '../clock.js';
import type { Cluster } from '../cluster/cluster.js';
import type { NodeConnection } from '../cluster/node-connection.js';
import { DqConnectionError } from '../errors/connection.errors.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { Handle, HandleCopy } from '../wire/handle.js';

/** A copy that was read back and is the job's own. */
interface FoundCopy {
  readonly connection: NodeConnection;
  readonly number: number;
  readonly key: string;
  readonly dueMs: number;
  readonly copies: number;
}

const MD5 = /^[0-9a-f]{32}$/;
/** How long a revoke waits for nodes that do not answer, once it knows enough. */
const PATIENCE_MS = 50;
/** How long it looks for a first copy before it puts a tombstone that does not know the due time. */
const SEARCH_MS = 250;

/**
 * One revoke. It **reads** every copy that the handle names and can be asked, and knows a copy as the job's own by its body: a
 * node that was restarted gives numbers out again, so a number alone may be another job's. With the first copy found (or
 * when none is found in time) it **decides**, in the claim store: only where the store says revoked it **deletes** the copies
 * found, on the connection that read them, and **accounts** for them. The tombstone keeps all other copies from running.
 */
export class Revocation {
  /** Settles when nothing of this revoke is under way any more, whatever it resolved to. */
  readonly finished: Promise<void>;
  readonly verdict: Promise<RevokeVerdict>;

  constructor(
    readonly handle: Handle,
    readonly tube: TubeSettings,
    readonly cluster: Cluster,
    readonly store: ClaimStore,
    readonly clock: Clock,
  ) {
    const reads = handle.copies.map((copy) => this.#read(copy));
    const settled = this.#decide(reads);
    this.verdict = settled.then(({ verdict }) => verdict);
    this.finished = settled.then(
      async ({ deleting }) => {
        await deleting;
      },
      async () => {
        await Promise.all(reads);
      },
    );
  }

  async #decide(
    reads: readonly Promise<FoundCopy | 'absent' | 'unknown'>[],
  ): Promise<{ verdict: RevokeVerdict; deleting: Promise<void> }> {
    const first = await this.#within(SEARCH_MS, firstFound(reads));
    const keys = first === undefined ? (this.#keys ?? (await this.#searchOn(reads))) : [first.key];
    if (keys.length === 0) return { verdict: 'done', deleting: Promise.resolve() };
    const absent = first === undefined && (await this.#within(0, allAbsent(reads))) === true;
    const verdicts = await Promise.all(
      keys.map((key) =>
        this.store.revoke(this.tube.name, { key, copies: first?.copies ?? 0, dueMs: first?.dueMs, absent }),
      ),
    );
    const verdict = verdicts.find((one) => one !== 'revoked') ?? 'revoked';
    if (verdict !== 'revoked') return { verdict, deleting: Promise.resolve() };
    const deleting = this.#deleteAll(first?.key, reads);
    await this.#within(PATIENCE_MS, deleting);
    return { verdict, deleting };
  }

  /**
   * The keys that the claim may have, where the handle tells: for a caller's own id that of its admission, which leads to the
   * claim; for what looks like an md5 that of a plain body too, since another service may write this tube as plain.
   */
  get #keys(): readonly string[] | undefined {
    const { id } = this.handle;
    if (id === undefined) return undefined;
    if (this.tube.format === 'plain') return [id];
    const key = nativeClaimKey(this.tube.name, id);
    return MD5.test(id) ? [key, id] : [key];
  }

  /** A handle of dq has no id: only a copy can tell which job it means. */
  async #searchOn(reads: readonly Promise<FoundCopy | 'absent' | 'unknown'>[]): Promise<readonly string[]> {
    const all = await Promise.all(reads);
    const found = all.find((read) => typeof read === 'object');
    if (found !== undefined) return [found.key];
    if (all.every((read) => read === 'absent')) return [];
    throw new DqConnectionError(
      'Expected a node to show the job that this handle of dq means, but not all of its nodes answered. Try again.',
    );
  }

  #read({ endpoint, number }: HandleCopy): Promise<FoundCopy | 'absent' | 'unknown'> {
    const node = this.cluster.node(endpoint);
    if (node === undefined || node.health.rest > 0) return Promise.resolve('unknown');
    const connection = node.writer();
    return new Promise((resolve) => {
      connection.peek(number, (reply) => {
        if (reply.kind === 'FOUND') resolve(this.#recognise(connection, number, reply.body));
        else resolve(reply.kind === 'NOT_FOUND' ? 'absent' : 'unknown');
      });
    });
  }

  #recognise(connection: NodeConnection, number: number, body: Buffer): FoundCopy | 'absent' {
    try {
      const { id, key, copies, envelope } = identify(this.tube.name, body);
      if (this.handle.id !== undefined && id !== this.handle.id) return 'absent';
      return { connection, number, key, dueMs: envelope.dueMs, copies };
    } catch {
      return 'absent';
    }
  }

  /** Deletes what was read of the job: of `revoked`, where a copy told its key in time, else of whatever the handle's id names. */
  async #deleteAll(
    revoked: string | undefined,
    reads: readonly Promise<FoundCopy | 'absent' | 'unknown'>[],
  ): Promise<void> {
    let gone = 0;
    let seen: FoundCopy | undefined;
    await Promise.all(
      reads.map(async (read) => {
        const found = await read;
        if (typeof found !== 'object' || found.key !== (revoked ?? found.key)) return;
        seen = found;
        if (await deleted(found)) gone++;
      }),
    );
    if (seen === undefined) return;
    const { key, copies, dueMs } = seen;
    try {
      if (revoked === undefined) await this.store.revoke(this.tube.name, { key, copies, dueMs });
      await this.store.account(this.tube.name, [{ key, copies, gone }]);
    } catch {
      // The tombstone stands; unaccounted copies only make it stay longer.
    }
  }

  #within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const timer = this.clock.after(ms, () => resolve(undefined));
      promise.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

async function allAbsent(reads: readonly Promise<FoundCopy | 'absent' | 'unknown'>[]): Promise<boolean> {
  return (await Promise.all(reads)).every((read) => read === 'absent');
}

async function firstFound(reads: readonly Promise<FoundCopy | 'absent' | 'unknown'>[]): Promise<FoundCopy | undefined> {
  const found = reads.map(async (read) => {
    const copy = await read;
    if (typeof copy !== 'object') throw new Error('not found');
    return copy;
  });
  try {
    return await Promise.any(found);
  } catch {
    return undefined;
  }
}

function deleted({ connection, number }: FoundCopy): Promise<boolean> {
  return new Promise((resolve) => {
    connection.delete(number, (reply) => resolve(reply.kind === 'DELETED'));
  });
}
