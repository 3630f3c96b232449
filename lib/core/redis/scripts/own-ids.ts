import { PRELUDE } from './prelude.js';

/** KEYS: admissions. ARGV per key: generation, ms for which the id stays taken at least, since that job lives. Returns 1. */
export const HOLD_ID = `${PRELUDE}
local now = clock()
for i = 1, #KEYS do hold(KEYS[i] .. ARGV[2 * i - 1], tonumber(ARGV[2 * i]), now) end
return 1
`;

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
  local state, known, known_due = admission(value)
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

/**
 * KEYS: the claim of a write that was left, and its admission. ARGV: its generation, keep ms, age in ms from which a pending admission may
 * be taken over, then of the next write: generation, due ms. Copies of the write that was left never run beside those of the next.
 * Returns 1 where that one is admitted, 0 where the first was concluded or started, or went to another call.
 */
export const TAKE_OVER_ID = `${PRELUDE}
local claim, id = KEYS[1], KEYS[2]
local left, keep, stale, generation, due = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], ARGV[5]
local now = clock()
local known, known_due, since = match(call('GET', id) or '', '^dq1:P:([^:]*):(%d+):(%d+)$')
if known ~= left or now - tonumber(since) < stale then return 0 end
local value = call('GET', claim)
local state = value and state_of(value)
if state and state ~= 'V' and state ~= 'foreign' then return 0 end
local function until_forgotten(moment) return whole(math.max(tonumber(moment) - now, 0) + keep) end
call('SET', claim, 'dq1:V:0:-:0:0', 'PX', until_forgotten(known_due))
call('SET', id, 'dq1:P:' .. generation .. ':' .. due .. ':' .. whole(now), 'PX', until_forgotten(due))
return 1
`;

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
  local state, known, known_due, more = admission(value)
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
