import { branded } from '../base/brand.js';
import { DqError } from './dq.error.js';

/** The disk did not take what the file of an embedded queue should keep. `cause` is the operating system's error. */
export class DqFileError extends DqError {
  readonly code = 'DQ_FILE';
}

/** Another process, or another application of this one, has the file of this embedded queue open. */
export class DqFileInUseError extends DqError {
  readonly code = 'DQ_FILE_IN_USE';
}

/** The file of an embedded queue is damaged, or is another kind of file. It was left as it is. */
export class DqFileDamagedError extends DqError {
  readonly code = 'DQ_FILE_DAMAGED';
}

branded({ DqFileError, DqFileInUseError, DqFileDamagedError });
