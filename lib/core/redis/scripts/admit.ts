import { PRELUDE } from './prelude.js';

/**
 * KEYS: admissions. ARGV: keep ms, age in ms from which a pending admission may be taken over, then per key: generation, due ms.
 * Returns three per key: 0 admitted, 1 pending, or not understood, 2 scheduled, 4 done, 7 pending for too long; the known job's due
 * ms; and its generation. What its claim says of 2 and 7 is asked for by that.
 */
export const ADMIT = `${PRELUDE}
local keep, stale = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = clock()
local out = {}
for i = 1, #KEYS do
  local key, generation, due = KEYS[i], ARGV[2 * i + 1], ARGV[2 * i + 2]
  local value = call('GET', key) or ''
  local state, known, known_due, more = match(value, '^dq1:([PS]):([^:]*):(%d+):?(%d*)$')
  local code = 0
  if state == 'S' and more == '' then code = 2
  elseif state == 'S' and more == '4' then code = 4
  elseif state == 'P' and more ~= '' then
    if known ~= generation then code = now - tonumber(more) < stale and 1 or 7 end
  elseif value ~= 'dq1:F' and sub(value, 1, 4) == 'dq1:' then code = 1 end
  if code == 0 then
    local ms = whole(math.max(tonumber(due) - now, 0) + keep)
    call('SET', key, 'dq1:P:' .. generation .. ':' .. due .. ':' .. whole(now), 'PX', ms)
  end
  out[3 * i - 2], out[3 * i - 1], out[3 * i] = code, code > 0 and tonumber(known_due) or now, known or ''
end
return out
`;
