import { branded } from '../base/brand.js';
import { DqError } from './dq.error.js';

/** The module options do not fit together, or one has the wrong type or range. Thrown before any socket opens. */
export class DqOptionsError extends DqError {
  readonly code = 'DQ_OPTIONS';
}

/** A beanstalkd endpoint is not `host:port`, or is named twice. */
export class DqEndpointError extends DqError {
  readonly code = 'DQ_ENDPOINT';
}

/** A tube name that beanstalkd or the handle's form cannot carry. */
export class DqTubeNameError extends DqError {
  readonly code = 'DQ_TUBE_NAME';
}

/** A delay that is not a number of milliseconds from 0 up to 4,294,967,295 s, nor a duration such as `'90s'`. */
export class DqDelayError extends DqError {
  readonly code = 'DQ_DELAY';
}

/** A due time that is neither a valid `Date` nor epoch milliseconds; also a number in 1970, which was probably meant as seconds. */
export class DqDateError extends DqError {
  readonly code = 'DQ_DATE';
}

/** `at()` was asked for a moment that has passed. */
export class DqPastTimeError extends DqError {
  readonly code = 'DQ_PAST_TIME';
}

/** A recurring schedule that nobody can keep: its pattern, its zone, its name, or options that do not fit together. Nothing was written. */
export class DqScheduleError extends DqError {
  readonly code = 'DQ_SCHEDULE';
}

/** A layer called `next()` twice, or did not return the handle that it gave. */
export class DqLayerError extends DqError {
  readonly code = 'DQ_LAYER';
}

/** A caller's own job id with characters or a length that a handle or a key cannot carry. */
export class DqJobIdError extends DqError {
  readonly code = 'DQ_JOB_ID';
}

/** A caller's own key that is empty, too long, or has control characters; or a key on a plain tube. */
export class DqKeyError extends DqError {
  readonly code = 'DQ_KEY';
}

/** A priority other than `'high'`, `'normal'` and `'low'`. */
export class DqPriorityError extends DqError {
  readonly code = 'DQ_PRIORITY';
}

/** A payload that the tube's codec cannot carry. */
export class DqPayloadError extends DqError {
  readonly code = 'DQ_PAYLOAD';
}

/** A body over the limit (`maxBodyBytes`); the nodes would refuse it. */
export class DqBodyTooLargeError extends DqError {
  readonly code = 'DQ_BODY_TOO_LARGE';
}

/** A string that is not a handle of this package or of dq, or not one of these nodes and tubes. */
export class DqHandleError extends DqError {
  readonly code = 'DQ_HANDLE';
}

/** A handler that cannot be started: its tube is undeclared, taken, or missing. */
export class DqHandlerError extends DqError {
  readonly code = 'DQ_HANDLER';
}

/** A body on a node that is not a job of this package or of dq. The copy is buried, not deleted. */
export class DqBodyError extends DqError {
  readonly code = 'DQ_BODY';
}

/** The state of the job that has a caller's own id already, in the words of `status`. `pending`: another call is writing it right now. */
export type DqKnownJobState = 'pending' | 'scheduled' | 'running' | 'retrying' | 'done' | 'dead' | 'revoked';

/** What each state means to a caller who wanted a new job, and what there is to do. */
const WHAT_NOW: Readonly<Record<DqKnownJobState, string>> = {
  pending: 'Another call is writing it; try again in 10 s to know.',
  scheduled:
    'It will run; nothing is left to do. To change it, revoke it by its handle, and schedule it under another id.',
  running: 'A handler has it now; nothing is left to do. To have it run once more, take another id.',
  retrying:
    'It will run again; nothing is left to do. To change it, revoke it by its handle, and schedule it under another id.',
  done: 'It is over. To have it run once more, take another id.',
  dead: 'It was given up, and does not run by itself. Let its dead letter run again with DqInspector.retry, or take another id.',
  revoked: 'It was taken back, and does not run. To schedule it after all, take another id.',
};

/** A job with this id of the caller's own exists, or existed within the retention. This call scheduled nothing. */
export class DqDuplicateIdError extends DqError {
  readonly code = 'DQ_DUPLICATE_ID';

  constructor(
    readonly id: string,
    readonly state: DqKnownJobState,
    readonly dueAt: Date,
  ) {
    super(
      `Expected a new id, got "${id}", which names a job due at ${dueAt.toISOString()} that is ${state}. ${WHAT_NOW[state]}`,
    );
  }
}

/** The state of the job that stands under a key. */
export type DqKeyState = 'scheduled' | 'retrying' | 'running';

const STANDS: Readonly<Record<DqKeyState, string>> = {
  scheduled: 'waits',
  retrying: 'waits for another attempt',
  running: 'runs now',
};

/** A job stands under the key, and `onConflict: 'error'` was asked for. This call scheduled nothing. */
export class DqKeyTakenError extends DqError {
  readonly code = 'DQ_KEY_TAKEN';

  constructor(
    readonly key: string,
    readonly state: DqKeyState,
    readonly dueAt: Date,
    /** Of the job that stands. */
    readonly handle: string,
  ) {
    super(
      `Expected that nothing stands under the key ${JSON.stringify(key)}, but a job due at ${dueAt.toISOString()} ${STANDS[state]}. ` +
        "Cancel it first, or schedule with another onConflict: 'replace', 'keep' or 'postpone'.",
    );
  }
}

/** The producer or module is closed. */
export class DqClosedError extends DqError {
  readonly code = 'DQ_CLOSED';
}

/** The source given to `delayMany` or `atMany` threw, or `onResult` did. `report` has what was taken from the source before. */
export class DqSourceError<Report = unknown> extends DqError {
  readonly code = 'DQ_SOURCE';

  constructor(
    message: string,
    readonly report: Report,
    options: { readonly cause: unknown },
  ) {
    super(message, options);
  }
}

branded({
  DqOptionsError,
  DqEndpointError,
  DqTubeNameError,
  DqDelayError,
  DqDateError,
  DqPastTimeError,
  DqJobIdError,
  DqKeyError,
  DqPriorityError,
  DqPayloadError,
  DqBodyTooLargeError,
  DqHandleError,
  DqHandlerError,
  DqBodyError,
  DqDuplicateIdError,
  DqKeyTakenError,
  DqClosedError,
  DqSourceError,
  DqLayerError,
  DqScheduleError,
});
