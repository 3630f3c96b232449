import { DqHandlerError } from '../core/errors/argument.errors.js';
import type { DqRuntime } from '../core/runtime.js';
import { type FoundHandler, titleOf } from './dq.explorer.js';

/**
 * The handlers that this process runs, by tube: all that were found, unless `consume` says otherwise.
 * @throws DqHandlerError when two have one tube, when a tube is not declared, and when one that `consume` lists has none
 */
export function tubeHandlers(found: readonly FoundHandler[], runtime: DqRuntime): ReadonlyMap<string, FoundHandler> {
  const byTube = new Map<string, FoundHandler>();
  for (const handler of found) {
    const other = byTube.get(handler.tube);
    if (other !== undefined) throw twoHandlers(other, handler);
    runtime.requireTube(handler.tube, `@DqHandler of ${titleOf(handler)}`);
    byTube.set(handler.tube, handler);
  }
  const { consume } = runtime.options;
  if (consume === true) return byTube;
  return new Map(
    (consume || []).map((tube) => {
      runtime.requireTube(tube, 'consume');
      const handler = byTube.get(tube);
      if (handler !== undefined) return [tube, handler];
      throw new DqHandlerError(
        `Expected a handler for tube "${tube}", which consume lists, got none. Decorate a method of a provider or controller ` +
          `with @DqHandler('${tube}'), and see that its module is imported.`,
      );
    }),
  );
}

function twoHandlers(one: FoundHandler, other: FoundHandler): DqHandlerError {
  const [first, second] = [one, other].map((handler) => `${titleOf(handler)} (in ${handler.host.name})`);
  return new DqHandlerError(
    `Expected one handler for tube "${one.tube}", got ${first} and ${second}. ${remedyFor(one, other)}`,
  );
}

function remedyFor(one: FoundHandler, other: FoundHandler): string {
  if (one.classRef === other.classRef) {
    return one.host === other.host
      ? `Provide ${one.className} once; useExisting gives it another token.`
      : `Provide ${one.className} in one module, and export it from there.`;
  }
  return one.declaring === other.declaring
    ? `Both inherit it from ${one.declaring.constructor.name}: decorate the method in one of them, or for a tube each.`
    : 'Use two tubes, or call one from the other.';
}
