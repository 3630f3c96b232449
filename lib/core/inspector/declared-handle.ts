import type { Cluster } from '../cluster/cluster.js';
import { DqHandleError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import type { TubeSettings } from '../options/resolved-options.js';
import { type Handle, parseHandle } from '../wire/handle.js';

/** A handle of one of these tubes on these nodes, and the tube. @throws DqHandleError */
export function declaredHandle(
  handle: string,
  tubes: ReadonlyMap<string, TubeSettings>,
  cluster: Cluster,
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
