import { PRELUDE } from './prelude.js';

/**
 * KEYS: claims, and the admissions of own ids. ARGV: keep ms, 'W' to run them again or 'V' to drop them. Returns 1 per key that was
 * dead, or forgotten, and is now waiting or revoked.
 */
export const RESOLVE_DEAD = `${PRELUDE}
local keep, state = ARGV[1], ARGV[2]
local now = clock()
local next = state == 'W' and 'dq1:W:0:' .. whole(now) .. ':-:r' or 'dq1:V:0:-:0:0'
local out = {}
for i = 1, claims do
  local value = call('GET', KEYS[i])
  if not value or state_of(value) == 'X' then
    call('SET', KEYS[i], next, 'PX', keep)
    if with_ids and state == 'W' then hold(KEYS[i], tonumber(keep), now) end
    out[i] = 1
  else out[i] = 0 end
end
return out
`;
