import { PRELUDE } from './prelude.js';

/**
 * KEYS: claims, and the admissions of own ids. ARGV: token, lease ms, keep ms, then an attempt per key. Returns 1 per key renewed, 0
 * where it is lost.
 */
export const RENEW = `${PRELUDE}
local token, lease, keep = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local now = clock()
local till = whole(now + lease)
local values = call('MGET', unpack(KEYS, 1, claims))
local out = {}
for i = 1, claims do
  local mine = 'dq1:R:' .. ARGV[3 + i] .. ':' .. token .. ':'
  local value = values[i]
  if value and not held(value, mine) then out[i] = 0
  else
    call('SET', KEYS[i], mine .. till .. revived(value), 'PX', keep)
    if with_ids then hold(KEYS[i], tonumber(keep), now) end
    out[i] = 1
  end
end
return out
`;
