import type { Clock } from '../base/clock.js';
import { type ClaimState, type ClaimStore, type JobRecord, unknownClaim } from '../claims/claim-store.js';
import { DqConnectionError } from '../errors/connection.errors.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { checkJobId } from '../wire/job-id.js';
import { CopySearch, type FoundCopy } from './copy-search.js';
import { claimKeysOf, declaredHandle, type LookParts } from './declared-handle.js';
import { inTime } from '../base/in-time.js';

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

/**
 * Asks the claim store, and, where it knows no claim, the nodes that the handle names. Changes nothing.
 * @throws DqHandleError; DqClaimStoreError; DqConnectionError when no node that might have shown the job answers
 */
export async function lookAtHandle(handle: string, parts: LookParts): Promise<DqJobStatus> {
  const { parsed, tube } = declaredHandle(handle, parts);
  const { id, copies } = parsed;
  const said = id === undefined ? undefined : ofClaim((await describe(id, tube, parts.store)).claim);
  if (said !== undefined) return said;
  const search = new CopySearch(parsed, tube, parts.cluster);
  const copy = id === undefined ? await search.agreed() : await search.first();
  if (copy === 'absent') return { state: 'unknown' };
  if (copy !== undefined) {
    // Its claim may have another key than its id lets one guess, and it may have been started meanwhile.
    const started = ofClaim((await parts.store.describe(tube.name, copy.key)).claim);
    return started ?? seenOf(copy, search, copies.length, parts.clock);
  }
  const isGone = await search.allAbsent();
  search.refuseCutOff();
  if (isGone) return { state: 'unknown' };
  throw new DqConnectionError(
    'Expected a node to show this job, or all of its nodes to say that they do not have it, but not all of them answered. Try again.',
  );
}

/** @throws DqJobIdError, DqClaimStoreError */
export async function lookAtId(
  id: string,
  tube: TubeSettings,
  { store }: Pick<LookParts, 'store'>,
): Promise<DqJobStatus> {
  const { claim, admission } = await describe(checkJobId(id), tube, store);
  const said = ofClaim(claim);
  if (said !== undefined) return said;
  if (admission === undefined) return { state: 'unknown' };
  return { state: admission.state, dueAt: new Date(admission.dueMs) };
}

async function describe(id: string, { name, format }: TubeSettings, store: ClaimStore): Promise<JobRecord> {
  const [key, plain] = claimKeysOf(name, id);
  const native = await store.describe(name, key);
  if (format === 'native' || plain === undefined || ofClaim(native.claim) !== undefined) return native;
  return store.describe(name, plain);
}

/** That it waits, and how many of its copies were seen in time. */
async function seenOf(copy: FoundCopy, search: CopySearch, named: number, clock: Clock): Promise<DqJobStatus> {
  let found = 0;
  let absent = 0;
  const counting = search.reads.map(async (read) => {
    const one = await read;
    if (one === 'absent') absent++;
    else if (one !== 'unknown' && one.key === copy.key) found++;
  });
  await inTime(clock, PATIENCE_MS, Promise.all(counting), undefined);
  found = Math.max(1, found);
  const copies = { found, asked: copy.copies, unknown: named - found - absent };
  return { state: 'scheduled', dueAt: new Date(copy.dueMs), copies };
}

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
