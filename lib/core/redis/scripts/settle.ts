import { PRELUDE } from './prelude.js';

/**
 * KEYS: claims, and the admissions of own ids. ARGV: token, keep ms, keep ms of the dead, the moment until which 'U' is good (0 when it
 * always is), then once for all or per key: attempt, outcome ('D' done, 'X' dead, 'W' again, 'U' again without counting the attempt), and
 * the end of the claim (for D, X) or ms (for W, U).
 * Returns Redis' time, then 1 per key that was settled (now, or before by the same holder: a lost reply may be asked for again), 0
 * where another holds it or ended it, 2 where it came too late to be believed: the same holder may run the same attempt anew
 * since. A missing claim is settled too: the store lost it, and nobody else has run the job.
 */
export const SETTLE = `${PRELUDE}
local token, keep, dead_keep, good = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local step = #ARGV > 7 and 3 or 0
local now = clock()
local function already(value, attempt, outcome)
  local state, n, rest = match(value, '^dq1:(%a):(%d+):(.*)$')
  if state_of(value) ~= state then return false end
  if state == 'W' then
    local counted = outcome == 'W' and tonumber(attempt) or outcome == 'U' and tonumber(attempt) - 1
    return tonumber(n) == counted and match(rest, '^%d+:([^:]*)') == token
  end
  return state == outcome and n == attempt and sub(rest, 1, #token + 1) == token .. ':'
end
local values = call('MGET', unpack(KEYS, 1, claims))
local out = { now }
for i = 1, claims do
  local at = 5 + step * (i - 1)
  local attempt, outcome, number = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local value = values[i]
  local mine = 'dq1:R:' .. attempt .. ':' .. token .. ':'
  if outcome == 'U' and good > 0 and now > good then out[i + 1] = 2
  elseif value and not held(value, mine) then
    out[i + 1] = already(value, attempt, outcome) and 1 or 0
  else
    if outcome == 'D' or outcome == 'X' then
      local ttl = outcome == 'X' and dead_keep or keep
      call('SET', KEYS[i], 'dq1:' .. outcome .. ':' .. attempt .. ':' .. token .. ':' .. number, 'PX', ttl)
    else
      local counted = outcome == 'W' and attempt or tonumber(attempt) - 1
      local from = whole(now + tonumber(number)) .. ':' .. token .. revived(value)
      call('SET', KEYS[i], 'dq1:W:' .. counted .. ':' .. from, 'PX', whole(keep + tonumber(number)))
      if with_ids then hold(KEYS[i], keep + tonumber(number), now) end
    end
    out[i + 1] = 1
  end
end
return out
`;
