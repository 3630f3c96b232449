import { PRELUDE } from './prelude.js';

/**
 * KEYS: claims, and the admissions of own ids. ARGV: token, keep ms, keep ms of the dead, the moment until which 'U' is good (0 when it
 * always is), then once for all or per key: attempt, outcome ('D' done, 'X' dead, 'W' again, 'U' again without counting the attempt, 'A' the
 * same, as its handler asked), and the end of the claim (for D, X) or ms (for W, U, A). 'd' and 'x' are a D or X that stood here before: they
 * stand over all but what is over, what another runs, and, for x, what was revived since.
 * Returns Redis' time, then 1 per key that was settled (now, or before by the same holder: a lost reply may be asked for again), 0
 * where another holds it or ended it, 2 where it came too late to be believed: the same holder may run the same attempt anew
 * since. A missing claim is settled too: the store lost it, and nobody else has run the job. Then 1 follows where any was missing, else 0.
 * A plain job that is left as if it had never been claimed has no claim from then on; see `plain-lock.ts`.
 */
export const SETTLE = settleScript('', '');

/**
 * The same where the tube has a history, whose key is the last. Behind all other arguments stand how many attempts it keeps, for how many ms,
 * what is written of each key, or nothing, and how many keys that are.
 */
export const SETTLE_LOGGED = settleScript(
  `local log, entries = table.remove(KEYS), {}
for _ = 1, tonumber(table.remove(ARGV)) do table.insert(entries, 1, table.remove(ARGV)) end
local log_ms, log_last = tonumber(table.remove(ARGV)), table.remove(ARGV)
`,
  `    if entries[i] ~= '' then
      call('XADD', log, 'MAXLEN', '~', log_last, '*', 'e', attempt .. ' ' .. token .. ' ' .. entries[i])
      call('XTRIM', log, 'MINID', '~', whole(now - log_ms))
      call('PEXPIRE', log, whole(log_ms))
    end
`,
);

/** `begin` stands before all, `write` where an outcome has been written. */
function settleScript(begin: string, write: string): string {
  return `${begin}${PRELUDE}
local token, keep, dead_keep, good = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local step = #ARGV > 7 and 3 or 0
local now = clock()
local function already(value, attempt, outcome)
  local state, n, rest = match(value, '^dq1:(%a):(%d+):(.*)$')
  if state_of(value) ~= state then return false end
  if state == 'W' then
    local counted = outcome == 'W' and tonumber(attempt) or (outcome == 'U' or outcome == 'A') and tonumber(attempt) - 1
    return tonumber(n) == counted and match(rest, '^%d+:([^:]*)') == token
  end
  return state == outcome and n == attempt and sub(rest, 1, #token + 1) == token .. ':'
end
local function stood(value, outcome)
  local state = state_of(value)
  if state ~= 'R' and state ~= 'W' then return false end
  local rest = match(value, '^dq1:[RW]:%d+:(.*)$')
  if outcome == 'X' and (revived(value) ~= '' or sub(rest, -2) == ':-') then return false end
  local holder, till = match(rest, '^([^:]*):(%d+)')
  return state == 'W' or holder == token or tonumber(till) <= now
end
local values = call('MGET', unpack(KEYS, 1, claims))
local out = { now }
local missing = 0
for i = 1, claims do
  local at = 5 + step * (i - 1)
  local attempt, outcome, number = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local value = values[i]
  local again = outcome == 'd' or outcome == 'x'
  if again then outcome = string.upper(outcome)
  elseif not value then missing = 1 end
  local mine = 'dq1:R:' .. attempt .. ':' .. token .. ':'
  if (outcome == 'U' or outcome == 'A') and good > 0 and now > good then out[i + 1] = 2
  elseif value and not held(value, mine) and not (again and stood(value, outcome)) then
    out[i + 1] = already(value, attempt, outcome) and 1 or 0
  else
    if outcome == 'D' or outcome == 'X' then
      local ttl = outcome == 'X' and dead_keep or keep
      call('SET', KEYS[i], 'dq1:' .. outcome .. ':' .. attempt .. ':' .. token .. ':' .. number, 'PX', ttl)
    else
      local counted = outcome == 'W' and attempt or tonumber(attempt) - 1
      local ms = tonumber(number)
      local from = whole(now + ms)
      local marks = (outcome == 'A' and ':a' .. from or asked(value)) .. revived(value)
      if sub(KEYS[i], 1, 3) ~= 'dq:' and tonumber(counted) + ms == 0 and marks == '' then call('PEXPIRE', KEYS[i], 0)
      else call('SET', KEYS[i], 'dq1:W:' .. counted .. ':' .. from .. ':' .. token .. marks, 'PX', whole(keep + ms)) end
      if with_ids then hold(KEYS[i], keep + ms, now) end
    end
    out[i + 1] = 1
${write}  end
end
out[claims + 2] = missing
return out
`;
}
