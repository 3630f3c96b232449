import { KEYED } from './key-slot.js';

/**
 * KEYS: the slot, then the claims of the job that stands and of those that are marked, where they are known. ARGV: as of all. Returns
 * 'cancelled' and the job that waited, where one did; 'running'; or 'none'. It is a word on the key: calls that were reserved before find it at
 * their commit. Where nothing is left to be remembered the slot goes.
 */
export const KEY_CANCEL = `${KEYED}
local ids = { s.id ~= '' and s.id or nil }
for id in string.gmatch(s.marked, '[^,]+') do ids[#ids + 1] = id end
local lacks = lacking(ids)
if lacks then return lacks end
if not s.known then return { 'none' } end
local c = stands()
local runs, calls = false, followed()
for id in string.gmatch(s.marked, '[^,]+') do
  local value = call('GET', prefix .. id)
  local state = value and state_of(value)
  if state == 'R' then runs = true
  elseif state == 'D' or state == 'X' or state == 'V' then unmark(s, id) end
end
local kind = calls and 'cancelled' or runs and 'running' or 'none'
if c then kind = c.runs and 'running' or 'cancelled' end
local answer = told(kind, c and not c.runs and c)
if c or calls then s.word = next_order() end
if c and c.runs then mark(s, s.id)
else
  if c then revoke(prefix .. s.id, c.from) end
  empty(s)
end
-- The mark is to last as long as the claim of what runs.
keep_slot(slot, s, c and c.runs and keep or 0)
return answer
`;
