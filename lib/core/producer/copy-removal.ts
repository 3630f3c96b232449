import { nativeClaimKey } from '../claims/claim-key.js';
import type { ClaimStore } from '../claims/claim-store.js';
import type { Cluster } from '../cluster/cluster.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { parseHandle } from '../wire/handle.js';
import { CopySearch, type FoundCopy } from '../inspector/copy-search.js';

/** What was found of a job, and how many of its copies were deleted. */
export interface Removed {
  readonly copy: FoundCopy;
  readonly gone: number;
}

/**
 * Deletes each copy that a search finds, on the connection that read it: of the job with this claim's key, or, undefined, of whatever
 * the handle's id names. Resolves, when every node has answered, to undefined where nothing was found.
 */
export async function removeFound(search: CopySearch, key: string | undefined): Promise<Removed | undefined> {
  let gone = 0;
  let seen: FoundCopy | undefined;
  await search.each(async (copy) => {
    if (copy.key !== (key ?? copy.key)) return;
    seen = copy;
    if (await deleted(copy)) gone++;
  });
  return seen && { copy: seen, gone };
}

/** Tells the claim store of copies that are gone. Never rejects: unaccounted copies only make the claim stay longer. */
export async function accountRemoved(tube: string, { copy, gone }: Removed, store: ClaimStore): Promise<void> {
  try {
    await store.account(tube, [{ key: copy.key, copies: copy.copies, gone }]);
  } catch {
    // See above.
  }
}

/**
 * Deletes the copies of a job that never runs (again), by its handle. Never rejects: its claim keeps from running what is left of it, and is kept
 * for as long whatever was deleted, so that nothing is accounted for.
 */
export async function removeCopies(handle: string, tube: TubeSettings, cluster: Cluster): Promise<void> {
  try {
    const parsed = parseHandle(handle);
    if (parsed.id === undefined) return;
    await removeFound(new CopySearch(parsed, tube, cluster), nativeClaimKey(tube.name, parsed.id));
  } catch {
    // A handle from the claim store that is not understood.
  }
}

function deleted({ connection, number }: FoundCopy): Promise<boolean> {
  return new Promise((resolve) => {
    connection.delete(number, (reply) => resolve(reply.kind === 'DELETED'));
  });
}
