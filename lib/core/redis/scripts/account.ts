import { PRELUDE } from './prelude.js';

/**
 * KEYS: claims that are over, and the admissions of own ids. ARGV: keep ms of what is done, keep ms, then once for all or per key: copies,
 * copies gone since the last account. What is done is kept for the shorter time once all its copies are gone; of an own id, once its
 * admission says so, and for the longer time where that one was not given. A tombstone is kept for the longer time from now on, unless
 * it is kept longer anyway: its copies have been met, so others may come.
 */
export const ACCOUNT = `${PRELUDE}
local soon, keep = ARGV[1], ARGV[2]
local step = #ARGV > 4 and 2 or 0
local function told(claim)
  if not string.find(claim, '#', 1, true) then return true end
  if not with_ids then return false end
  local id, generation = match(claim, '^(.+#)(.+)$')
  local _, known, due = admission(call('GET', id))
  if known == generation then call('SET', id, 'dq1:S:' .. generation .. ':' .. due .. ':4', 'KEEPTTL') end
  return true
end
local values = call('MGET', unpack(KEYS, 1, claims))
for i = 1, claims do
  local at = 3 + step * (i - 1)
  local key, value, copies, gone = KEYS[i], values[i], tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local whole_at_once = copies > 0 and gone >= copies
  local head, known, before = match(value or '', '^(dq1:D:%d+:[^:]*:)(%d+):(%d+)$')
  local state = value and not head and state_of(value)
  if head then
    if whole_at_once and told(key) then call('PEXPIRE', key, soon)
    else
      copies, gone = math.max(copies, tonumber(known)), gone + tonumber(before)
      local next = head .. copies .. ':' .. gone
      if copies > 0 and gone >= copies and told(key) then call('SET', key, next, 'PX', soon)
      else call('SET', key, next, 'KEEPTTL') end
    end
  elseif state == 'V' then
    if call('PTTL', key) < tonumber(keep) then call('PEXPIRE', key, keep) end
  elseif state == 'foreign' and whole_at_once then call('PEXPIRE', key, soon) end
end
return 1
`;
