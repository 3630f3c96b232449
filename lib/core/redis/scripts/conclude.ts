import { PRELUDE } from './prelude.js';

/**
 * KEYS: admissions. ARGV: keep ms, then per key: generation, due ms, 'S' written or 'F' failed. Returns 1 per key where that is so now, 0
 * where another call took the admission over. One that is gone was forgotten, so nobody has: the id of a job that was written is taken.
 */
export const CONCLUDE = `${PRELUDE}
local keep = tonumber(ARGV[1])
local now = clock()
local out = {}
for i = 1, #KEYS do
  local generation, due, outcome = ARGV[3 * i - 1], ARGV[3 * i], ARGV[3 * i + 1]
  local value = call('GET', KEYS[i])
  local state, known, known_due = match(value or '', '^dq1:([PS]):([^:]*):(%d+):?%d*$')
  local mine = not value or known == generation
  if not value and outcome == 'S' then
    call('SET', KEYS[i], 'dq1:S:' .. generation .. ':' .. due, 'PX', whole(math.max(tonumber(due) - now, 0) + keep))
  elseif mine and state == 'P' then
    call('SET', KEYS[i], outcome == 'S' and 'dq1:S:' .. generation .. ':' .. known_due or 'dq1:F', 'KEEPTTL')
  end
  out[i] = mine and 1 or 0
end
return out
`;
