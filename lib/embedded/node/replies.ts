import type { Reply } from '../../core/cluster/node-connection.js';
import type { StoredJob } from './stored-job.js';

type Bare = Exclude<
  Reply,
  { readonly id: unknown } | { readonly stats: unknown } | { readonly names: unknown } | { readonly kind: 'LOST' }
>;
const bare = (kind: Bare['kind']): Reply => Object.freeze({ kind });

export const NOT_FOUND = bare('NOT_FOUND');
export const DELETED = bare('DELETED');
export const RELEASED = bare('RELEASED');
export const TOUCHED = bare('TOUCHED');
export const KICKED = bare('KICKED');
export const WATCHING = bare('WATCHING');
export const DRAINING = bare('DRAINING');
export const JOB_TOO_BIG = bare('JOB_TOO_BIG');
export const OUT_OF_MEMORY = bare('OUT_OF_MEMORY');
export const INTERNAL_ERROR = bare('INTERNAL_ERROR');
export const BURIED: Reply = Object.freeze({ kind: 'BURIED', id: undefined });
export const TIMED_OUT = bare('TIMED_OUT');
export const DEADLINE_SOON = bare('DEADLINE_SOON');

export function found(job: StoredJob | undefined): Reply {
  return job === undefined ? NOT_FOUND : { kind: 'FOUND', id: job.id, body: job.bytes() };
}
