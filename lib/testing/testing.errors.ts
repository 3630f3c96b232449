import { branded } from '../core/base/brand.js';
import { DqError } from '../core/errors/dq.error.js';

/** A handler did not end within the patience, and virtual time waits for it. Time stopped where it was. */
export class DqStillRunningError extends DqError {
  readonly code = 'DQ_STILL_RUNNING';
}

/** There were more runs than the limit: most likely a job schedules itself without end. */
export class DqEndlessError extends DqError {
  readonly code = 'DQ_ENDLESS';
}

/** A moment that virtual time cannot go to: it has passed, or is no moment at all. */
export class DqTestTimeError extends DqError {
  readonly code = 'DQ_TEST_TIME';
}

/** Time was moved while it was being moved. */
export class DqTestBusyError extends DqError {
  readonly code = 'DQ_TEST_BUSY';
}

/** Jobs were to run in a module that was not initialized, so that its handlers are not known yet. */
export class DqNotInitializedError extends DqError {
  readonly code = 'DQ_NOT_INITIALIZED';
}

/** The global `Date` was to follow two virtual times at once. */
export class DqDateTakenError extends DqError {
  readonly code = 'DQ_DATE_TAKEN';
}

branded({
  DqStillRunningError,
  DqEndlessError,
  DqTestTimeError,
  DqTestBusyError,
  DqNotInitializedError,
  DqDateTakenError,
});
