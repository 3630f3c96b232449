import { branded } from '../core/base/brand.js';
import { DqError } from '../core/errors/dq.error.js';

/** A handler that time waits for did not end within the patience. Time stopped where it was. */
export class DqStillRunningError extends DqError {
  readonly code = 'DQ_STILL_RUNNING';
}

/** More runs than the limit: most likely a job that schedules itself for ever. */
export class DqEndlessError extends DqError {
  readonly code = 'DQ_ENDLESS';
}

/** A moment that virtual time cannot go to: it is none, or it has passed. */
export class DqTestTimeError extends DqError {
  readonly code = 'DQ_TEST_TIME';
}

/** Time was moved while it was being moved. */
export class DqTestBusyError extends DqError {
  readonly code = 'DQ_TEST_BUSY';
}

/** Jobs were to be run in a module that was not initialized, so that its handlers are not known yet. */
export class DqNotInitializedError extends DqError {
  readonly code = 'DQ_NOT_INITIALIZED';
}

/** The global `Date` was to tell two virtual times at once. */
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
