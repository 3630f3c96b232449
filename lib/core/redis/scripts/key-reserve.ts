import { KEYED } from './key-slot.js';

/**
 * KEYS: the slot, the claim of the new job, then the claim of the one that stands where it is known. ARGV: as of all; then the new job's id,
 * due ms, policy (`r` replace, `p` postpone, `k` keep), hash, and the most ms from the first call to the due time, or ''. Returns 'reserved',
 * the due time, the first call's, and the call's order; or 'postponed' or 'kept' and the job that stands. A wait for a further attempt counts
 * as its due time: its copies come up no sooner.
 */
export const KEY_RESERVE = `${KEYED}
local id, due, policy, hash, most = ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7], tonumber(ARGV[8])
local lacks = lacking({ s.id ~= '' and s.id or id })
if lacks then return lacks end
local c = stands()
if c and policy == 'k' then return told('kept', c) end
local first = now
if c and not c.runs then
  first = s.first
  if most then due = math.min(due, first + most) end
  if policy == 'p' or hash == s.hash then
    if due > c.from then
      move(c, due)
      return told('postponed', c)
    end
    if policy == 'p' or due == c.from then return told('kept', c) end
  end
elseif most then due = math.min(due, first + most) end
local value = call('GET', KEYS[2])
local again = value and state_of(value) == 'B'
local order = next_order()
if not again then s.open = s.open + 1 end
local written = table.concat({ 'dq1:B', whole(order), policy, whole(first), whole(due), hash }, ':')
call('SET', KEYS[2], written, 'PX', whole(for_ms(due)))
keep_slot(slot, s, for_ms(due))
return { 'reserved', due, first, order }
`;
