/**
 * The transitions of a claim, one script each, over many keys. Times are Redis' own. A claim is one short string, since a Go
 * consumer of dq may GET it:
 *
 *   dq1:R:<attempt>:<token>:<lease end>     running
 *   dq1:W:<attempt>:<not before>            waiting
 *   dq1:D:<attempt>:<token>:<copies>:<gone> done
 *   dq1:X:<attempt>:<token>:<copies>:<gone>:<reason> dead
 *   dq1:V:0:-:<copies>:<gone>               revoked
 *
 * Behind R and W may stand `:r`: it was a dead letter, and was revived. It stays there until the job is over, since what is too late
 * to be run remains so in every attempt.
 *
 * A caller's own id has an admission under its key with a `#` behind it, and its claim's key ends in `#<generation>`:
 *
 *   dq1:P:<generation>:<due>:<since>        pending
 *   dq1:S:<generation>:<due>                scheduled
 *   dq1:F                                   failed; the id is free
 */
const CLOCK = `
local call, match, sub = redis.call, string.match, string.sub
local function clock()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function revived(running) return running and sub(running, -2) == ':r' and ':r' or '' end
`;

/**
 * KEYS: claims. ARGV: token, lease ms, keep ms, the moment until which claims may be granted, the moment until which orphans may be
 * taken over (both 0 when none), the latest due time of all keys, then, unless every copy is well within the retention and
 * none is to be taken over: retention ms, keep ms of the dead, and per key its due time, negative to take it over.
 * Returns Redis' time, then two numbers per key, a code and its value: 1 granted (attempt), 2 running (ms), 3 waiting (ms), 4 early (ms),
 * 5 done, 6 revoked, 7 dead, 8 foreign, 9 expired, 10 orphaned, 11 granted and revived (attempt).
 */
export const CLAIM = `${CLOCK}
local token, lease, keep, good, over, latest = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local each = #ARGV > 6
local now = clock()
local late = good > 0 and now > good
local tail = ':' .. token .. ':' .. string.format('%.0f', now + lease)
local first = 'dq1:R:1' .. tail
local settled = { D = 5, V = 6, X = 7 }
local values = call('MGET', unpack(KEYS))
local out = { now }
for i = 1, #KEYS do
  local value = values[i]
  local due, takeover = latest, false
  if each then
    due = tonumber(ARGV[8 + i])
    if due < 0 then due, takeover = -due, true end
  end
  local code, number, attempt, revived = 0, 0, 0, ''
  if not value then
    if due > now then code, number = 4, due - now
    elseif late then code, number = 2, 1
    elseif each and now - due > tonumber(ARGV[7]) then
      call('SET', KEYS[i], 'dq1:X:0:-:0:0:it turned up later than the retention after its due time', 'PX', ARGV[8])
      code = 9
    else
      call('SET', KEYS[i], first, 'PX', keep)
      code, number = 1, 1
    end
  else
    local state = sub(value, 1, 4) == 'dq1:' and sub(value, 5, 5)
    if state == 'R' then
      local n, holder, till, r = match(value, '^dq1:R:(%d+):([^:]*):(%d+)(:?r?)$')
      revived = r
      if not n then code = 8
      elseif holder == token then attempt = tonumber(n)
      elseif tonumber(till) > now then code, number = 2, tonumber(till) - now
      elseif not takeover then code = 10
      elseif now > over then code, number = 2, 1
      else attempt = tonumber(n) + 1 end
    elseif state == 'W' then
      local n, from, r = match(value, '^dq1:W:(%d+):(%d+)(:?r?)$')
      revived = r
      if not n then code = 8
      elseif tonumber(from) > now then code, number = 3, tonumber(from) - now
      else attempt = tonumber(n) + 1 end
    else code = state and settled[state] or 8 end
    -- A Go consumer keeps its lock for an hour; a copy may come back for as long as we keep claims.
    if code == 8 then call('PEXPIRE', KEYS[i], keep) end
    if attempt > 0 then
      if late then code, number = 2, 1
      else
        call('SET', KEYS[i], 'dq1:R:' .. attempt .. tail .. revived, 'PX', keep)
        code, number = revived == ':r' and 11 or 1, attempt
      end
    end
  end
  out[2 * i], out[2 * i + 1] = code, number
end
return out
`;

/**
 * KEYS: claims. ARGV: token, keep ms, keep ms of the dead, the moment until which 'U' is good (0 when it always is), then once for
 * all or per key: attempt, outcome ('D' done, 'X' dead, 'W' again, 'U' again without counting the attempt), and the end of the
 * claim (for D, X) or ms (for W, U).
 * Returns Redis' time, then 1 per key that was settled (now, or before by the same holder: a lost reply may be asked for again), 0
 * where another holds it or ended it, 2 where it came too late to be believed: the same holder may run the same attempt anew
 * since. A missing claim is settled too: the store lost it, and nobody else has run the job.
 */
export const SETTLE = `${CLOCK}
local token, keep, dead_keep, good = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local step = #ARGV > 7 and 3 or 0
local now = clock()
local function already(value, attempt, outcome)
  local state, n, rest = match(value, '^dq1:(%a):(%d+):(.*)$')
  if state == 'W' then
    return outcome == 'W' and n == attempt or outcome == 'U' and tonumber(n) == tonumber(attempt) - 1
  end
  return state == outcome and n == attempt and sub(rest, 1, #token + 1) == token .. ':'
end
local values = call('MGET', unpack(KEYS))
local out = { now }
for i = 1, #KEYS do
  local at = 5 + step * (i - 1)
  local attempt, outcome, number = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local value = values[i]
  local mine = 'dq1:R:' .. attempt .. ':' .. token .. ':'
  if outcome == 'U' and good > 0 and now > good then out[i + 1] = 2
  elseif value and sub(value, 1, #mine) ~= mine then
    out[i + 1] = already(value, attempt, outcome) and 1 or 0
  else
    if outcome == 'D' or outcome == 'X' then
      local ttl = outcome == 'X' and dead_keep or keep
      call('SET', KEYS[i], 'dq1:' .. outcome .. ':' .. attempt .. ':' .. token .. ':' .. number, 'PX', ttl)
    else
      local counted = outcome == 'W' and attempt or tonumber(attempt) - 1
      local from = string.format('%.0f', now + tonumber(number)) .. revived(value)
      call('SET', KEYS[i], 'dq1:W:' .. counted .. ':' .. from, 'PX', string.format('%.0f', keep + tonumber(number)))
    end
    out[i + 1] = 1
  end
end
return out
`;

/** KEYS: claims. ARGV: token, lease ms, keep ms, then an attempt per key. Returns 1 per key renewed, 0 where it is lost. */
export const RENEW = `${CLOCK}
local token, lease, keep = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local till = string.format('%.0f', clock() + lease)
local values = call('MGET', unpack(KEYS))
local out = {}
for i = 1, #KEYS do
  local mine = 'dq1:R:' .. ARGV[3 + i] .. ':' .. token .. ':'
  local value = values[i]
  if value and sub(value, 1, #mine) ~= mine then out[i] = 0
  else
    call('SET', KEYS[i], mine .. till .. revived(value), 'PX', keep)
    out[i] = 1
  end
end
return out
`;

/**
 * KEYS: claims that are over. ARGV: settled keep ms, keep ms, then once for all or per key: copies, copies gone since the last
 * account. Where all are gone, the claim is kept for the shorter time. A tombstone without an end gets one: its copies have been met.
 */
export const ACCOUNT = `${CLOCK}
local soon, keep = ARGV[1], ARGV[2]
local step = #ARGV > 4 and 2 or 0
for i = 1, #KEYS do
  local at = 3 + step * (i - 1)
  local key, copies, gone = KEYS[i], tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  if copies > 0 and gone >= copies then call('PEXPIRE', key, soon)
  else
    local value = call('GET', key)
    local head, known, before, rest
    if value then head, known, before, rest = match(value, '^(dq1:[DXV]:%d+:[^:]*:)(%d+):(%d+)(.*)$') end
    if head then
      copies, gone = math.max(copies, tonumber(known)), gone + tonumber(before)
      local next = head .. copies .. ':' .. gone .. rest
      if copies > 0 and gone >= copies then call('SET', key, next, 'PX', soon)
      elseif call('PTTL', key) == -1 then call('SET', key, next, 'PX', keep)
      else call('SET', key, next, 'KEEPTTL') end
    end
  end
end
return 1
`;

/**
 * KEYS: one claim. ARGV: copies, keep ms after the due time, due ms or '' when unknown, '1' when every copy was looked for and
 * none is left: without a claim such a job was over long ago, and its tombstone is only a precaution. Returns the state that holds now:
 * 'V' revoked, 'R' running, 'D' done, 'X' dead, 'F' foreign.
 */
export const REVOKE = `${CLOCK}
local key = KEYS[1]
if sub(key, 1, 3) == 'dq:' then
  local admitted = call('GET', key .. '#')
  if admitted == 'dq1:F' then return 'V' end
  local generation = match(admitted or '', '^dq1:[PS]:([^:]*)')
  if generation then key = key .. '#' .. generation end
end
local value = call('GET', key)
local copies, gone, open = tonumber(ARGV[1]), 0, true
if value then
  local state, rest = match(value, '^dq1:(%a):(.*)$')
  if not state then return 'F' end
  if state == 'R' or state == 'D' or state == 'X' then return state end
  if state == 'V' then
    local known, before = match(rest, '^0:%-:(%d+):(%d+)$')
    copies, gone, open = math.max(copies, tonumber(known)), tonumber(before), call('PTTL', key) == -1
  end
end
local next = 'dq1:V:0:-:' .. copies .. ':' .. gone
if ARGV[4] == '1' and open then
  call('SET', key, next, 'PX', ARGV[2])
  if not value then return 'D' end
elseif ARGV[3] ~= '' then
  local ms = math.max(tonumber(ARGV[3]) - clock(), 0) + tonumber(ARGV[2])
  call('SET', key, next, 'PX', string.format('%.0f', ms))
elseif open then call('SET', key, next)
else call('SET', key, next, 'KEEPTTL') end
return 'V'
`;

/**
 * KEYS: admissions. ARGV: keep ms, age in ms from which a pending admission may be taken over, then per key: generation, due ms.
 * Returns two numbers per key: 0 admitted, 1 pending, 2 scheduled, 3 running, 4 done, 5 dead, 6 revoked; and the known job's
 * due ms.
 */
export const ADMIT = `${CLOCK}
local keep, stale = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = clock()
local codes = { R = 3, W = 2, D = 4, X = 5, V = 6 }
local function until_forgotten(due) return string.format('%.0f', math.max(due - now, 0) + keep) end
local out = {}
for i = 1, #KEYS do
  local key, generation, due = KEYS[i] .. '#', ARGV[2 * i + 1], ARGV[2 * i + 2]
  local value = call('GET', key)
  local state, known, known_due, since = match(value or '', '^dq1:(%a):([^:]*):(%d+):?(%d*)$')
  local code = 0
  if state and known ~= generation then
    local claim = call('GET', key .. known)
    local claimed = claim and match(claim, '^dq1:(%a)')
    if state == 'S' then code = codes[claimed] or 2
    elseif now - tonumber(since) < stale then code = 1
    elseif claimed and claimed ~= 'V' then
      code = codes[claimed] or 2
      call('SET', key, 'dq1:S:' .. known .. ':' .. known_due, 'KEEPTTL')
    else call('SET', key .. known, 'dq1:V:0:-:0:0', 'PX', until_forgotten(tonumber(known_due))) end
  elseif state == 'S' then code = 2 end
  if code == 0 then
    call('SET', key, 'dq1:P:' .. generation .. ':' .. due .. ':' .. string.format('%.0f', now), 'PX', until_forgotten(tonumber(due)))
  end
  out[2 * i - 1], out[2 * i] = code, code == 0 and 0 or tonumber(known_due)
end
return out
`;

/**
 * KEYS: admissions. ARGV per key: generation, 'S' written or 'F' failed. Returns 1 per key where that is so now, 0 where another
 * call took the admission over, or it is gone.
 */
export const CONCLUDE = `${CLOCK}
local out = {}
for i = 1, #KEYS do
  local generation, outcome = ARGV[2 * i - 1], ARGV[2 * i]
  local state, known, due = match(call('GET', KEYS[i] .. '#') or '', '^dq1:([PS]):([^:]*):(%d+)')
  local mine = known == generation
  if mine and state == 'P' then
    call('SET', KEYS[i] .. '#', outcome == 'S' and 'dq1:S:' .. generation .. ':' .. due or 'dq1:F', 'KEEPTTL')
  end
  out[i] = mine and 1 or 0
end
return out
`;

/**
 * KEYS: claims. ARGV: keep ms, 'W' to run them again or 'V' to drop them. Returns 1 per key that was dead, or forgotten, and is
 * now waiting or revoked.
 */
export const RESOLVE_DEAD = `${CLOCK}
local keep, state = ARGV[1], ARGV[2]
local next = state == 'W' and 'dq1:W:0:' .. string.format('%.0f', clock()) .. ':r' or 'dq1:V:0:-:0:0'
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
