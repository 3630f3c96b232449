/** An expiry with its time in milliseconds. */
export interface Expiry {
  readonly afterMs: number;
  readonly action: 'run' | 'skip' | 'bury';
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

/** What may become of a job that is too late. */
export function isFate(value: unknown): value is Expiry['action'] {
  return value === 'run' || value === 'skip' || value === 'bury';
}
