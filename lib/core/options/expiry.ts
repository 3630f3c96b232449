import { DqOptionsError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';
import type { DqDuration } from './duration.js';
import { duration, knownKeys } from './option-checks.js';
import { EXPIRES_OPTIONS } from './option-names.js';

/** What happens to a job that could not be started in time. */
export interface DqExpires {
  /**
   * How long after its due time an attempt, the first or a later one, is still worth starting. A retry after a failure counts from that time
   * too, so a backoff longer than this ends the job. Once the handler has returned `DqAgain`, it counts from the moment that it asked for.
   * Minimum 1 ms.
   */
  readonly after: DqDuration;
  /** `'run'`: start it all the same. `'skip'`: it ends as done, and is reported. `'bury'`: it becomes a dead letter. */
  readonly action: 'run' | 'skip' | 'bury';
}

/** An expiry with its time in milliseconds. */
export interface Expiry {
  readonly afterMs: number;
  readonly action: DqExpires['action'];
}

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

/** True for an expiry as a job's header carries it. */
export function isExpiry(value: unknown): value is Expiry {
  const candidate = value as Partial<Expiry> | null;
  return (
    typeof value === 'object' &&
    Number.isSafeInteger(candidate?.afterMs) &&
    Number(candidate?.afterMs) > 0 &&
    isFate(candidate?.action)
  );
}

function isFate(value: unknown): value is DqExpires['action'] {
  return value === 'run' || value === 'skip' || value === 'bury';
}
