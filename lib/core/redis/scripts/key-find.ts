import { KEYED } from './key-slot.js';

/** KEYS: the slot, then the claim of the job that stands where it is known. ARGV: as of all. Returns 'found' and that job, or 'none'. */
export const KEY_FIND = `${KEYED}
local lacks = lacking({ s.id ~= '' and s.id or nil })
if lacks then return lacks end
local c = stands()
return told(c and 'found' or 'none', c)
`;
