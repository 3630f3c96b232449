import { STALE_ADMISSION_MS, TOO_LATE } from '../../claims/retention.js';
import { NO_TAKEOVER_MS } from '../../claims/store-clock.js';
import { SLOT } from './key-slot.js';
import { PRELUDE } from './prelude.js';

/**
 * KEYS: claims, and the admissions of own ids. ARGV: token, lease ms, keep ms, the moment until which claims may be granted, the moment
 * until which orphans may be taken over (both 0 when none), the latest due time of all keys, then, unless every copy is well within the
 * retention and none is to be taken over: retention ms, keep ms of the dead, and per key its due time, negative to take it over.
 * The last two keys may be the tube's pause and its mark, and the last argument then is the mark's word. Where that is another one by now,
 * nothing is changed, and -1 is returned behind the time; where there is a pause, whatever it says, -2. With a ! behind the word claims may be missing, or older than what was written last: while that is so, a
 * job that was due before and has none, one that waits since before, and an orphan count as running elsewhere, so that its holder can tell.
 * Returns Redis' time, then two numbers per key, a code and its value: 1 granted (attempt), 2 running (ms), 3 waiting (ms), 4 early (ms),
 * 5 done, 6 revoked, 7 dead, 8 foreign, 9 expired, 10 orphaned, 11 granted and revived (attempt), 12 granted (attempt) with other marks,
 * 13 left by its producer while it was being written; behind all, for each 11 and 12 in order, the moments for which its handler asked and to
 * which it was moved, 0 where there is none. Of what is not understood it says running: it may be so, and is asked for again.
 */
export const CLAIM = claimScript('', '', 'else attempt = tonumber(n) + 1 end');

/** The same of one job with a key, whose slot is the first of the KEYS: where it lost its key while it ran, nobody takes it over. */
export const CLAIM_KEYED = claimScript(
  `local slot = table.remove(KEYS, 1)
`,
  SLOT,
  `else
        local lost = loses(slot, KEYS[i], tonumber(keep), 0)
        if lost then code = 6
        elseif lost == nil then code, number = 2, 1
        else attempt = tonumber(n) + 1 end
      end`,
);

/** `begin` stands before all, `more` before the work, and `taken` is what a takeover does. */
function claimScript(begin: string, more: string, taken: string): string {
  return `${begin}${PRELUDE}${more}
local token, lease, keep, good, over, latest = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local each = #ARGV - (marked and 1 or 0) > 6
local now = clock()
local late = good > 0 and now > good
local tail = ':' .. token .. ':' .. whole(now + lease)
local first = 'dq1:R:1' .. tail
local settled = { D = 5, V = 6, X = 7, foreign = 8 }
local since, settling = 0, 0
if marked then
  local wanted, doubt = match(ARGV[#ARGV], '^([^!]*)(!?)$')
  local paused, mark = unpack(call('MGET', KEYS[#KEYS - 1], KEYS[#KEYS]))
  local word, from = match(mark or '', '^dq1:M:([^:]*):(%d+)')
  if word ~= wanted then return { now, -1 } end
  if paused then return { now, -2 } end
  if doubt == '!' then
    since = tonumber(from)
    settling = since + ${NO_TAKEOVER_MS} - now
  end
end
local values = call('MGET', unpack(KEYS, 1, claims))
local out, moments = { now }, {}
local function expired(due) return each and now - due > tonumber(ARGV[7]) end
local function give_up(key) call('SET', key, 'dq1:X:0:-:0:0:${TOO_LATE}', 'PX', ARGV[8]) end
for i = 1, claims do
  local value = values[i]
  local due, takeover = latest, false
  if each then
    due = tonumber(ARGV[8 + i])
    if due < 0 then due, takeover = -due, true end
  end
  local code, number, attempt, mark = 0, 0, 0, ''
  if not value then
    if due > now then code, number = 4, due - now
    elseif late then code, number = 2, 1
    elseif due < since and settling > 0 then code, number = 2, settling
    elseif expired(due) then
      give_up(KEYS[i])
      code = 9
    else
      call('SET', KEYS[i], first, 'PX', keep)
      code, number = 1, 1
    end
  else
    local state = state_of(value)
    if state == 'R' then
      local n, holder, till, r = match(value, '^dq1:R:(%d+):([^:]*):(%d+)(.*)$')
      mark = r
      if holder == token then attempt = tonumber(n)
      elseif tonumber(till) > now then code, number = 2, tonumber(till) - now
      elseif not takeover then code = 10
      elseif now > over or settling > 0 then code, number = 2, 1
      ${taken}
    elseif state == 'W' then
      local n, from, _, r = match(value, '^dq1:W:(%d+):(%d+):([^:]*)(.*)$')
      mark = r
      if tonumber(from) > now then code, number = 3, tonumber(from) - now
      elseif tonumber(from) < since and settling > 0 then code, number = 2, settling
      else attempt = tonumber(n) + 1 end
    elseif state == 'B' then
      local order, moment = match(value, '^dq1:B:(%d+):%l:%d+:(%d+)')
      local from = order / 1000
      -- The clock was set back since.
      if from > now then from = tonumber(moment) end
      if now - from < ${STALE_ADMISSION_MS} then code, number = 2, 1
      elseif expired(due) then
        give_up(KEYS[i])
        code = 9
      else code = 13 end
    elseif state == 'unknown' then code, number = 2, 1
    else code = settled[state] end
    -- A Go consumer keeps its lock for an hour; a copy may come back for as long as we keep claims.
    if code == 8 then call('PEXPIRE', KEYS[i], keep) end
    if attempt > 0 then
      if late then code, number = 2, 1
      else
        call('SET', KEYS[i], 'dq1:R:' .. attempt .. tail .. mark, 'PX', keep)
        code, number = 1, attempt
        if mark ~= '' then
          code = revived(mark) ~= '' and 11 or 12
          moments[#moments + 1] = tonumber(match(mark, ':a(%d+)') or 0)
          moments[#moments + 1] = tonumber(match(mark, '^:m(%d+)') or 0)
        end
      end
    end
  end
  if with_ids and (code == 1 or code == 11 or code == 12) then hold(KEYS[i], tonumber(keep), now) end
  out[2 * i], out[2 * i + 1] = code, number
end
for i = 1, #moments do out[#out + 1] = moments[i] end
return out
`;
}
