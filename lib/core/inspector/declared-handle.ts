import type { Clock } from '../base/clock.js';
import { nativeClaimKey } from '../claims/claim-key.js';
import type { ClaimStore } from '../claims/claim-store.js';
import type { Cluster } from '../cluster/cluster.js';
import { DqHandleError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { type Handle, parseHandle } from '../wire/handle.js';

/** Where a job is looked for. */
export interface LookParts {
  readonly tubes: ReadonlyMap<string, TubeSettings>;
  readonly cluster: Cluster;
  readonly store: ClaimStore;
  readonly clock: Clock;
}

const MD5 = /^[0-9a-f]{32}$/;

/**
 * The keys that the claim of a job with this id may have: for a caller's own id that of its admission, which leads to the claim. What looks
 * like an md5 may be that of a plain body.
 */
export function claimKeysOf(tube: string, id: string): readonly [native: string, ...plain: string[]] {
  const key = nativeClaimKey(tube, id);
  return MD5.test(id) ? [key, id] : [key];
}

/** A handle of one of these tubes on these nodes, and the tube. @throws DqHandleError */
export function declaredHandle(
  handle: string,
  { tubes, cluster }: Pick<LookParts, 'tubes' | 'cluster'>,
): { readonly parsed: Handle; readonly tube: TubeSettings } {
  const parsed = parseHandle(
    handle,
    cluster.nodes.map(({ endpoint }) => endpoint),
  );
  const tube = tubes.get(parsed.tube);
  if (tube === undefined) {
    throw new DqHandleError(`Expected a handle of a declared tube, got one of ${shown(parsed.tube)}. Add it to tubes.`);
  }
  if (parsed.id === undefined && tube.format === 'native') {
    throw new DqHandleError(
      `Expected a handle that ends in the id of its job, since tube "${tube.name}" is native, got one without. Was its end cut off? ` +
        "For handles of Go's dq declare the tube with format: 'plain'.",
    );
  }
  return { parsed, tube };
}
