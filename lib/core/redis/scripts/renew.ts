import { PRELUDE } from './prelude.js';

/** KEYS: claims. ARGV: token, lease ms, keep ms, then an attempt per key. Returns 1 per key renewed, 0 where it is lost. */
export const RENEW = `${PRELUDE}
local token, lease, keep = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local till = string.format('%.0f', clock() + lease)
local values = call('MGET', unpack(KEYS))
local out = {}
for i = 1, #KEYS do
  local mine = 'dq1:R:' .. ARGV[3 + i] .. ':' .. token .. ':'
  local value = values[i]
  if value and sub(value, 1, #mine) ~= mine then out[i] = 0
  else
    call('SET', KEYS[i], mine .. till .. asked(value) .. revived(value), 'PX', keep)
    out[i] = 1
  end
end
return out
`;
