/** What may become of a job that is too late. */
export const FATES = ['run', 'skip', 'bury'] as const;

/** An expiry with its time in milliseconds. */
export interface Expiry {
  readonly afterMs: number;
  readonly action: (typeof FATES)[number];
}

/** True for an expiry as a job's header carries it. */
export function isExpiry(value: unknown): value is Expiry {
  const candidate = value as Partial<Expiry> | null;
  return (
    typeof value === 'object' &&
    Number.isSafeInteger(candidate?.afterMs) &&
    Number(candidate?.afterMs) > 0 &&
    FATES.some((fate) => fate === candidate?.action)
  );
}
