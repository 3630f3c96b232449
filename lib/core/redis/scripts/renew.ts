import { PRELUDE } from './prelude.js';

/**
 * KEYS: claims, and the admissions of own ids. ARGV: token, lease ms, keep ms, then an attempt per key, and at the end the moment until
 * which a negative attempt is good (0 when it always is). Negative: the store may have lost writes, so that an older state of the claim may
 * stand: it is being written, waits for an earlier attempt, or was running in one whose lease is over. Returns 1 per key renewed, 0 where it
 * is lost; then 1 where any other was missing, else 0.
 */
export const RENEW = `${PRELUDE}
local token, lease, keep, good = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[claims + 4] or 0)
local now = clock()
local till = whole(now + lease)
local function older(value, attempt)
  local n = match(value, '^dq1:[RW]:(%d+)')
  if n and (tonumber(n) >= attempt or revived(value) ~= '' or (good > 0 and now > good)) then return false end
  return left_behind(value, token, now)
end
local values = call('MGET', unpack(KEYS, 1, claims))
local out = {}
local missing = 0
for i = 1, claims do
  local attempt, again = tonumber(ARGV[3 + i]), false
  if attempt < 0 then attempt, again = -attempt, true end
  local mine = 'dq1:R:' .. attempt .. ':' .. token .. ':'
  local value = values[i]
  if not value and not again then missing = 1 end
  local lost = value and not held(value, mine)
  if lost and not (again and older(value, attempt)) then out[i] = 0
  else
    call('SET', KEYS[i], mine .. till .. marks_of(value), 'PX', keep)
    if with_ids then hold(KEYS[i], tonumber(keep), now) end
    out[i] = 1
  end
end
out[claims + 1] = missing
return out
`;
