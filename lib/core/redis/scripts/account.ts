import { PRELUDE } from './prelude.js';

/**
 * KEYS: claims that are over. ARGV: settled keep ms, keep ms, then once for all or per key: copies, copies gone since the last
 * account. Where all are gone, the claim is kept for the shorter time. A tombstone is kept for the longer one from now on: its copies have
 * been met, so others may come.
 */
export const ACCOUNT = `${PRELUDE}
local soon, keep = ARGV[1], ARGV[2]
local step = #ARGV > 4 and 2 or 0
for i = 1, #KEYS do
  local at = 3 + step * (i - 1)
  local key, copies, gone = KEYS[i], tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  if copies > 0 and gone >= copies then call('PEXPIRE', key, soon)
  else
    local value = call('GET', key)
    local head, known, before, rest
    if value then head, known, before, rest = match(value, '^(dq1:[DXV]:%d+:[^:]*:)(%d+):(%d+)(.*)$') end
    if head then
      copies, gone = math.max(copies, tonumber(known)), gone + tonumber(before)
      local next = head .. copies .. ':' .. gone .. rest
      if copies > 0 and gone >= copies then call('SET', key, next, 'PX', soon)
      elseif sub(head, 5, 5) == 'V' and call('PTTL', key) < tonumber(keep) then call('SET', key, next, 'PX', keep)
      else call('SET', key, next, 'KEEPTTL') end
    end
  end
end
return 1
`;
