import { PRELUDE } from './prelude.js';

/**
 * KEYS: admissions. ARGV: keep ms, age in ms from which a pending admission may be taken over, then per key: generation, due ms.
 * Returns two numbers per key: 0 admitted, 1 pending, 2 scheduled, 3 running, 4 done, 5 dead, 6 revoked; and the known job's
 * due ms.
 */
export const ADMIT = `${PRELUDE}
local keep, stale = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = clock()
local codes = { R = 3, W = 2, D = 4, X = 5, V = 6 }
local function until_forgotten(due) return string.format('%.0f', math.max(due - now, 0) + keep) end
local out = {}
for i = 1, #KEYS do
  local key, generation, due = KEYS[i] .. '#', ARGV[2 * i + 1], ARGV[2 * i + 2]
  local value = call('GET', key)
  local state, known, known_due, since = match(value or '', '^dq1:(%a):([^:]*):(%d+):?(%d*)$')
  local code = 0
  if state and known ~= generation then
    local claim = call('GET', key .. known)
    local claimed = claim and match(claim, '^dq1:(%a)')
    if state == 'S' then code = codes[claimed] or 2
    elseif now - tonumber(since) < stale then code = 1
    elseif claimed and claimed ~= 'V' then
      code = codes[claimed] or 2
      call('SET', key, 'dq1:S:' .. known .. ':' .. known_due, 'KEEPTTL')
    else call('SET', key .. known, 'dq1:V:0:-:0:0', 'PX', until_forgotten(tonumber(known_due))) end
  elseif state == 'S' then code = 2 end
  if code == 0 then
    call('SET', key, 'dq1:P:' .. generation .. ':' .. due .. ':' .. string.format('%.0f', now), 'PX', until_forgotten(tonumber(due)))
  end
  out[2 * i - 1], out[2 * i] = code, code == 0 and 0 or tonumber(known_due)
end
return out
`;
