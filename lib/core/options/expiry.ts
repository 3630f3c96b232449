import { type Expiry, FATES } from '../wire/expiry.js';
import type { DqExpires } from './dq-options.js';
import { duration, knownKeys, oneOf } from './option-checks.js';
import { EXPIRES_OPTIONS } from './option-names.js';

/** Checks an `expires` option; `where` names it in the error. */
export function resolveExpiry(expires: DqExpires | undefined, where: string): Expiry | undefined {
  if (expires === undefined) return undefined;
  knownKeys(expires, where, EXPIRES_OPTIONS);
  const action = oneOf(expires.action, `action in ${where}`, ...FATES);
  return { afterMs: duration(expires.after, `after in ${where}`, 1), action };
}
