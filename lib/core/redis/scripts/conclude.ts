import { PRELUDE } from './prelude.js';

/**
 * KEYS: admissions. ARGV per key: generation, 'S' written or 'F' failed. Returns 1 per key where that is so now, 0 where another
 * call took the admission over, or it is gone.
 */
export const CONCLUDE = `${PRELUDE}
local out = {}
for i = 1, #KEYS do
  local generation, outcome = ARGV[2 * i - 1], ARGV[2 * i]
  local state, known, due = match(call('GET', KEYS[i]) or '', '^dq1:([PS]):([^:]*):(%d+):?%d*$')
  local mine = known == generation
  if mine and state == 'P' then
    call('SET', KEYS[i], outcome == 'S' and 'dq1:S:' .. generation .. ':' .. due or 'dq1:F', 'KEEPTTL')
  end
  out[i] = mine and 1 or 0
end
return out
`;
