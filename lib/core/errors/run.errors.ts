import { branded } from '../base/brand.js';
import { DqError } from './dq.error.js';

/** The reason in a run's `signal`: another consumer may have the job now, and this run's result will be refused. */
export class DqLeaseLostError extends DqError {
  readonly code = 'DQ_LEASE_LOST';
}

/** The reason in a run's `signal`: the handler's `timeout` is over and the attempt counts as failed. */
export class DqTimeoutError extends DqError {
  readonly code = 'DQ_TIMEOUT';
}

/** The reason in a run's `signal`: the application is closing and the shutdown deadline is over. */
export class DqShutdownError extends DqError {
  readonly code = 'DQ_SHUTDOWN';
}

branded({ DqLeaseLostError, DqTimeoutError, DqShutdownError });
