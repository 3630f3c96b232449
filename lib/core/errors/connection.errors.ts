import { branded } from '../base/brand.js';
import { DqError } from './dq.error.js';

/** The connection to a node could not be opened, or died. The outcome of what was pending on it is unknown. */
export class DqConnectionError extends DqError {
  readonly code = 'DQ_CONNECTION';
}

/** A node or Redis did not answer in time. The connection is closed. */
export class DqDeadlineError extends DqError {
  readonly code = 'DQ_DEADLINE';
}

/** A node sent something that the protocol does not allow here. The connection is closed. */
export class DqProtocolError extends DqError {
  readonly code = 'DQ_PROTOCOL';
}

/** Redis could not answer. It is unknown whether the change was made. */
export class DqClaimStoreError extends DqError {
  readonly code = 'DQ_CLAIM_STORE';
}

branded({ DqConnectionError, DqDeadlineError, DqProtocolError, DqClaimStoreError });
