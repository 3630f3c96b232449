import { DqTubeNameError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';

/**
 * beanstalkd's own rule (`name_chars` in its prot.c: letters, digits and `-+/;.$_()`, not starting with `-`, 1 to 200
 * bytes), less `/`, which the handle uses between its fields.
 */
const TUBE = /^[A-Za-z0-9+;.$_()][A-Za-z0-9\-+;.$_()]{0,199}$/;

/** Where this package asks nodes whether they can write their log. Nobody watches it. */
export const PROBE_TUBE = 'dq-probe';

/** Returns the name, or throws {@link DqTubeNameError}. */
export function checkTubeName(name: unknown): string {
  if (name === PROBE_TUBE) {
    throw new DqTubeNameError(
      `Expected another tube name than "${PROBE_TUBE}": in that tube this package asks nodes whether their disks are full. Take any other.`,
    );
  }
  if (typeof name === 'string' && TUBE.test(name)) return name;
  throw new DqTubeNameError(
    `Expected a tube name of 1 to 200 letters, digits or -+;.$_() that does not start with "-", got ${shown(name)}. ` +
      'A "/" or "," is refused because handles use them.',
  );
}
