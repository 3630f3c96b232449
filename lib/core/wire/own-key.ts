import { DqKeyError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';

/** UTF-16 units, as `length` counts. */
const LONGEST_KEY = 200;
/** Also half of a pair: in UTF-8, as Redis has it, two such keys would be one. */
const UNFIT = /[\p{Cc}\p{Cs}]/u;

/** Returns the caller's own key, or throws {@link DqKeyError}. */
export function checkOwnKey(key: unknown): string {
  if (isOwnKey(key)) return key;
  throw new DqKeyError(
    `Expected a key of 1 to ${LONGEST_KEY} characters without control characters, got ${shown(key)}. ${adviceOn(key)}`,
  );
}

function adviceOn(key: unknown): string {
  if (typeof key !== 'string') {
    return Number.isSafeInteger(key) || typeof key === 'bigint' ? `Give String(${key as number}).` : 'Give a string.';
  }
  if (key === '') return 'Leave it out where there is none.';
  return key.length > LONGEST_KEY ? 'Take a hash of it.' : 'Leave these characters out.';
}

/** True for what {@link checkOwnKey} lets pass; keys read from a node are checked by the same rule. */
export function isOwnKey(key: unknown): key is string {
  return typeof key === 'string' && key.length >= 1 && key.length <= LONGEST_KEY && !UNFIT.test(key);
}
