import { VALUES } from './prelude.js';

/** A year: nothing stands for ever that nobody ends. */
const KEPT_MS = 365 * 86_400_000;

/** `noted(key, tube, is)`: whether the tube is among those of which a pause may stand, one line each. */
const NOTED = `${VALUES}
local function noted(key, tube, is)
  if not key then return end
  local names = call('GET', key) or '\\n'
  local at, last = string.find(names, '\\n' .. tube .. '\\n', 1, true)
  if is then call('SET', key, at and names or names .. tube .. '\\n', 'PX', '${KEPT_MS}')
  elseif at then
    names = sub(names, 1, at) .. sub(names, last + 1)
    if names == '\\n' then call('PEXPIRE', key, 0) else call('SET', key, names, 'PX', '${KEPT_MS}') end
  end
end
`;

/** KEYS: the names of tubes that were paused. ARGV: one more. */
export const NOTE_PAUSED = `${NOTED}
noted(KEYS[1], ARGV[1], true)
return 1
`;

/**
 * KEYS: the tube's pause, `dq1:Z:<since>:<until, or 0>:<reason>`, which goes by itself when its time is over; and, where it can be given, the names
 * of {@link NOTE_PAUSED}. ARGV: ms, 0 for no end; the reason; the moment until which the call is good, 0 when always; the tube. Returns since and
 * until; nothing when it came too late, and changed nothing.
 */
export const PAUSE = `${NOTED}
local now, ms, good = clock(), tonumber(ARGV[1]), tonumber(ARGV[3])
if good > 0 and now > good then return {} end
local since = match(call('GET', KEYS[1]) or '', '^dq1:Z:(%d+):') or whole(now)
local till = ms > 0 and whole(now + ms) or '0'
local value = 'dq1:Z:' .. since .. ':' .. till .. ':' .. ARGV[2]
if ms > 0 then call('SET', KEYS[1], value, 'PX', whole(ms)) else call('SET', KEYS[1], value) end
noted(KEYS[2], ARGV[4], true)
return { since, till }
`;

/** KEYS: as of {@link PAUSE}. ARGV: the moment until which the call is good, 0 when always; the tube. Returns 1 where it was paused, -1 when it came too late. */
export const RESUME = `${NOTED}
local good = tonumber(ARGV[1])
if good > 0 and clock() > good then return -1 end
noted(KEYS[2], ARGV[2], false)
return call('PEXPIRE', KEYS[1], 0)
`;
