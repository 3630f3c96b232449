import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import { type Expiry, isFate } from '../wire/expiry.js';
import type { DqExpires } from './dq-options.js';
import { duration, knownKeys } from './option-checks.js';
import { EXPIRES_OPTIONS } from './option-names.js';

/** Checks an `expires` option; `where` names it in the error. */
export function resolveExpiry(expires: DqExpires | undefined, where: string): Expiry | undefined {
  if (expires === undefined) return undefined;
  knownKeys(expires, where, EXPIRES_OPTIONS);
  if (!isFate(expires.action)) {
    throw new DqOptionsError(
      `Expected action in ${where} to be 'run', 'skip' or 'bury', got ${shown(expires.action)}.`,
    );
  }
  return { afterMs: duration(expires.after, `after in ${where}`, 1), action: expires.action };
}
