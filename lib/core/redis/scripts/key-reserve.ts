import { KEYED } from './key-slot.js';

/**
 * KEYS: the slot, the claim of the new job, then the claim of the one that stands where it is known. ARGV: as of all; then the new job's id,
 * due ms, policy (`r` replace, `p` postpone, `k` keep, `m` move), hash, and the most ms from the first call to the due time, or ''. Returns 'reserved',
 * the due time, the first call's, and the call's order; or 'postponed' or 'kept' and the job that stands. Who waits for a further attempt
 * counts as due then: its copies come up no sooner. An equal of what stands is a word on the key like what replaces it. Asked again, it says
 * the same; what comes after its own commit changes nothing. What should have begun long since may have no copies any more: its equal is written.
 */
export const KEY_RESERVE = `${KEYED}
local id, due, policy, hash, most = ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7], tonumber(ARGV[8])
local lacks = lacking({ s.id ~= '' and s.id or id })
if lacks then return lacks end
local value = call('GET', KEYS[2])
if value or s.id == id then
  local order, first, mine = match(value or '', '^dq1:B:(%d+):%l:(%d+):(%d+):')
  if not order then return { 'reserved', due, now, s.word } end
  return { 'reserved', tonumber(mine), tonumber(first), tonumber(order) }
end
local c = stands()
local first = c and not c.runs and s.first or now
if most then due = math.min(due, first + most) end
if c and policy == 'k' and not c.cancelled then return told('kept', c) end
local equal = policy == 'r' and hash == s.hash and c and not overdue(c)
if c and not c.runs and (policy == 'p' or (equal and due >= c.from)) then
  local speaks = equal and followed()
  if speaks then s.word = next_order() end
  if due > c.from then
    move(c, due)
    return told('postponed', c)
  end
  if speaks then keep_slot(slot, s, 0) end
  return told('kept', c)
end
local order = next_order()
s.open = s.open + 1
local written = table.concat({ 'dq1:B', whole(order), policy, whole(first), whole(due), hash }, ':')
call('SET', KEYS[2], written, 'PX', whole(for_ms(due)))
keep_slot(slot, s, for_ms(due))
return { 'reserved', due, first, order }
`;
