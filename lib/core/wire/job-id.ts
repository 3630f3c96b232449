import { randomBytes } from 'node:crypto';
import { DqJobIdError } from '../errors/argument.errors.js';
import { shown } from '../errors/shown.js';

/** What ids of occurrences of schedules begin with. */
export const OCCURRENCE_SIGN = '~';
const OWN_ID = /^[A-Za-z0-9._~:@+=-]{1,128}$/;
const ID_BYTES = 16;
const POOL_IDS = 256;

let pool = Buffer.alloc(0);
let used = 0;

/** Makes ids: of jobs, of consumers, of generations. Given by constructor, so that a simulation can repeat itself. */
export type NewId = () => string;

/** A new id: 128 random bits, 22 characters. */
export function newJobId(): string {
  if (used >= pool.length) {
    pool = randomBytes(ID_BYTES * POOL_IDS);
    used = 0;
  }
  const id = pool.toString('base64url', used, used + ID_BYTES);
  used += ID_BYTES;
  return id;
}

/** Returns the caller's own id, or throws {@link DqJobIdError}. */
export function checkJobId(id: unknown): string {
  if (isJobId(id)) return id;
  throw new DqJobIdError(
    `Expected an id of 1 to 128 letters, digits or . _ ~ : @ + = -, got ${shown(id)}. ${adviceOn(id)}`,
  );
}

/** The same of an id that a caller gives to a new job: those of occurrences are made by schedules alone. */
export function checkOwnId(id: unknown): string {
  if (!checkJobId(id).startsWith(OCCURRENCE_SIGN)) return id as string;
  throw new DqJobIdError(
    `Expected an id that does not begin with ${OCCURRENCE_SIGN}, as those of recurring jobs do, got ${shown(id)}. Begin it with a letter.`,
  );
}

function adviceOn(id: unknown): string {
  if (typeof id === 'string') return 'Encode other characters, for example as base64url, or take a hash.';
  return Number.isSafeInteger(id) || typeof id === 'bigint' ? `Give String(${id as number}).` : 'Give a string.';
}

/** True for what {@link checkJobId} lets pass; ids read from a node are checked by the same rule. */
export function isJobId(id: unknown): id is string {
  return typeof id === 'string' && OWN_ID.test(id);
}
