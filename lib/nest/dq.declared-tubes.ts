import type { ModulesContainer } from '@nestjs/core';
import { DqOptionsError } from '../core/errors/argument.errors.js';
import type { DqTubeOptions } from '../core/options/dq-options.js';
import { DQ_FEATURE_TUBES } from './dq.tokens.js';

export type Tube = string | DqTubeOptions;
export type TubeList = readonly Tube[];

export function nameOf(tube: Tube): string {
  return typeof tube === 'string' ? tube : tube.name;
}

/** False for what only an untyped caller can give. */
export function isNamed(tube: unknown): tube is Tube {
  return typeof tube === 'string' || (isObject(tube) && typeof (tube as Partial<DqTubeOptions>).name === 'string');
}

/** The lists that feature modules gave, of all that the application consists of when it starts. */
export function featureTubes(modules: ModulesContainer): TubeList[] {
  return [...modules.values()].flatMap(({ providers }) => {
    const tubes: unknown = providers.get(DQ_FEATURE_TUBES)?.instance;
    return tubes === undefined ? [] : [tubes as TubeList];
  });
}

/**
 * One list of all declared tubes, in whatever order modules came: a name alone may be declared anywhere and often, options of
 * a tube in one place. What is no tube stays in, to be refused with the other options.
 * @throws DqOptionsError
 */
export function mergeTubes(lists: readonly TubeList[]): TubeList {
  const wrong = lists.find((list) => !Array.isArray(list));
  if (wrong !== undefined) return wrong;
  const merged = new Map<unknown, Tube>();
  for (const tube of lists.flat()) {
    const key = isNamed(tube) ? nameOf(tube) : tube;
    const known = merged.get(key);
    if (known !== undefined && known !== tube && hasOptions(known) && hasOptions(tube)) {
      throw new DqOptionsError(
        `Expected the options of tube "${nameOf(tube)}" in one place, got them twice. Elsewhere, give its name alone.`,
      );
    }
    if (known === undefined || hasOptions(tube)) merged.set(key, tube);
  }
  return [...merged.values()];
}

/** What is undefined is none. */
function hasOptions(tube: Tube): boolean {
  return isObject(tube) && Object.values(tube).filter((value) => value !== undefined).length > 1;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
