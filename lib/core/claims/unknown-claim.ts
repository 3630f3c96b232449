import { DqClaimStoreError } from '../errors/connection.errors.js';

/** What a call rejects with when it meets a claim of a later release: only that one knows what it means. */
export function unknownClaim(
  remedy = 'The job was not revoked, and nothing was changed. Revoke it from a process of that release.',
): DqClaimStoreError {
  return new DqClaimStoreError(
    'Expected a claim that this release understands, got one that it does not, as a later release may write it. ' +
      remedy,
  );
}
