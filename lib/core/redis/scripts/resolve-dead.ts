import { PRELUDE } from './prelude.js';

/**
 * KEYS: claims. ARGV: keep ms, 'W' to run them again or 'V' to drop them. Returns 1 per key that was dead, or forgotten, and is
 * now waiting or revoked.
 */
export const RESOLVE_DEAD = `${PRELUDE}
local keep, state = ARGV[1], ARGV[2]
local next = state == 'W' and 'dq1:W:0:' .. string.format('%.0f', clock()) .. ':-:r' or 'dq1:V:0:-:0:0'
local out = {}
for i = 1, #KEYS do
  local value = call('GET', KEYS[i])
  if not value or sub(value, 1, 6) == 'dq1:X:' then
    call('SET', KEYS[i], next, 'PX', keep)
    out[i] = 1
  else out[i] = 0 end
end
return out
`;
