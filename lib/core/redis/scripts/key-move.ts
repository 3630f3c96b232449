import { KEYED } from './key-slot.js';

/**
 * KEYS: the slot, then the claim of the job that stands where it is known. ARGV: as of all; then due ms. Returns 'moved', or 'earlier' where it
 * would have to come up sooner than its copies do, or may have none, and the job that stands; 'running'; or 'none'.
 */
export const KEY_MOVE = `${KEYED}
local due = tonumber(ARGV[4])
local lacks = lacking({ s.id ~= '' and s.id or nil })
if lacks then return lacks end
local c = stands()
if not c then return { 'none' } end
if c.runs then return { 'running' } end
if due < c.from or (overdue(c) and not c.value) then return told('earlier', c) end
if due > s.due then move(c, due) end
return told('moved', c)
`;
