import { branded } from '../base/brand.js';

/** The stable names of what can go wrong; `error.code` is one of these. */
export type DqErrorCode =
  | 'DQ_OPTIONS'
  | 'DQ_ENDPOINT'
  | 'DQ_TUBE_NAME'
  | 'DQ_DELAY'
  | 'DQ_DATE'
  | 'DQ_PAST_TIME'
  | 'DQ_JOB_ID'
  | 'DQ_KEY'
  | 'DQ_PRIORITY'
  | 'DQ_PAYLOAD'
  | 'DQ_BODY_TOO_LARGE'
  | 'DQ_HANDLE'
  | 'DQ_HANDLER'
  | 'DQ_LAYER'
  | 'DQ_SCHEDULE'
  | 'DQ_BODY'
  | 'DQ_CLOSED'
  | 'DQ_CONNECTION'
  | 'DQ_DEADLINE'
  | 'DQ_PROTOCOL'
  | 'DQ_QUORUM'
  | 'DQ_CLAIM_STORE'
  | 'DQ_LEASE_LOST'
  | 'DQ_TIMEOUT'
  | 'DQ_SHUTDOWN'
  | 'DQ_DUPLICATE_ID'
  | 'DQ_KEY_TAKEN'
  | 'DQ_SOURCE'
  | 'DQ_FILE'
  | 'DQ_FILE_IN_USE'
  | 'DQ_FILE_DAMAGED'
  | 'DQ_STILL_RUNNING'
  | 'DQ_ENDLESS'
  | 'DQ_TEST_TIME'
  | 'DQ_TEST_BUSY'
  | 'DQ_NOT_INITIALIZED'
  | 'DQ_DATE_TAKEN';

/** Every error this package throws on purpose. Texts say what was expected, what came, and what to do. */
export abstract class DqError extends Error {
  abstract readonly code: DqErrorCode;

  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
  }
}

branded({ DqError });
