import { DqHandlerError, DqOptionsError } from '../errors/argument.errors.js';
import { nearestName } from '../errors/nearest-name.js';
import { listed, shown } from '../errors/shown.js';
import { checkTubeName, PROBE_TUBE } from '../wire/tube-name.js';
import type { DqTubeOptions } from './dq-options.js';
import type { TubeSettings } from './resolved-options.js';

/** A tube as it is declared. */
export type Tube = string | DqTubeOptions;

/**
 * What a producer without a tube's name writes to. Not `default`: every client of beanstalkd watches that one until it is told not to.
 * Consumers of Go's dq always do, delete what they find there, and throw it away.
 */
export const DEFAULT_TUBE = 'dq-default';

/**
 * The settings of a declared tube; `where` says who names it.
 * @throws DqHandlerError; DqTubeNameError for a name that no tube may have
 */
export function declaredTube(tubes: ReadonlyMap<string, TubeSettings>, tube: unknown, where: string): TubeSettings {
  const settings = tubes.get(tube as string);
  if (settings !== undefined) return settings;
  const expected = `Expected ${where} to name a declared tube`;
  if (typeof tube !== 'string') {
    throw new DqHandlerError(`${expected}, got ${shown(tube)}. ${declared(tubes)}`);
  }
  if (tube === PROBE_TUBE) checkTubeName(tube);
  // What was called so before.
  const nearest = tube === 'default' && tubes.has(DEFAULT_TUBE) ? DEFAULT_TUBE : nearestName(tube, tubes.keys());
  const advice = nearest === undefined ? declared(tubes) : `Did you mean "${nearest}"?`;
  throw new DqHandlerError(
    `${expected}, got "${tube}". ${advice} Add it to tubes, or declare it with DqModule.forFeature, if it is a new one.`,
  );
}

function declared(tubes: ReadonlyMap<string, TubeSettings>): string {
  return `Declared: ${listed([...tubes.keys()].map((name) => `"${name}"`))}.`;
}

/** Undefined for what is no tube, which only an untyped caller can give. */
export function nameOf(tube: Tube): string {
  return typeof tube === 'string' ? tube : ((tube as DqTubeOptions | null | undefined)?.name as string);
}

/** True when more than its name is said; what is undefined is none. A name alone may be declared anywhere and often, options in one place. */
export function hasOptions(tube: Tube): boolean {
  return typeof tube !== 'string' && Object.values(tube ?? {}).filter((value) => value !== undefined).length > 1;
}

export function declaredTwice(tube: string): DqOptionsError {
  return new DqOptionsError(
    `Expected the options of tube "${tube}" in one place, got them twice. Elsewhere, give its name alone.`,
  );
}
