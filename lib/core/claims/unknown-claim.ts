import { DqClaimStoreError } from '../errors/connection.errors.js';

/** What a revoke rejects with when it meets a claim of a later release: only that one knows whether the job may still be taken back. */
export function unknownClaim(): DqClaimStoreError {
  return new DqClaimStoreError(
    'Expected a claim that this release understands, got one that it does not, as a later release may write it. The job was not revoked, ' +
      'and nothing was changed. Revoke it from a process of that release.',
  );
}
