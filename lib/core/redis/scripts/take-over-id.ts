import { PRELUDE } from './prelude.js';

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
