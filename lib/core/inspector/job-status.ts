import { afterReading, type Clock } from '../base/clock.js';
import { nativeClaimKey } from '../claims/claim-key.js';
import { type ClaimState, type ClaimStore, type JobRecord, unknownClaim } from '../claims/claim-store.js';
import type { Cluster } from '../cluster/cluster.js';
import { DqConnectionError } from '../errors/connection.errors.js';
import type { TubeSettings } from '../options/resolved-options.js';
import type { Handle } from '../wire/handle.js';
import { checkJobId } from '../wire/job-id.js';
import { CopySearch, type FoundCopy } from './copy-search.js';
import { declaredHandle } from './declared-handle.js';

/** How many copies of a job a look at its nodes has shown. */
export interface DqCopiesSeen {
  readonly found: number;
  /** How many copies the job was written with; 0 when no copy says so. */
  readonly asked: number;
  /** How many are on nodes that did not answer. */
  readonly unknown: number;
}

/** What became of a job, as far as anybody remembers it. */
export type DqJobStatus =
  /** It waits for its first attempt. `copies` only where a handle names them. */
  | { readonly state: 'scheduled'; readonly dueAt: Date; readonly copies?: DqCopiesSeen }
  /** A call with this id is writing it right now, or died while it did. */
  | { readonly state: 'pending'; readonly dueAt: Date }
  /** A handler has it. When `leaseEnds` passes without a renewal, its consumer has died, and another one takes it over. */
  | { readonly state: 'running'; readonly attempt: number; readonly leaseEnds: Date }
  /** It runs again at `nextAt`: it failed, was put off or given back. `attempt`: how many attempts count so far. */
  | { readonly state: 'retrying'; readonly attempt: number; readonly nextAt: Date }
  /** `attempt`: the one that ended it; undefined when only its id is still remembered. */
  | { readonly state: 'done'; readonly attempt: number | undefined }
  | { readonly state: 'dead'; readonly attempts: number; readonly reason: string }
  | { readonly state: 'revoked' }
  /** A Go consumer of dq has taken it. */
  | { readonly state: 'foreign' }
  /** No claim knows it: it ended longer ago than that is kept, or never existed; or, of an id alone, it waits for its first attempt. */
  | { readonly state: 'unknown' };

/** How long a look waits for further nodes once one has shown a copy. */
const PATIENCE_MS = 250;
const MD5 = /^[0-9a-f]{32}$/;

/** What a look is given. */
export interface StatusParts {
  readonly tubes: ReadonlyMap<string, TubeSettings>;
  readonly cluster: Cluster;
  readonly store: ClaimStore;
  readonly clock: Clock;
}

/** @throws DqHandleError, DqClaimStoreError, DqConnectionError */
export function lookAtHandle(handle: string, { tubes, cluster, store, clock }: StatusParts): Promise<DqJobStatus> {
  const { parsed, tube } = declaredHandle(handle, tubes, cluster);
  return new StatusLook(tube, store, cluster, clock).ofHandle(parsed);
}

/** @throws DqJobIdError, DqClaimStoreError */
export function lookAtId(id: string, tube: TubeSettings, { cluster, store, clock }: StatusParts): Promise<DqJobStatus> {
  return new StatusLook(tube, store, cluster, clock).ofId(checkJobId(id));
}

/** Asks the claim store, and, where it knows no claim, the nodes that a handle names. Changes nothing. */
class StatusLook {
  readonly #tube: TubeSettings;
  readonly #store: ClaimStore;
  readonly #cluster: Cluster;
  readonly #clock: Clock;

  constructor(tube: TubeSettings, store: ClaimStore, cluster: Cluster, clock: Clock) {
    this.#tube = tube;
    this.#store = store;
    this.#cluster = cluster;
    this.#clock = clock;
  }

  async ofId(id: string): Promise<DqJobStatus> {
    const { claim, admission } = await this.#describe(id);
    const said = ofClaim(claim);
    if (said !== undefined) return said;
    if (admission === undefined) return { state: 'unknown' };
    return { state: admission.state, dueAt: new Date(admission.dueMs) };
  }

  /** @throws DqConnectionError when no node that might have shown the job answers */
  async ofHandle(handle: Handle): Promise<DqJobStatus> {
    const { id } = handle;
    const { claim } = id === undefined ? NOTHING : await this.#describe(id);
    const said = ofClaim(claim);
    if (said !== undefined) return said;
    const search = new CopySearch(handle, this.#tube, this.#cluster);
    const copy = id === undefined ? await search.agreed() : await search.first();
    if (copy === 'absent') return { state: 'unknown' };
    if (copy !== undefined) return this.#ofCopy(copy, search, handle);
    const isGone = await search.allAbsent();
    search.refuseCutOff();
    if (isGone) return { state: 'unknown' };
    throw new DqConnectionError(
      'Expected a node to show this job, or all of its nodes to say that they do not have it, but not all of them answered. Try again.',
    );
  }

  async #ofCopy(copy: FoundCopy, search: CopySearch, { copies }: Handle): Promise<DqJobStatus> {
    // Its claim may have another key than its id lets one guess, and it may have been started meanwhile.
    const said = ofClaim((await this.#store.describe(this.#tube.name, copy.key)).claim);
    if (said !== undefined) return said;
    let found = 0;
    let absent = 0;
    const counted = search.each(async (one) => {
      if (one.key === copy.key) found++;
    });
    const rest = search.all().then((all) => void (absent = all.filter((read) => read === 'absent').length));
    await this.#within(PATIENCE_MS, Promise.all([counted, rest]));
    const seen = {
      found: Math.max(1, found),
      asked: copy.copies,
      unknown: copies.length - Math.max(1, found) - absent,
    };
    return { state: 'scheduled', dueAt: new Date(copy.dueMs), copies: seen };
  }

  /** What looks like an md5 may be that of a plain body. */
  async #describe(id: string): Promise<JobRecord> {
    const { name, format } = this.#tube;
    const native = await this.#store.describe(name, nativeClaimKey(name, id));
    if (format === 'native' || !MD5.test(id) || ofClaim(native.claim) !== undefined) return native;
    return this.#store.describe(name, id);
  }

  #within(ms: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const timer = afterReading(this.#clock, ms, resolve);
      void work.finally(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

const NOTHING: JobRecord = { claim: { kind: 'none' } };

/** Undefined where there is no claim. @throws DqClaimStoreError for one of a later release */
function ofClaim(claim: ClaimState): DqJobStatus | undefined {
  switch (claim.kind) {
    case 'none':
      return undefined;
    case 'unknown':
      throw unknownClaim('Nothing was changed. Ask a process of that release.');
    case 'running':
      return { state: 'running', attempt: claim.attempt, leaseEnds: new Date(claim.leaseEndMs) };
    case 'pending':
      return { state: 'pending', dueAt: new Date(claim.dueMs) };
    case 'waiting':
      if (claim.movedMs !== undefined) return { state: 'scheduled', dueAt: new Date(claim.movedMs) };
      return { state: 'retrying', attempt: claim.attempt, nextAt: new Date(claim.notBeforeMs) };
    case 'done':
      return { state: 'done', attempt: claim.attempt };
    case 'dead':
      return { state: 'dead', attempts: claim.attempts, reason: claim.reason };
    default:
      return { state: claim.kind };
  }
}
