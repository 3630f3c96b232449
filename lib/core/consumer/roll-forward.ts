import { inCalls } from '../base/batch.js';
import type { ClaimStore } from '../claims/claim-store.js';
import type { KeyCommit } from '../claims/key-claims.js';
import { formatHandle } from '../wire/handle.js';

/** What is known of a job with a key that has come up. */
export interface Keyed {
  readonly slot?: string | undefined;
  readonly id: string;
  readonly dueMs: number;
  readonly copies: readonly {
    readonly lane: { readonly node: { readonly endpoint: string } };
    readonly number: number;
  }[];
}

/**
 * Of jobs that have begun, to a store that may have lost writes. Where it lost their commits it has what they replaced stand under their
 * keys, whose copies may be deleted by now. Where it has not, nothing is changed. Never rejects: what is told of them next does.
 */
export async function commitAgain(store: ClaimStore, tube: string, jobs: readonly Keyed[]): Promise<void> {
  const commits = jobs.filter(({ slot }) => slot !== undefined).map((job) => commitOf(tube, job));
  for (const call of inCalls(commits)) await store.commitKeys(tube, call).catch(() => undefined);
}

/** The commit that its producer has left out. Its handle names the copies that are here. */
export function commitOf(tube: string, { slot = '', id, dueMs, copies }: Keyed): KeyCommit {
  const here = copies.map(({ lane, number }) => ({ endpoint: lane.node.endpoint, tube, number }));
  return { slot, id, dueMs, handle: formatHandle(here, id), reserved: undefined };
}
