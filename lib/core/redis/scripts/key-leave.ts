import { VALUES } from './prelude.js';
import { SLOT } from './key-slot.js';

/** KEYS: a slot. ARGV: the key of the claim of a job that is over, which could not be told beside it. Returns 1. */
export const KEY_LEAVE = `${VALUES}${SLOT}
leave(KEYS[1], ARGV[1], false)
return 1
`;
