import { SLOT } from './key-slot.js';
import { PRELUDE } from './prelude.js';

/**
 * KEYS: claims, and the admissions of own ids. ARGV: token, keep ms, keep ms of the dead, the moment until which 'U' is good (0 when it
 * always is), then once for all or per key: attempt, outcome ('D' done, 'X' dead, 'W' again, 'U' again without counting the attempt, 'A' the
 * same, as its handler asked), and the end of the claim (for D, X) or ms (for W, U, A). 'd' and 'x' are a D or X that stood here before: they
 * stand over all but what is over, what another runs, and, for x, what was revived since.
 * Returns Redis' time, then 1 per key that was settled (now, or before by the same holder: a lost reply may be asked for again), 0
 * where another holds it or ended it, 2 where it came too late to be believed: the same holder may run the same attempt anew
 * since. A missing claim is settled too: the store lost it, and nobody else has run the job. Then 1 follows where any was missing, else 0.
 * A plain job that is left as if it had never been claimed has no claim from then on; see `leavesNoClaim`.
 */
export const SETTLE = settleScript({});

/**
 * The same where the tube has a history, whose key is the last. Behind all other arguments stand how many attempts it keeps, for how many ms,
 * what is written of each key, or nothing, and how many keys that are.
 */
const LOGGED: Additions = {
  begin: `local log, entries = table.remove(KEYS), {}
for _ = 1, tonumber(table.remove(ARGV)) do table.insert(entries, 1, table.remove(ARGV)) end
local log_ms, log_last = tonumber(table.remove(ARGV)), table.remove(ARGV)
`,
  written: `    if entries[i] ~= '' then
      local entry = out[i + 1] == 3 and string.gsub(entries[i], '^%a+', 'superseded') or entries[i]
      call('XADD', log, 'MAXLEN', '~', log_last, '*', 'e', attempt .. ' ' .. token .. ' ' .. entry)
      call('XTRIM', log, 'MINID', '~', whole(now - log_ms))
      call('PEXPIRE', log, whole(log_ms))
    end
`,
};
export const SETTLE_LOGGED = settleScript(LOGGED);

/**
 * The same of one job with a key, whose slot is the first of the KEYS. It returns 3 for a job that lost its key while it ran, and is revoked in
 * place of a further attempt; also where that was so before.
 */
const KEYED: Additions = {
  begin: `local slot = table.remove(KEYS, 1)
`,
  functions: SLOT,
  refused: `    if (outcome == 'D' or outcome == 'X') and out[i + 1] == 1 then leave(slot, KEYS[i], false)
    elseif outcome ~= 'D' and outcome ~= 'X' and state_of(value) == 'V' then out[i + 1] = 3 end
`,
  ended: `      leave(slot, KEYS[i], value and state_of(value) == 'B')
`,
  lost: `    elseif loses(slot, KEYS[i], tonumber(keep), keep + tonumber(number)) then out[i + 1] = 3
`,
};
export const SETTLE_KEYED = settleScript(KEYED);
export const SETTLE_KEYED_LOGGED = settleScript({ ...KEYED, ...LOGGED, begin: `${KEYED.begin}${LOGGED.begin}` });

/** `begin` stands before all, and `functions` before the work; the others where an outcome was refused, ends a job, would let it go on, or stands. */
interface Additions {
  readonly begin?: string;
  readonly functions?: string;
  readonly refused?: string;
  readonly ended?: string;
  readonly lost?: string;
  readonly written?: string;
}

function settleScript({
  begin = '',
  functions = '',
  refused = '',
  ended = '',
  lost = '',
  written = '',
}: Additions): string {
  return `${begin}${PRELUDE}${functions}
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
  local goes_on = match(value, '^dq1:[RW]:')
  if goes_on and outcome == 'X' and (revived(value) ~= '' or sub(value, -2) == ':-') then return false end
  return left_behind(value, token, now)
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
${refused}  else
    out[i + 1] = 1
    if outcome == 'D' or outcome == 'X' then
      local ttl = outcome == 'X' and dead_keep or keep
      call('SET', KEYS[i], 'dq1:' .. outcome .. ':' .. attempt .. ':' .. token .. ':' .. number, 'PX', ttl)
${ended}${lost}    else
      local counted = outcome == 'W' and attempt or tonumber(attempt) - 1
      local ms = tonumber(number)
      local from = whole(now + ms)
      local marks = outcome == 'A' and moved(marks_of(value)) .. ':a' .. from .. revived(value) or marks_of(value)
      if sub(KEYS[i], 1, 3) ~= 'dq:' and tonumber(counted) + ms == 0 and marks == '' then call('PEXPIRE', KEYS[i], 0)
      else call('SET', KEYS[i], 'dq1:W:' .. counted .. ':' .. from .. ':' .. token .. marks, 'PX', whole(keep + ms)) end
      if with_ids then hold(KEYS[i], keep + ms, now) end
    end
${written}  end
end
out[claims + 2] = missing
return out
`;
}
