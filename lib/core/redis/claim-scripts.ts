/**
 * The transitions of a claim, one script each, over many keys. Times are Redis' own. A claim is one short string, since a Go
 * consumer of dq may GET it:
 *
 *   dq1:R:<attempt>:<token>:<lease end>     running
 *   dq1:W:<attempt>:<not before>            waiting
 *   dq1:D:<attempt>:<token>:<copies>:<gone> done
 *   dq1:X:<attempt>:<token>:<copies>:<gone> dead
 *   dq1:V:0:-:<copies>:<gone>               revoked
 */
const PRELUDE = `
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function over(state, attempt, token, copies, gone)
  return 'dq1:' .. state .. ':' .. attempt .. ':' .. token .. ':' .. copies .. ':' .. gone
end
`;

/**
 * KEYS: claims. ARGV: token, lease ms, keep ms, '1' when leases that are over may be taken over, then a due time per key,
 * negative for a copy past the retention.
 * Returns two numbers per key, a code and its value: 1 granted (attempt), 2 running (ms), 3 waiting (ms), 4 early (ms),
 * 5 done, 6 revoked, 7 dead, 8 foreign, 9 expired.
 */
export const CLAIM = `${PRELUDE}
local token, lease, keep, takeover = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1'
local now = clock()
local tail = ':' .. token .. ':' .. string.format('%.0f', now + lease)
local values = redis.call('MGET', unpack(KEYS))
local out = {}
local settled = { D = 5, V = 6, X = 7 }
for i, key in ipairs(KEYS) do
  local value = values[i]
  local code, number, attempt = 0, 0, 0
  if not value then
    local due = tonumber(ARGV[4 + i])
    if due < 0 then code = 9
    elseif due > now then code, number = 4, due - now
    else attempt = 1 end
  else
    local state = string.sub(value, 1, 4) == 'dq1:' and string.sub(value, 5, 5)
    if state == 'R' then
      local n, holder, till = string.match(value, '^dq1:R:(%d+):([^:]*):(%d+)$')
      if holder == token then attempt = tonumber(n)
      elseif tonumber(till) > now or not takeover then code, number = 2, math.max(tonumber(till) - now, 1)
      else attempt = tonumber(n) + 1 end
    elseif state == 'W' then
      local n, from = string.match(value, '^dq1:W:(%d+):(%d+)$')
      if tonumber(from) > now then code, number = 3, tonumber(from) - now
      else attempt = tonumber(n) + 1 end
    else
      code = state and settled[state] or 8
      -- A Go consumer keeps its lock for an hour; a copy may come back for as long as we keep claims.
      if code == 8 then redis.call('PEXPIRE', key, keep) end
    end
  end
  if attempt > 0 then
    redis.call('SET', key, 'dq1:R:' .. attempt .. tail, 'PX', keep)
    code, number = 1, attempt
  end
  out[2 * i - 1], out[2 * i] = code, number
end
return out
`;

/**
 * KEYS: claims. ARGV: token, keep ms, then per key: attempt, outcome ('D' done, 'X' dead, 'W' again, 'U' again without
 * counting the attempt), and copies (for D, X) or ms (for W, U).
 * Returns 1 per key that was settled (now, or before by the same holder: a lost reply may be asked for again), 0 where another
 * holds it or ended it. A missing claim is settled too: the store lost it, and nobody else has run the job.
 */
export const SETTLE = `${PRELUDE}
local token, keep = ARGV[1], tonumber(ARGV[2])
local now = clock()
local values = redis.call('MGET', unpack(KEYS))
local out = {}
for i, key in ipairs(KEYS) do
  local attempt, outcome, number = ARGV[3 * i], ARGV[3 * i + 1], ARGV[3 * i + 2]
  local counted = outcome == 'U' and tonumber(attempt) - 1 or tonumber(attempt)
  local value = values[i]
  local mine, already = not value, false
  if value then
    local state, n, rest = string.match(value, '^dq1:(%a):(%d+):(.*)$')
    local ours = state and string.sub(rest, 1, #token + 1) == token .. ':'
    if state == 'R' then mine = ours and n == attempt
    elseif state == 'W' then already = (outcome == 'W' or outcome == 'U') and tonumber(n) == counted
    else already = state == outcome and ours and n == attempt end
  end
  if mine then
    if outcome == 'D' or outcome == 'X' then
      redis.call('SET', key, over(outcome, attempt, token, number, 0), 'PX', keep)
    else
      local from = string.format('%.0f', now + tonumber(number))
      redis.call('SET', key, 'dq1:W:' .. counted .. ':' .. from, 'PX', string.format('%.0f', keep + tonumber(number)))
    end
  end
  out[i] = (mine or already) and 1 or 0
end
return out
`;

/** KEYS: claims. ARGV: token, lease ms, keep ms, then an attempt per key. Returns 1 per key renewed, 0 where it is lost. */
export const RENEW = `${PRELUDE}
local token, lease, keep = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local till = string.format('%.0f', clock() + lease)
local values = redis.call('MGET', unpack(KEYS))
local out = {}
for i, key in ipairs(KEYS) do
  local attempt = ARGV[3 + i]
  local prefix = 'dq1:R:' .. attempt .. ':' .. token .. ':'
  if not values[i] or string.sub(values[i], 1, #prefix) == prefix then
    redis.call('SET', key, prefix .. till, 'PX', keep)
    out[i] = 1
  else
    out[i] = 0
  end
end
return out
`;

/**
 * KEYS: claims. ARGV: settled keep ms, keep ms, then per key: copies, copies gone since the last account. Where all are gone,
 * the claim is kept for the shorter time. A tombstone without an end gets one: its copies have been met.
 */
export const ACCOUNT = `${PRELUDE}
local soon, keep = tonumber(ARGV[1]), tonumber(ARGV[2])
local values = redis.call('MGET', unpack(KEYS))
for i, key in ipairs(KEYS) do
  local value = values[i]
  local state, attempt, token, copies, gone
  if value then state, attempt, token, copies, gone = string.match(value, '^dq1:([DXV]):(%d+):([^:]*):(%d+):(%d+)$') end
  if state then
    copies = math.max(tonumber(copies), tonumber(ARGV[2 * i + 1]))
    gone = tonumber(gone) + tonumber(ARGV[2 * i + 2])
    local next = over(state, attempt, token, copies, gone)
    if copies > 0 and gone >= copies then redis.call('SET', key, next, 'PX', soon)
    elseif redis.call('PTTL', key) == -1 then redis.call('SET', key, next, 'PX', keep)
    else redis.call('SET', key, next, 'KEEPTTL') end
  end
end
return 1
`;

/**
 * KEYS: one claim. ARGV: copies, keep ms after the due time, due ms or '' when unknown. Returns the state that holds now:
 * 'V' revoked, 'R' running, 'D' done, 'X' dead, 'F' foreign.
 */
export const REVOKE = `${PRELUDE}
local now = clock()
local value = redis.call('GET', KEYS[1])
local copies, gone, open = tonumber(ARGV[1]), 0, true
if value then
  local state, rest = string.match(value, '^dq1:(%a):(.*)$')
  if not state then return 'F' end
  if state == 'R' or state == 'D' or state == 'X' then return state end
  if state == 'V' then
    local c, g = string.match(rest, '^0:%-:(%d+):(%d+)$')
    copies, gone, open = math.max(copies, tonumber(c)), tonumber(g), redis.call('PTTL', KEYS[1]) == -1
  end
end
local next = over('V', 0, '-', copies, gone)
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[1], next, 'PX', string.format('%.0f', math.max(tonumber(ARGV[3]) - now, 0) + tonumber(ARGV[2])))
elseif open then redis.call('SET', KEYS[1], next)
else redis.call('SET', KEYS[1], next, 'KEEPTTL') end
return 'V'
`;
