import { branded } from '../base/brand.js';
import { DqError } from './dq.error.js';

/** The connection to a node could not be made, or died. What was pending on it has an unknown outcome. */
export class DqConnectionError extends DqError {
  readonly code = 'DQ_CONNECTION';
}

/** A node or Redis did not answer in time. The connection is thrown away. */
export class DqDeadlineError extends DqError {
  readonly code = 'DQ_DEADLINE';
}

/** A node said something that the protocol does not allow here. The connection is thrown away. */
export class DqProtocolError extends DqError {
  readonly code = 'DQ_PROTOCOL';
}

/** Redis could not answer. Whether the change was made is unknown. */
export class DqClaimStoreError extends DqError {
  readonly code = 'DQ_CLAIM_STORE';
}

branded({ DqConnectionError, DqDeadlineError, DqProtocolError, DqClaimStoreError });
