import { VALUES } from './prelude.js';

/**
 * KEYS: the tube's pause, `dq1:Z:<since>:<until, or 0>:<reason>`. It goes by itself when its time is over. ARGV: ms, 0 for no end; the reason; the
 * moment until which the call is good, 0 when always. Returns since and until; nothing when it came too late, and changed nothing.
 */
export const PAUSE = `${VALUES}
local now, ms, good = clock(), tonumber(ARGV[1]), tonumber(ARGV[3])
if good > 0 and now > good then return {} end
local since = match(call('GET', KEYS[1]) or '', '^dq1:Z:(%d+):') or whole(now)
local till = ms > 0 and whole(now + ms) or '0'
local value = 'dq1:Z:' .. since .. ':' .. till .. ':' .. ARGV[2]
if ms > 0 then call('SET', KEYS[1], value, 'PX', whole(ms)) else call('SET', KEYS[1], value) end
return { since, till }
`;

/** KEYS: as of {@link PAUSE}. ARGV: the moment until which the call is good, 0 when always. Returns 1 where it was paused, -1 when it came too late. */
export const RESUME = `${VALUES}
local good = tonumber(ARGV[1])
if good > 0 and clock() > good then return -1 end
return call('PEXPIRE', KEYS[1], 0)
`;
